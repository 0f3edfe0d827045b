"""Holds every response that the suite gets through Django's test client against the OpenAPI document.

`conformance` is a fixture for all tests: `tests/conftest.py` imports it. A response that the document does not
describe raises Nonconformance in the test that asked for it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

Json = dict[str, Any]
PROBLEM = "application/problem+json"
ELSEWHERE = ("/api/schema/", "/api/docs/", "/api/redoc/", "/admin/")  # the document itself, and pages for people
PAGES_FOR_PEOPLE = "text/html"  # the admin's, and the handbook's own 404


class Nonconformance(AssertionError):
    """A response is not as documented: the message names operation, status, and the pointer to the member."""


@dataclass(frozen=True)
class Answer:
    """What was asked and what came back. `routed` is false when no view was found or a middleware refused first."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes | None  # None: streamed, and not read
    routed: bool = True

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]


@pytest.fixture(autouse=True, scope="session")
def conformance() -> Iterator[None]:
    """Every `Client`, also REST framework's, passes its answers to `check` for as long as the session lasts."""
    ask = Client.request

    def request(self: Client, **environ: Any) -> Any:
        response = ask(self, **environ)
        check(answer_of(response))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", request)
        yield


def answer_of(response: Any) -> Answer:
    asked = response.wsgi_request
    return Answer(
        method=asked.method or "",
        path=asked.path,
        status=response.status_code,
        headers=response.headers,
        body=None if streamed(response) else response.content,
        routed=asked.resolver_match is not None,
    )


def streamed(response: HttpResponseBase) -> bool:
    return bool(response.streaming)


# The check --------------------------------------------------------------------------------------------------------


def check(answer: Answer) -> None:
    """Raises Nonconformance unless the answer is what the document says for this path, method and status."""
    operation = find_operation(answer.method, answer.path) if answer.routed else None
    if operation is None:
        check_undocumented(answer)
    elif answer.status == 500:
        check_problem(answer)  # our own fault: the same on every operation, and described by its type
    else:
        check_documented(answer, operation)


def check_undocumented(answer: Answer) -> None:
    """Where the document names no operation there is an error in our form, a page, a file, or an empty OPTIONS."""
    if answer.path.startswith(ELSEWHERE) and answer.status < 400:
        return
    if answer.status >= 400 and answer.media_type != PAGES_FOR_PEOPLE:
        check_problem(answer)
    elif answer.media_type.endswith("json"):
        complain(answer, "this operation is not in the document, and yet it answers in JSON")


def check_problem(answer: Answer) -> None:
    if answer.media_type != PROBLEM:
        complain(answer, f"an error is {PROBLEM}, and this is {answer.media_type or 'nothing'}")
    if answer.status == 405 and "Allow" not in answer.headers:
        complain(answer, "a 405 has the header Allow (RFC 9110, section 15.5.6)")
    if answer.method != "HEAD":
        check_body(answer, {"$ref": "#/components/schemas/Problem"})


def check_documented(answer: Answer, operation: Json) -> None:
    documented = operation["responses"].get(str(answer.status))
    if documented is None:
        complain(answer, f"the status is not documented; these are: {', '.join(operation['responses'])}")
    for name, node in documented.get("headers", {}).items():
        if resolve(node).get("required") and name not in answer.headers:
            complain(answer, f"the header {name} is missing")
    content = documented.get("content", {})
    if not content:
        if answer.body:
            complain(answer, "no body is documented, and there is one")
    elif answer.media_type not in content:
        complain(answer, f"the media type {answer.media_type!r} is not documented; these are: {', '.join(content)}")
    elif answer.method != "HEAD" and answer.media_type.endswith("json"):
        check_body(answer, content[answer.media_type]["schema"])


def check_body(answer: Answer, schema: Json) -> None:
    try:
        body = json.loads(answer.body or b"")
    except ValueError as error:
        complain(answer, f"the body is not JSON: {error}")
    if found := faults(body, schema):
        complain(answer, "; ".join(found))


def faults(body: Any, schema: Json) -> list[str]:
    """What is wrong with a body, each with its JSON pointer; nothing when it is valid."""
    validator = Draft202012Validator(
        {**schema, "components": closed_document()["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"at {pointer(error.absolute_path)!r}: {error.message}" for error in validator.iter_errors(body)]


def pointer(path: Any) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def complain(answer: Answer, what: str) -> Any:
    operation = find_operation(answer.method, answer.path) or {}
    name = operation.get("operationId", "no operation")
    raise Nonconformance(f"{name} ({answer.method} {answer.path}) answered {answer.status}: {what}")


# The document -----------------------------------------------------------------------------------------------------


@cache
def document() -> Json:
    """The OpenAPI document of the running code; `tests/api/test_openapi.py` holds the committed one against it."""
    generated: Json = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    return generated


@cache
def closed_document() -> Json:
    """The document with every object closed: a member that is not documented is a fault."""
    closed: Json = close(document())
    return closed


def close(node: Any) -> Any:
    if isinstance(node, list):
        return [close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {name: close(value) for name, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        closed.setdefault("additionalProperties", False)
    return closed


def resolve(node: Json) -> Json:
    """The node itself, or the component that it refers to."""
    if "$ref" not in node:
        return node
    found: Any = document()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def find_operation(method: str, path: str) -> Json | None:
    """The documented operation of a method and a concrete path; HEAD is answered by GET's."""
    wanted = {"HEAD": "get"}.get(method, method.lower())
    for pattern, item in path_patterns():
        if pattern.fullmatch(path):
            operation: Json | None = item.get(wanted)
            return operation
    return None


@cache
def path_patterns() -> list[tuple[re.Pattern[str], Json]]:
    """Each documented path as a pattern, those without parameters first."""
    items = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), item) for path, item in items]
