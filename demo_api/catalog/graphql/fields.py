"""The two decorators of the root fields: who may ask, which throttle counts it, and what a refusal looks like."""

from collections.abc import Callable
from typing import Any

import strawberry
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from demo_api.catalog.graphql.context import Context
from demo_api.catalog.graphql.directives import ListSize, PolicyDirective
from demo_api.catalog.graphql.problems import typed
from demo_api.nexus.errors import DomainError, InvalidFields
from demo_api.nexus.problems import Problem as HttpProblem
from demo_api.nexus.problems import as_problem
from demo_api.rest.policy import Who

Resolver = Callable[..., Any]


def read(*, who: Who, size: ListSize | None = None) -> Callable[[Resolver], Any]:
    """Declares a field of Query. Whoever may not ask gets an error in its place."""
    return declared(who, "read", Guard(who), size)


def write(*, who: Who, input: str = "") -> Callable[[Resolver], Any]:
    """Declares a field of Mutation. Every refusal is a value of its union (`problems.py`).

    `input` is the argument that holds what the services check, such as "changes".
    """
    return declared(who, "write", TypedGuard(who, input))


def declared(who: Who, throttle: str, guard: "Guard", size: ListSize | None = None) -> Callable[[Resolver], Any]:
    rate = settings.THROTTLE_RATES[throttle]
    directives: list[object] = [PolicyDirective(who=who.value, throttle=throttle, per_minute=rate)]
    if size:
        directives.append(size)

    def declare(resolver: Resolver) -> Any:
        said = " ".join((resolver.__doc__ or "").split())
        return strawberry.field(resolver, description=said, directives=directives, extensions=[guard])

    return declare


class Guard(FieldExtension):
    """Lets a resolver run only for those who may ask: the same three kinds of callers as the REST API's policies."""

    def __init__(self, who: Who) -> None:
        self.who = who

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        self.check(info.context)
        return next_(source, info, **arguments)

    def check(self, context: Context) -> None:
        """Raises Problem not-authenticated or permission-denied."""
        if self.who is not Who.ANYONE and context.user is None:
            raise HttpProblem("not-authenticated", "Sign in first: this field needs a bearer token.")
        if self.who is Who.STAFF and not context.is_staff:
            raise HttpProblem("permission-denied", "This field is for staff accounts.")


class TypedGuard(Guard):
    """The guard of a mutation: it gives the problems that the schema has types for, and raises the others."""

    def __init__(self, who: Who, argument: str) -> None:
        super().__init__(who)
        self.argument = argument

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        try:
            return super().resolve(next_, source, info, **arguments)
        except (HttpProblem, DomainError, ObjectDoesNotExist) as error:
            problem = as_problem(self.placed(error))
            answer = typed(problem) if problem else None
            if answer is None:
                raise
            return answer

    def placed(self, error: Exception) -> Exception:
        """The error with the fields that a service refused under the argument that they came in."""
        if not isinstance(error, InvalidFields) or not self.argument:
            return error
        return InvalidFields(
            {f"{self.argument}/{to_camel_case(name)}": messages for name, messages in error.messages.items()}
        )
