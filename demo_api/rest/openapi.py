"""The OpenAPI document says what the policies say: who may call, how often, how large, which errors, and an example.

The examples are recorded from the running API (`manage.py record_examples`), never written by hand.
"""

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from demo_api.nexus.problem_types import PROBLEM_TYPES, ProblemType
from demo_api.rest.policy import Policy, Who

EXAMPLES_FILE = Path(__file__).with_name("examples.json")
Json = dict[str, Any]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The security scheme of BearerAuthentication."""

    target_class = "demo_api.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An opaque token from `POST /api/v1/auth/sign-in/`. It expires, and can be revoked.",
        }


class PolicySchema(AutoSchema):
    """drf-spectacular's schema of one operation, completed from the method's policy and the recorded examples."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Json | None:
        operation: Json | None = super().get_operation(*args, **kwargs)
        policy: Policy | None = getattr(getattr(self.view, self.method.lower(), None), "policy", None)
        if operation is None or policy is None:
            return operation
        operation["security"] = [{}, {"bearer": []}] if policy.who is Who.ANYONE else [{"bearer": []}]
        operation["x-who"] = policy.who.value
        operation["x-throttle"] = {
            "scope": policy.throttle,
            "requests-per-minute": settings.THROTTLE_RATES[policy.throttle],
        }
        operation["x-limits"] = {"body-bytes": policy.body.limit if policy.body else 0}
        add_problems(operation, policy)
        add_examples(operation)
        return operation


# Errors -----------------------------------------------------------------------------------------------------------


def add_problems(operation: Json, policy: Policy) -> None:
    """One response for each status that the operation's problem types have, naming the types."""
    slugs = set(policy.all_problems)
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
        slugs.add("invalid-input")
    by_status: dict[int, list[ProblemType]] = {}
    for slug in sorted(slugs):
        by_status.setdefault(PROBLEM_TYPES[slug].status, []).append(PROBLEM_TYPES[slug])
    for status, kinds in by_status.items():
        operation["responses"][str(status)] = problem_response(status, kinds)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def problem_response(status: int, kinds: list[ProblemType]) -> Json:
    lines = [f"{HTTPStatus(status).phrase}:"] + [f"- `{kind.slug}`: {kind.title}." for kind in kinds]
    response: Json = {
        "description": "\n".join(lines),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        response["headers"] = {
            "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}}
        }
    return response


PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "A problem document (RFC 9457). Some types have members of their own beside these.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "enum": sorted(kind.uri for kind in PROBLEM_TYPES.values()),
            "description": "Which problem this is; the address answers with its description.",
        },
        "title": {"type": "string", "description": "The type's title, the same every time."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What went wrong this time."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": {"type": "string", "description": "Finds this request in the service's log."},
        "errors": {
            "type": "array",
            "description": "One entry for each part of the request that was refused.",
            "items": {
                "type": "object",
                "required": ["detail", "code"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into the body."},
                    "parameter": {"type": "string", "description": "The query parameter."},
                    "header": {"type": "string", "description": "The request header."},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}


# Examples ---------------------------------------------------------------------------------------------------------


@cache
def recorded_examples() -> dict[str, list[Json]]:
    """Operation id to its recorded exchanges: `{"name", "request": {...}, "response": {"status", "body", ...}}`."""
    return json.loads(EXAMPLES_FILE.read_text("utf-8")) if EXAMPLES_FILE.exists() else {}


def add_examples(operation: Json) -> None:
    for exchange in recorded_examples().get(operation["operationId"], []):
        request, response = exchange["request"], exchange["response"]
        example_of(operation.get("requestBody"), exchange["name"], request.get("body"))
        example_of(operation["responses"].get(str(response["status"])), exchange["name"], response.get("body"))


def example_of(place: Json | None, name: str, value: Any) -> None:
    """Puts a recorded body among the examples of a request body or a response."""
    if place is None or value is None:
        return
    for content in place.get("content", {}).values():
        key = "".join(letter if letter.isalnum() else "_" for letter in name)
        content.setdefault("examples", {})[key] = {"summary": name, "value": value}


def describe_policies(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """drf-spectacular's last step: adds the Problem schema that the error responses refer to."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    result["components"]["schemas"] = dict(sorted(result["components"]["schemas"].items()))
    return result
