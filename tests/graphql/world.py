"""Asking in GraphQL, and how answers and errors must look."""

import json
from typing import Any

from rest_framework.test import APIClient

from demo_api.nexus.problem_types import PROBLEM_TYPES

GRAPHQL = "/graphql/"
MEDIA_TYPE = "application/graphql-response+json"


def post(client: APIClient, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
    """The whole response to one document."""
    body = {"query": query} | ({"variables": variables} if variables is not None else {})
    return client.post(GRAPHQL, json.dumps(body), content_type="application/json", headers=headers)


def ask(client: APIClient, query: str, **variables: Any) -> Any:
    """The data that a document is answered with, without any error."""
    response = post(client, query, variables)
    assert response.status_code == 200, response.content
    body = response.json()
    assert "errors" not in body, body["errors"]
    return body["data"]


def refusal(response: Any, slug: str, status: int = 400) -> dict[str, Any]:
    """Asserts that nothing ran, for a reason of this type, and gives the first error."""
    assert (response.status_code, response["Content-Type"]) == (status, MEDIA_TYPE), response.content
    body = response.json()
    assert "data" not in body
    return typed(body["errors"][0], slug, response)


def error(response: Any, slug: str) -> dict[str, Any]:
    """Asserts that the document ran, and that its only error is of this type; gives the error."""
    assert (response.status_code, response["Content-Type"]) == (200, MEDIA_TYPE), response.content
    (found,) = response.json()["errors"]
    assert found["path"]
    return typed(found, slug, response)


def typed(found: dict[str, Any], slug: str, response: Any) -> dict[str, Any]:
    kind, said = PROBLEM_TYPES[slug], found["extensions"]
    assert (said["type"], said["title"], said["status"]) == (kind.uri, kind.title, kind.status), found
    assert said["request_id"] == response["X-Request-ID"]
    assert found["message"]
    return found


def slugs(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["slug"] for edge in connection["edges"]]
