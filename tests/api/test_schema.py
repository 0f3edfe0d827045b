"""GET /api/schema/: the OpenAPI document as a resource like any other, made once, validated, and limited."""

import json

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator

from demo_api.nexus import schema_api
from tests.api.world import parameters, problem

SCHEMA = "/api/schema/"


@pytest.fixture(autouse=True)
def _made_anew():
    """The document holds the limits of requests, which a test may change."""
    schema_api.rendered.cache_clear()
    yield
    schema_api.rendered.cache_clear()


@pytest.mark.parametrize(
    ("accept", "media_type", "read"),
    [
        ("*/*", "application/vnd.oai.openapi", yaml.safe_load),
        ("application/yaml", "application/yaml", yaml.safe_load),
        ("application/json", "application/json", json.loads),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json", json.loads),
    ],
)
def test_it_comes_in_the_form_that_is_asked_for(anonymous, accept, media_type, read):
    response = anonymous.get(SCHEMA, headers={"Accept": accept})
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    assert read(response.content)["openapi"] == "3.1.1"


def test_whoever_has_it_gets_a_304(anonymous):
    first = anonymous.get(SCHEMA)
    again = anonymous.get(SCHEMA, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_each_form_has_a_tag_of_its_own(anonymous):
    tags = {
        anonymous.get(SCHEMA, headers={"Accept": form})["ETag"] for form in ("application/yaml", "application/json")
    }
    assert len(tags) == 2


def test_it_is_made_once(anonymous, monkeypatch):
    assert anonymous.get(SCHEMA).status_code == 200
    monkeypatch.delattr(SchemaGenerator, "get_schema")  # a second time would fail
    assert anonymous.get(SCHEMA).status_code == 200


def test_no_token_is_looked_at_and_no_query_run(anonymous, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert anonymous.get(SCHEMA, headers={"Authorization": "Bearer nonsense"}).status_code == 200


def test_it_is_limited_like_any_read(anonymous, settings):
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"read": 2}
    assert [anonymous.get(SCHEMA).status_code for _ in range(3)] == [200, 200, 429]


def test_what_it_does_not_know_it_refuses(anonymous):
    assert parameters(problem(anonymous.get(f"{SCHEMA}?format=json"), 400, "invalid-input")) == ["format"]
    problem(anonymous.get(SCHEMA, headers={"Accept": "text/html"}), 406, "not-acceptable")
    problem(anonymous.post(SCHEMA, {}), 405, "method-not-allowed")
