"""The OpenAPI document says what the policies say: who may call, how often, how large, which errors, and an example.

The examples are recorded from the running API (`manage.py record_examples`), never written by hand.
"""

import json
import re
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
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


class EmailSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """An e-mail address, or the empty text of an account that has none, which `format: email` alone would refuse."""

    target_class = "rest_framework.serializers.EmailField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        longest = {"maxLength": self.target.max_length} if self.target.max_length else {}
        # No `type` beside `anyOf`: drf-spectacular would add the format to it.
        return {"anyOf": [{"type": "string", "format": "email", **longest}, {"type": "string", "maxLength": 0}]}


class PolicySchema(AutoSchema):
    """drf-spectacular's schema of one operation, completed from the method's policy and the recorded examples."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Json | None:
        operation: Json | None = super().get_operation(*args, **kwargs)
        policy: Policy | None = getattr(getattr(self.view, self.method.lower(), None), "policy", None)
        if operation is None or policy is None:
            return operation
        knows_callers = bool(self.view.authentication_classes)
        operation["security"] = security(policy) if knows_callers else []
        operation["x-who"] = policy.who.value
        operation["x-throttle"] = {
            "scope": policy.throttle,
            "requests-per-minute": settings.THROTTLE_RATES[policy.throttle],
        }
        operation["x-limits"] = {"body-bytes": policy.body.limit if policy.body else 0}
        exchanges = recorded_examples().get(operation["operationId"], [])
        slugs = problem_slugs(operation, policy, knows_callers)
        add_problems(operation, slugs)
        add_headers(operation, exchanges, self.method)
        add_examples(operation, exchanges)
        borrow_problem_examples(operation, slugs)
        add_path_examples(operation, exchanges, self.path)
        return operation


def security(policy: Policy) -> list[Json]:
    """OpenAPI's list of alternatives: `{}` is no token at all."""
    return [{}, {"bearer": []}] if policy.who is Who.ANYONE else [{"bearer": []}]


# Responses --------------------------------------------------------------------------------------------------------


def problem_slugs(operation: Json, policy: Policy, knows_callers: bool) -> set[str]:
    """The problem types that this operation can answer with."""
    slugs = set(policy.all_problems)
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
        slugs.add("invalid-input")
    if not knows_callers:  # it looks at no token, and so needs no database, unless it says so itself
        slugs -= {"not-authenticated", "service-unavailable"} - set(policy.problems)
    return slugs


def add_problems(operation: Json, slugs: set[str]) -> None:
    """One response for each status that the problem types have, naming the types."""
    by_status: dict[int, list[ProblemType]] = {}
    for slug in sorted(slugs):
        by_status.setdefault(PROBLEM_TYPES[slug].status, []).append(PROBLEM_TYPES[slug])
    for status, kinds in by_status.items():
        response = problem_response(status, kinds)
        own = operation["responses"].get(str(status), {})  # GraphQL has bodies of its own for some errors
        response["content"] = own.get("content", {}) | response["content"]
        operation["responses"][str(status)] = response


