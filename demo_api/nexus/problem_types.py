"""The register of problem types: the stable `type` of every error this service can answer with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemType:
    """One kind of error: its status, its title, and what the caller can do about it."""

    slug: str
    status: int
    title: str
    description: str

    @property
    def uri(self) -> str:
        """The value of `type`: a path on this service that answers with this description."""
        return f"/api/problems/{self.slug}/"


PROBLEM_TYPES: dict[str, ProblemType] = {
    kind.slug: kind
    for kind in [
        ProblemType(
            "malformed-request",
            400,
            "The request cannot be read",
            "The body is not the JSON, or the form, that it claims to be; or a header cannot be parsed. Mend the "
            "request: sending it again as it is will give the same answer.",
        ),
        ProblemType(
            "invalid-input",
            400,
            "The request was read, but some of it is not acceptable",
            "`errors` names each member of the body by JSON pointer (RFC 6901), each query parameter or header by "
            "name, and says what is accepted there. Nothing was changed.",
        ),
        ProblemType(
            "invalid-csv",
            400,
            "The file is not one that can be imported",
            "`detail` says what is wrong with its header, or with the file as a whole. Nothing was stored. Rows are "
            "judged later, one by one: their errors are part of the import.",
        ),
        ProblemType(
            "graphql-invalid",
            400,
            "The GraphQL document or its variables are not valid",
            "`message` says what is wrong, and `locations` where. Nothing of the document was run. It stands in the "
            "`extensions` of a GraphQL error.",
        ),
        ProblemType(
            "graphql-over-limit",
            400,
            "The GraphQL document asks for too much",
            "It goes over one of the limits: tokens, brackets, depth, aliases or cost. `extensions.limits` says what "
            "was found and what is the most. Nothing of the document was run. Ask for smaller pages, or in several "
            "requests.",
        ),
        ProblemType(
            "not-authenticated",
            401,
            "Sign in first",
            "The endpoint needs `Authorization: Bearer <token>`, and there was none, or it was unknown, expired or "
            "revoked. Get a token from `POST /api/v1/auth/sign-in/`.",
        ),
        ProblemType(
            "wrong-credentials",
            401,
            "The user name or the password is wrong",
            "The two do not belong together, or the account is shut. The answer does not say which.",
        ),
        ProblemType(
            "permission-denied",
            403,
            "This account may not do that",
            "You are signed in, but the endpoint is for staff. A new token will not change that.",
        ),
        ProblemType(
            "not-found",
            404,
            "There is nothing at this address",
            "The path is unknown, or the thing it names does not exist, or exists and is not yours to see.",
        ),
        ProblemType(
            "method-not-allowed",
            405,
            "This address does not take that method",
            "The `Allow` header lists the methods that it does take.",
        ),
        ProblemType(
            "not-acceptable",
            406,
            "The answer cannot be given in the form asked for",
            "The API answers in `application/json`. Send `Accept: application/json`, or no `Accept` at all.",
        ),
        ProblemType(
            "insufficient-stock",
            409,
            "There is not enough stock",
            "`available` says how many were left when the request was decided. Nothing was reserved.",
        ),
        ProblemType(
            "reservation-limit",
            409,
            "This account holds as many reservations as it may",
            "Release one, or wait until one expires; `limit` says how many may be active at once.",
        ),
        ProblemType(
            "product-reserved",
            409,
            "The product is held by active reservations",
            "It can be deleted when they are released or have expired. To take it off sale now, set `is_active` to "
            "false.",
        ),
        ProblemType(
            "category-in-use",
            409,
            "The category still holds products or categories",
            "Move or delete what it holds first; `products` and `categories` count them.",
        ),
        ProblemType(
            "category-cycle",
            409,
            "A category cannot stand below itself",
            "The parent asked for is the category itself or one of its descendants.",
        ),
        ProblemType(
            "import-not-retryable",
            409,
            "There is nothing to try again",
            "The import has succeeded, or its file has been cleaned up. Send the file again as a new import.",
        ),
        ProblemType(
            "precondition-failed",
            412,
            "The thing has changed since you read it",
            "The entity tag in `If-Match` is not the current one. Read it again, look at what changed, and decide.",
        ),
        ProblemType(
            "payload-too-large",
            413,
            "The body is too large",
            "`limit` is the largest body, in bytes, that this endpoint reads.",
        ),
        ProblemType(
            "unsupported-media-type",
            415,
            "The body is in a form this endpoint does not read",
            "The `Content-Type` must be the one documented for the endpoint: `application/json`, "
            "`multipart/form-data` for images, or `text/csv` for imports.",
        ),
        ProblemType(
            "idempotency-key-reused",
            422,
            "This Idempotency-Key was used for a different request",
            "A key stands for one request. Use a new key for a new request.",
        ),
        ProblemType(
            "precondition-required",
            428,
            "Say which version you are changing",
            "Writes to a thing that exists need `If-Match` with the `ETag` of your last read (RFC 6585), so that "
            "nobody's change is overwritten unseen.",
        ),
        ProblemType(
            "too-many-requests",
            429,
            "Too many requests",
            "`Retry-After` says, in seconds, when to try again.",
        ),
        ProblemType(
            "internal-error",
            500,
            "The service has a fault",
            "It is ours, not yours. `request_id` finds the request in our logs.",
        ),
        ProblemType(
            "service-unavailable",
            503,
            "The service cannot answer now",
            "Something it needs, such as its database, is away or busy. Nothing is half done. Try again after "
            "`Retry-After` seconds: a write that ended in the moment of the fault may have been done, and its "
            "`Idempotency-Key` or `If-Match` keeps it from being done twice.",
        ),
        ProblemType(
            "queue-full",
            503,
            "Too many imports are waiting",
            "`limit` is how many may wait. Try again after `Retry-After` seconds.",
        ),
        ProblemType(
            "not-ready",
            503,
            "The service is not ready",
            "`checks` says which of the things it needs is missing.",
        ),
        ProblemType(
            "insufficient-storage",
            507,
            "There is no room to store it",
            "The disk or the quota of the service is full. Nothing was changed, and reading goes on. Sending it again "
            "helps only after its operator has made room.",
        ),
    ]
}
