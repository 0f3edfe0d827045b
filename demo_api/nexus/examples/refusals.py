"""The answers that follow from what an operation declares: nobody writes these exchanges down for each operation.

A wrong token, a body too large, a database that is away: each is made of the operation's first written success by
changing one thing. So an operation that is added is shown with all of them. A problem of its own, such as
`insufficient-stock`, needs an `Exchange` beside the operation's others.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from demo_api.nexus.examples.exchange import CURRENT, CUSTOMER, STALE, UNKNOWN_ID, Exchange

Json = dict[str, Any]
PROBLEM = re.compile(r"^- `([a-z-]+)`: ", re.M)  # in the description of a response
NOT_MODIFIED = "not-modified"


@dataclass(frozen=True)
class Shown:
    """What an example is about: an operation, a status, and the slug of its problem or an empty text."""

    operation: str
    status: int
    slug: str


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document, and its first written success, from which the refusals are made."""

    path: str
    parameters: list[Json]
    media_type: str  # of its request body; empty when it reads none
    limit: int  # of that body, in bytes
    success: Exchange


def documented(document: Json) -> Iterator[Shown]:
    """Everything the document promises: each status of each operation, and each problem that is named there."""
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                for slug in PROBLEM.findall(response["description"]) or [""]:
                    yield Shown(operation["operationId"], int(status), slug)


def shown_by(recording: dict[str, list[Json]]) -> set[Shown]:
    """What these recorded exchanges are about."""
    return {
        Shown(operation, exchange["response"]["status"], slug_of(exchange["response"]))
        for operation, exchanges in recording.items()
        for exchange in exchanges
    }


def slug_of(response: Json) -> str:
    """The slug of the problem that a recorded response is about; empty for a success."""
    if response["status"] < 400:
        return ""
    body = response["body"]
    # A GraphQL error carries its problem in `extensions`.
    kind = body["type"] if "type" in body else body["errors"][0]["extensions"]["type"]
    return str(kind).strip("/").rpartition("/")[2]


def refusals(document: Json, written: Iterable[Exchange], shown: set[Shown]) -> Iterator[Exchange]:
    """An exchange for each documented pair of operation and answer that is not shown yet and can be derived."""
    operations = {operation.success.operation: operation for operation in those_with_a_success(document, written)}
    for wanted in documented(document):
        slug = NOT_MODIFIED if wanted.status == 304 else wanted.slug
        if wanted not in shown and slug in WAYS and wanted.operation in operations:
            name, change = WAYS[slug]
            changed = change(operations[wanted.operation])
            yield replace(changed, name=name, status=wanted.status)


def those_with_a_success(document: Json, written: Iterable[Exchange]) -> Iterator[Operation]:
    successes: dict[str, Exchange] = {}
    for exchange in written:
        if exchange.status < 300:
            successes.setdefault(exchange.operation, exchange)
    for path, item in document["paths"].items():
        for operation in item.values():
            success = successes.get(operation["operationId"])
            if success:
                media_type = next(iter(operation.get("requestBody", {}).get("content", {})), "")
                limit = operation.get("x-limits", {}).get("body-bytes", 0)
                yield Operation(path, operation.get("parameters", []), media_type, limit, success)


# The ways: what is changed in the success ---------------------------------------------------------------------------


def unread(success: Exchange, **headers: str) -> Exchange:
    """The request with these headers; one that is refused before anything is read knows no current entity tag."""
    kept = {name: STALE["If-Match"] if value == CURRENT else value for name, value in success.headers.items()}
    return replace(success, headers=kept | {name.replace("_", "-"): value for name, value in headers.items()})


def also(given: str, situation: str) -> str:
    return " and ".join(filter(None, (given, situation)))


def with_unknown_token(operation: Operation) -> Exchange:
    asked = unread(operation.success)
    return replace(asked, by="", given=also(asked.given, "a revoked token"))


def as_customer(operation: Operation) -> Exchange:
    return replace(unread(operation.success), by=CUSTOMER)


def of_nothing(operation: Operation) -> Exchange:
    """The last parameter of the path names something that is not there."""
    asked = unread(operation.success)
    method, path = asked.request.split(" ", 1)
    parts, template = path.partition("?")[0].split("/"), operation.path.split("/")
    last = max(index for index, part in enumerate(template) if part.startswith("{"))
    (schema,) = [one["schema"] for one in operation.parameters if one["name"] == template[last].strip("{}")]
    parts[last] = UNKNOWN_ID if schema.get("format") == "uuid" else "nowhere"
    return replace(asked, request=f"{method} {'/'.join(parts)}")


def in_another_form(operation: Operation) -> Exchange:
    return unread(operation.success, Accept="application/xml")


def cut_short(operation: Operation) -> Exchange:
    """A body that ends too early, a form without its boundary, or a file of nothing."""
    if operation.media_type == "text/csv":
        return replace(unread(operation.success), csv="")
    headers = {} if operation.media_type == "application/json" else {"Content_Type": operation.media_type}
    return replace(unread(operation.success, **headers), body=None, picture="", text='{"name": ')


def with_something_unknown(operation: Operation) -> Exchange:
    """A member or a parameter that nobody knows; where there is neither, a version that is no entity tag."""
    success = operation.success
    if isinstance(success.body, dict):
        return replace(success, body=success.body | {"colour": "red"})
    if "If-Match" in success.headers:
        return replace(success, headers=dict(success.headers) | {"If-Match": "latest"})
    return replace(success, request=f"{success.request}{'&' if '?' in success.request else '?'}colour=red")


def too_large(operation: Operation) -> Exchange:
    """Said in the header: a body that announces itself as too large is refused before it is read."""
    return unread(operation.success, Content_Length=str(operation.limit + 1))


def as_plain_text(operation: Operation) -> Exchange:
    return replace(unread(operation.success, Content_Type="text/plain"), body=None, picture="", text="Please.")


def of_an_old_version(operation: Operation) -> Exchange:
    return replace(operation.success, headers=dict(operation.success.headers) | STALE)


def of_any_version(operation: Operation) -> Exchange:
    headers = {name: value for name, value in operation.success.headers.items() if name != "If-Match"}
    return replace(operation.success, headers=headers)


def with_a_current_copy(operation: Operation) -> Exchange:
    return replace(operation.success, headers=dict(operation.success.headers) | {"If-None-Match": CURRENT})


def too_often(operation: Operation) -> Exchange:
    asked = unread(operation.success)
    return replace(asked, given=also(asked.given, "as many requests as a minute allows"))


def without_a_database(operation: Operation) -> Exchange:
    """Asked with a token: looking at that is what needs the database, where nothing else does."""
    asked = unread(operation.success)
    return replace(asked, by=asked.by or CUSTOMER, given=also(asked.given, "a database that is away"))


WAYS: dict[str, tuple[str, Callable[[Operation], Exchange]]] = {
    NOT_MODIFIED: ("The copy is current", with_a_current_copy),
    "invalid-input": ("Something that is not accepted", with_something_unknown),
    "malformed-request": ("A body that cannot be read", cut_short),
    "not-acceptable": ("XML, please", in_another_form),
    "not-authenticated": ("A token that is not known", with_unknown_token),
    "not-found": ("Nothing of that name", of_nothing),
    "payload-too-large": ("One byte too many", too_large),
    "permission-denied": ("A customer", as_customer),
    "precondition-failed": ("Changed since", of_an_old_version),
    "precondition-required": ("Which version?", of_any_version),
    "service-unavailable": ("The database is away", without_a_database),
    "too-many-requests": ("Too many requests", too_often),
    "unsupported-media-type": ("Plain text", as_plain_text),
}