def phrase(status: int) -> str:
    """The status's name in RFC 9110. Python before 3.13 has older names for two of them."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def problem_response(status: int, kinds: list[ProblemType]) -> Json:
    lines = [f"{phrase(status)}:"] + [f"- `{kind.slug}`: {kind.title}." for kind in kinds]
    names = {name for kind in kinds for name in PROBLEM_HEADERS.get(kind.slug, ())}
    return {
        "description": "\n".join(lines),
        "headers": {name: header_reference(name) for name in sorted(names)},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


# Headers of responses, by name. `required` ones are on every response that lists them.
HEADERS: dict[str, Json] = {
    "ETag": {
        "description": "The entity tag of this representation: send it as `If-None-Match` to read it again only when "
        "it has changed, and as `If-Match` to change it.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "`true` when an earlier request with this `Idempotency-Key` made what is answered.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Last-Modified": {
        "description": "When what is answered last changed.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The address of what was made.",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate, when a token was missing or refused.",
        "schema": {"type": "string"},
    },
    "X-Request-ID": {
        "description": "Finds this request in the service's log. A caller may send one of its own: 8 to 64 letters, "
        "digits, `.`, `_` or `-`.",
        "required": True,
        "schema": {"type": "string"},
    },
}
PROBLEM_HEADERS = {
    "not-authenticated": ("WWW-Authenticate",),
    "precondition-failed": ("ETag",),
    "queue-full": ("Retry-After",),
    "service-unavailable": ("Retry-After",),
    "too-many-requests": ("Retry-After",),
}


POLL_HEADER: Json = {  # on a success it is no refusal, and not always there
    "description": "Seconds after which it is worth asking again; absent once nothing more will change by itself.",
    "schema": {"type": "integer", "minimum": 1},
}


def header_reference(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def add_headers(operation: Json, exchanges: list[Json], method: str) -> None:
    """The request id on every response, and on successes the headers that the recorded ones carry.

    Whatever is read with an entity tag is answered with 304 to a caller that has it.
    """
    sent = recorded_headers(exchanges)
    validators = sent & {"ETag", "Last-Modified", "Retry-After"}
    if method == "GET" and "ETag" in validators:
        operation["responses"].setdefault("304", {"description": ""})
    for status, response in operation["responses"].items():
        names = {"X-Request-ID"} | {"2": sent, "3": validators}.get(status[0], set())
        headers = response.get("headers", {}) | {name: header_reference(name) for name in names}
        if status < "4" and "Retry-After" in headers:
            headers["Retry-After"] = POLL_HEADER
        response["headers"] = dict(sorted(headers.items()))
        if response["description"] in ("", "No response body"):
            response["description"] = f"{HTTPStatus(int(status)).phrase}."
    operation["responses"] = dict(sorted(operation["responses"].items()))


def recorded_headers(exchanges: list[Json]) -> set[str]:
    """The documented headers that the successful ones among these exchanges were answered with."""
    responses = [exchange["response"] for exchange in exchanges if exchange["response"]["status"] < 300]
    return {name for response in responses for name in response["headers"] if name in HEADERS}


# The Problem schema -----------------------------------------------------------------------------------------------

PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "A problem document (RFC 9457). The members after `errors` belong to single types.",
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
        "requested": {"type": "integer", "description": "Of `insufficient-stock`: how many were asked for."},
        "available": {"type": "integer", "description": "Of `insufficient-stock`: how many are left."},
        "limit": {
            "type": "integer",
            "description": "Of `payload-too-large`, in bytes, of `reservation-limit` and `queue-full`: the most "
            "there may be.",
        },
        "reservations": {"type": "integer", "description": "Of `product-reserved`: how many hold it."},
        "products": {"type": "integer", "description": "Of `category-in-use`: how many products it holds."},
        "categories": {"type": "integer", "description": "Of `category-in-use`: how many categories it holds."},
        "checks": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Of `not-ready`: each thing the service needs, with `ok` or what is wrong.",
        },
    },
}


# Examples ---------------------------------------------------------------------------------------------------------


@cache
def recorded_examples() -> dict[str, list[Json]]:
    """Operation id to its recorded exchanges: `{"name", "request": {...}, "response": {"status", "body", ...}}`."""
    file = files("demo_api.rest").joinpath(EXAMPLES_FILE.name)  # in the page, packages are in a zip
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def add_examples(operation: Json, exchanges: list[Json]) -> None:
    """Each exchange's bodies, under one name in the request and in the response of its status."""
    for exchange in exchanges:
        request, response = exchange["request"], exchange["response"]
        is_csv = request.get("headers", {}).get("Content-Type") == "text/csv"
        if is_csv or isinstance(request.get("body"), dict):  # one that is not its media type cannot be shown as a value
            example_of(operation.get("requestBody"), exchange["name"], request["body"])
        place = operation["responses"].get(str(response["status"]))
        if place is None:
            raise ValueError(
                f"{operation['operationId']} answers {response['status']} ({exchange['name']}), and its policy does "
                "not say so."
            )
        example_of(place, exchange["name"], response.get("body"), response["headers"].get("Content-Type"))


def example_of(place: Json | None, name: str, value: Any, media_type: str | None = None) -> None:
    """Puts a recorded body among the examples of a request body or a response, where it is of that media type."""
    if place is None or value is None:
        return
    for offered, content in place.get("content", {}).items():
        if media_type and media_type.partition(";")[0] != offered:
            continue
        if offered == "text/csv":
            value = beginning(value)
        key = "".join(letter if letter.isalnum() else "_" for letter in name)
        content.setdefault("examples", {})[key] = {"summary": name, "value": value}


def beginning(table: str) -> str:
    """The header of a table in CSV and its first rows, as lines: a whole catalogue is no example."""
    return "".join(f"{line}\n" for line in table.splitlines()[:4])


def borrow_problem_examples(operation: Json, slugs: set[str]) -> None:
    """Shows each problem type of which the operation has no recorded answer by one that another operation gave."""
    for kind in (PROBLEM_TYPES[slug] for slug in sorted(slugs & problem_examples().keys())):
        content = operation["responses"][str(kind.status)]["content"]["application/problem+json"]
        examples = content.setdefault("examples", {})
        if kind.uri not in [example.get("value", {}).get("type") for example in examples.values()]:
            examples[kind.slug] = {"$ref": f"#/components/examples/{kind.slug}"}


def problem_examples() -> dict[str, Json]:
    """Problem type to the first recorded answer of that type, whichever operation gave it."""
    found: dict[str, Json] = {}
    for exchange in (exchange for exchanges in recorded_examples().values() for exchange in exchanges):
        body, status = exchange["response"].get("body", {}), exchange["response"]["status"]
        if status >= 400 and "type" in body:
            kind = next(kind for kind in PROBLEM_TYPES.values() if kind.uri == body["type"])
            asked = f"{exchange['request']['method']} {body['instance']}"
            found.setdefault(kind.slug, {"summary": f"{kind.title} (recorded at {asked})", "value": body})
    return dict(sorted(found.items()))


def add_path_examples(operation: Json, exchanges: list[Json], template: str) -> None:
    """Fills path parameters with what a recorded success asked for, so that it can be tried as it stands.

    An id that only the recording had is no use to anyone else.
    """
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    answered = [exchange for exchange in exchanges if exchange["response"]["status"] < 300]
    found = re.search(f"{pattern}$", urlsplit(answered[0]["request"]["url"]).path) if answered else None
    for parameter in operation.get("parameters", []):
        if found and parameter["in"] == "path" and parameter["schema"].get("format") != "uuid":
            parameter["example"] = found[parameter["name"]]


# The document -----------------------------------------------------------------------------------------------------


def describe_policies(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """drf-spectacular's last step: adds the components that the responses refer to."""
    components = result["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["headers"] = HEADERS
    components["examples"] = problem_examples()
    return result
