"""From the text of a request to its answer: parse, validate, measure, and only then run.

`prepare` finds out what a request asks for and refuses it where it must; `run` executes it. Between the two the view
counts the writes (`demo_api/nexus/graphql_api.py`).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values
from rest_framework.request import Request

from demo_api.catalog.graphql import limits
from demo_api.catalog.graphql.context import Context
from demo_api.catalog.graphql.schema import schema
from demo_api.nexus import logs
from demo_api.nexus.problems import Problem, as_problem

logger = logging.getLogger(__name__)
Json = dict[str, Any]
MOST_ERRORS = 5  # of the same document that are listed
REMEMBERED = 256  # documents that are not parsed and validated again


@dataclass(frozen=True)
class Operation:
    """One operation that may run, and what `extensions.limits` will say of it."""

    document: DocumentNode
    node: OperationDefinitionNode
    variables: Mapping[str, Any]
    report: Json
    writes: int  # fields of Mutation: each counts as a write


@dataclass(frozen=True)
class Answer:
    """The body of an answer. `runs` is false when the request was refused before anything of it ran."""

    body: Json
    runs: bool


@dataclass
class Refusal(Exception):
    """A request that is not run: why, and how far it was measured."""

    errors: Sequence[GraphQLError]
    report: Json = field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        return Answer({"errors": [refused(error) for error in self.errors], **extensions(self.report)}, runs=False)


def answer(
    query: str,
    variables: Mapping[str, Any],
    name: str | None,
    request: Request,
    *,
    count_writes: Callable[[int], None],
) -> Answer:
    """What a request is answered with. `count_writes` may refuse it, by raising, before anything of it runs."""
    try:
        operation = prepare(query, variables, name)
    except Refusal as refusal:
        return refusal.answer
    count_writes(operation.writes)
    return run(operation, Context(request))


# Before it runs ---------------------------------------------------------------------------------------------------


def prepare(query: str, variables: Mapping[str, Any], name: str | None) -> Operation:
    """The operation that a request asks for. Raises Refusal when it is not valid, or goes over a limit."""
    document, tokens, errors = read(query, settings.GRAPHQL_INTROSPECTION)
    if document is None or errors:
        raise Refusal(errors, limits.report(tokens, None) if tokens else {})
    node = get_operation_ast(document, name)
    if node is None:
        raise Refusal([GraphQLError(no_operation(document, name))], limits.report(tokens, None))
    coerced = get_variable_values(schema.core, node.variable_definitions or (), dict(variables), max_errors=MOST_ERRORS)
    if isinstance(coerced, list):
        raise Refusal(coerced, limits.report(tokens, None))
    measure = limits.measured(schema.core, document, node, coerced.coerced)
    report = limits.report(tokens, measure)
    try:
        limits.check(measure)
    except limits.OverLimit as error:
        raise Refusal([error], report) from None
    return Operation(document, node, variables, report, measure.writes)


@lru_cache(maxsize=REMEMBERED)
def read(query: str, introspection: bool) -> tuple[DocumentNode | None, int, Sequence[GraphQLError]]:
    """The document, how many tokens it has, and what is wrong with it. The same text is read once."""
    try:
        tokens = limits.count_tokens(query)
        document = parse(query)
    except GraphQLError as error:
        return None, 0, [error]
    rules = [*specified_rules, limits.NoAliasesInIntrospection]
    if not introspection:
        rules.append(NoSchemaIntrospectionCustomRule)
    return document, tokens, validate(schema.core, document, rules, max_errors=MOST_ERRORS)


def no_operation(document: DocumentNode, name: str | None) -> str:
    if name is not None:
        return "There is no operation of this `operationName` in the document."
    return "The document has several operations: say which in `operationName`." if document.definitions else "Empty."


# Running ----------------------------------------------------------------------------------------------------------


def run(operation: Operation, context: Context) -> Answer:
    """The answer. Raises the database's own error when a query has nothing to show because it is away."""
    name = operation.node.name.value if operation.node.name else None
    result = schema.execute_sync(
        None,
        variable_values=dict(operation.variables),
        context_value=context,
        operation_name=name,
        operation_extensions={"document": operation.document},
    )
    errors = result.errors or []
    if operation.node.operation is OperationType.QUERY:
        for error in errors:
            if isinstance(error.original_error, OperationalError | InterfaceError):
                raise error.original_error
    body: Json = {"data": result.data}
    if errors:
        body["errors"] = [failed(error) for error in errors]
    return Answer(body | extensions(operation.report), runs=True)


# Errors -----------------------------------------------------------------------------------------------------------


def refused(error: GraphQLError) -> Json:
    """An error of the request itself: its message is for whoever wrote the document."""
    slug = "graphql-over-limit" if isinstance(error, limits.OverLimit) else "graphql-invalid"
    return formatted(error, Problem(slug, error.message))


def failed(error: GraphQLError) -> Json:
    """An error of one field: a problem with its facts, or, for what nobody foresaw, only the request's id."""
    original = error.original_error
    if original is None:
        return refused(error)
    problem = as_problem(original)
    if problem is None or problem.kind.status >= 500:
        logger.error("%s: %s", error.path, original, exc_info=original)
    return formatted(error, problem or Problem("internal-error"))


def formatted(error: GraphQLError, problem: Problem) -> Json:
    """The error as the specification has it, with the members of a problem document in its `extensions`."""
    kind = problem.kind
    said: Json = {"message": problem.detail}
    if error.locations:
        said["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        said["path"] = error.path
    facts = {"type": kind.uri, "title": kind.title, "status": kind.status, "request_id": logs.request_id.get()}
    return said | {"extensions": facts | problem.facts}


def extensions(report: Json) -> Json:
    return {"extensions": {"limits": report}} if report else {}
