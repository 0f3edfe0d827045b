"""Captures come from the real API, each from the same seeded database."""

import json

import pytest

from hub import capture as module
from hub.capture import CACHE_VARIABLE, CaptureError, Request, capture, capture_cell

JSON = (("Content-Type", "application/json"),)


@pytest.fixture(autouse=True)
def _fresh_answers(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)


def test_a_list_is_answered_with_its_sql():
    answer = capture(Request("GET", "/api/v1/products/?page_size=3"))
    assert answer.status == 200
    assert answer.media_type == "application/json"
    assert len(json.loads(answer.content)["results"]) == 3
    assert any('FROM "catalog_product"' in sql and "LIMIT 4" in sql for sql in answer.queries), "with values filled in"


def test_links_in_an_answer_lead_to_the_address_that_serve_prints():
    answer = capture(Request("GET", "/api/v1/products/?page_size=3"))
    assert json.loads(answer.content)["next"].startswith("http://localhost:8000/api/v1/products/?")


def test_what_one_request_writes_the_next_does_not_see():
    post = Request("POST", "/api/v1/categories/", JSON, '{"name": "Maps", "slug": "maps"}', "staff")
    assert capture(post).status == 201
    assert capture(post).status == 201, "a second time would be refused if the first had stayed"
    assert capture(Request("GET", "/api/v1/categories/maps/")).status == 404


def test_nobody_is_signed_in_unless_asked_for():
    assert capture(Request("GET", "/api/v1/auth/me/")).status == 401
    assert json.loads(capture(Request("GET", "/api/v1/auth/me/", account="customer")).content)["username"] == "demo"


def test_the_sql_of_signing_in_is_not_part_of_the_answer():
    answer = capture(Request("GET", "/api/v1/products/lagoon-speaker/", account="staff"))
    assert answer.status == 200
    assert not any(sql.startswith("INSERT") for sql in answer.queries)


def test_captures_are_read_back_only_when_asked(monkeypatch):
    request = Request("GET", "/api/v1/products/lagoon-speaker/")
    first = capture(request)
    monkeypatch.setenv(CACHE_VARIABLE, "1")
    assert capture(request).header("X-Request-ID") == first.header("X-Request-ID")
    monkeypatch.delenv(CACHE_VARIABLE)
    assert capture(request).header("X-Request-ID") != first.header("X-Request-ID")


def test_an_api_that_does_not_start_is_reported_once_and_not_started_again(monkeypatch):
    broken = module.worker_environment() | {"DJANGO_DEBUG": "maybe"}
    monkeypatch.setattr(module, "worker_environment", lambda: broken)
    monkeypatch.setattr(module, "_running", {})
    for _ in range(2):
        with pytest.raises(CaptureError, match="DJANGO_DEBUG='maybe' is neither yes nor no"):
            capture(Request("GET", "/api/v1/products/"))
    assert len(module._running) == 1
    module.close_workers()


def test_whatever_the_shell_or_env_chooses_the_api_has_its_defaults(monkeypatch):
    monkeypatch.setattr(module, "_running", {})
    for name, value in [("RESPONSE_CACHE", "1"), ("THROTTLING", "0")]:
        monkeypatch.setenv(name, value)
    program = "from django.conf import settings\n(settings.THROTTLING, settings.RESPONSE_CACHE)"
    assert capture_cell([], program).value == "(True, False)"
    module.close_workers()
