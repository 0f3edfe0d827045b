"""Each endpoint says who may call it, how often and how large a body it reads: one declaration, used three times.

The view enforces it (`views.py`), the OpenAPI document prints it (`openapi.py`), and a test walks every route and
fails on an endpoint that says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated

KIB = 1024
MIB = 1024 * KIB
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Who(Enum):
    """Who may call an endpoint."""

    ANYONE = "anyone"
    SIGNED_IN = "signed-in accounts"
    STAFF = "staff accounts"

    @property
    def permission(self) -> BasePermission:
        """The REST framework permission that enforces it."""
        return {Who.ANYONE: AllowAny, Who.SIGNED_IN: IsAuthenticated, Who.STAFF: IsAdminUser}[self]()


@dataclass(frozen=True)
class Body:
    """What a request body may be: its media type and its largest size in bytes."""

    media_type: str
    limit: int


JSON_BODY = Body("application/json", 64 * KIB)
IMAGE_BODY = Body("multipart/form-data", 5 * MIB + 64 * KIB)  # an image of 5 MiB, and the form around it
CSV_BODY = Body("text/csv", 256 * MIB)  # a million rows of the usual length; streamed, never held in memory


@dataclass(frozen=True)
class Policy:
    """The declaration itself. `throttle` is a key of settings.THROTTLE_RATES; `problems` are its own error slugs."""

    who: Who
    throttle: str
    body: Body | None = None
    problems: tuple[str, ...] = ()

    @property
    def all_problems(self) -> list[str]:
        """Every problem type the endpoint can answer with: its own, and those that follow from what it declares."""
        slugs = {"not-acceptable", "too-many-requests", "service-unavailable", *self.problems}
        slugs |= {"not-authenticated"}  # a bad token is refused even where none is needed
        if self.who is Who.STAFF:
            slugs |= {"permission-denied"}
        if self.body:
            slugs |= {"malformed-request", "invalid-input", "payload-too-large", "unsupported-media-type"}
        return sorted(slugs)


def endpoint(
    *, who: Who, throttle: str, body: Body | None = None, problems: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Declares the policy of one view method; `ApiView` refuses a method without one."""

    def declare(handler: Handler) -> Handler:
        handler.policy = Policy(who, throttle, body, problems)  # type: ignore[attr-defined]
        return handler

    return declare
