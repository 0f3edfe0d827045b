"""Errors that a caller can act on, as types of the schema: the same facts as the problem documents of the REST API.

A mutation answers with a union of its success and its problems. A query, which has nothing else to say, puts the same
facts into `extensions` of an error (`engine.py`).
"""

from typing import Any

import strawberry

from demo_api.nexus.problems import Problem as HttpProblem


@strawberry.interface(description="A problem of a registered type (RFC 9457, and `GET /api/problems/`).")
class Problem:
    type: str = strawberry.field(description="Which problem this is; the address answers with its description.")
    title: str = strawberry.field(description="The type's title, the same every time.")
    status: int = strawberry.field(description="The HTTP status that the REST API answers with.")
    detail: str = strawberry.field(description="What went wrong this time.")


@strawberry.type(description="One part of the input that was refused.")
class InputError:
    pointer: str = strawberry.field(description="Where in the arguments (JSON pointer, RFC 6901).")
    detail: str
    code: str


@strawberry.type(description="Some of the input is not acceptable. Nothing was changed.")
class InvalidInput(Problem):
    errors: list[InputError] = strawberry.field(description="One entry for each part that was refused.")


@strawberry.type(description="The field needs a bearer token, and there was none.")
class NotAuthenticated(Problem): ...


@strawberry.type(description="You are signed in, but the field is for staff.")
class PermissionDenied(Problem): ...


@strawberry.type(description="What the arguments name does not exist, or is not yours to see.")
class NotFound(Problem): ...


@strawberry.type(description="The thing has changed since you read it. Read it again, and decide.")
class PreconditionFailed(Problem):
    current_version: str = strawberry.field(description="The `version` that it has now.")


@strawberry.type(description="Fewer are left than were asked for. Nothing was reserved.")
class InsufficientStock(Problem):
    requested: int = strawberry.field(description="How many were asked for.")
    available: int = strawberry.field(description="How many are left.")


@strawberry.type(description="The account holds as many active reservations as it may.")
class ReservationLimit(Problem):
    limit: int = strawberry.field(description="How many there may be at once.")


@strawberry.type(description="This idempotency key was used for another product or quantity.")
class IdempotencyKeyReused(Problem): ...


@strawberry.type(description="Active reservations hold the product.")
class ProductReserved(Problem):
    reservations: int = strawberry.field(description="How many hold it.")


@strawberry.type(description="The category still holds products or categories.")
class CategoryInUse(Problem):
    products: int = strawberry.field(description="How many products it holds.")
    categories: int = strawberry.field(description="How many categories stand below it.")


@strawberry.type(description="The parent is the category itself, or stands below it.")
class CategoryCycle(Problem): ...


TYPES: dict[str, type[Problem]] = {
    "invalid-input": InvalidInput,
    "not-authenticated": NotAuthenticated,
    "permission-denied": PermissionDenied,
    "not-found": NotFound,
    "precondition-failed": PreconditionFailed,
    "insufficient-stock": InsufficientStock,
    "reservation-limit": ReservationLimit,
    "idempotency-key-reused": IdempotencyKeyReused,
    "product-reserved": ProductReserved,
    "category-in-use": CategoryInUse,
    "category-cycle": CategoryCycle,
}


def typed(problem: HttpProblem) -> Problem | None:
    """The problem as a value of the schema; None for a kind that no mutation answers with, such as a lost database."""
    kind = TYPES.get(problem.kind.slug)
    if kind is None:
        return None
    facts: dict[str, Any] = dict(problem.facts)
    if kind is InvalidInput:
        facts["errors"] = [InputError(**error) for error in facts.get("errors", [])]
    said = problem.kind
    return kind(type=said.uri, title=said.title, status=said.status, detail=problem.detail, **facts)


def invalid_argument(pointer: str, detail: str, code: str = "invalid") -> HttpProblem:
    """The problem for one argument, or one member of an input object."""
    return HttpProblem("invalid-input", errors=[{"pointer": pointer, "detail": detail, "code": code}])
