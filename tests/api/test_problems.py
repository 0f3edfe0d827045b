"""Errors are problem details (RFC 9457) on every path, and their request id finds the log line."""

import json
import logging
import re
from io import StringIO

import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client

from demo_api.catalog import selectors
from demo_api.nexus.problem_types import PROBLEM_TYPES
from tests.api.world import PRODUCTS, problem

REQUESTS = "demo_api.requests"


# The register -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
def test_every_type_is_an_address_that_explains_it(anonymous, slug):
    kind = PROBLEM_TYPES[slug]
    shown = anonymous.get(kind.uri).json()
    assert shown == {"type": kind.uri, "status": kind.status, "title": kind.title, "description": kind.description}
    assert kind.description.endswith(".")


def test_the_list_holds_every_type(anonymous):
    listed = anonymous.get("/api/problems/").json()["results"]
    assert [kind["type"] for kind in listed] == [kind.uri for kind in PROBLEM_TYPES.values()]


def test_an_unknown_type_is_a_404(anonymous):
    problem(anonymous.get("/api/problems/no-such-thing/"), 404, "not-found")


# Every path -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/api/",
        "/api/v1/",
        "/api/v2/products/",
        "/api/v1/products",
        "/api/v1/products/no%20slug/",
        "/api/v1/products/a%00b/",
        "/api/v1/products/%ED%A0%80/",
        "/api/v1/products/" + "x" * 5000 + "/",
        "/api/v1/reservations/not-a-uuid/",
        "/media/products/none.png",
        "/media/products/%2e%2e/%2e%2e/manage.py",
        "/media/.env",
        "/health/",
        "/static/none.css",
    ],
)
def test_an_unknown_address_is_a_problem_document(anonymous, path):
    problem(anonymous.get(path), 404, "not-found")


@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost:99999x", "x" * 300, "[::1", "\u00e9"])
def test_a_host_that_is_not_ours_is_a_400(anonymous, host):
    problem(anonymous.get(PRODUCTS, headers={"Host": host}), 400, "malformed-request")


def test_the_instance_is_the_path_without_the_query(anonymous, shop):
    document = problem(anonymous.get(f"{PRODUCTS}?page_size=0"), 400, "invalid-input")
    assert document["instance"] == PRODUCTS


def test_pointers_are_json_pointers(staff, shop):
    """`~` and `/` in a name are escaped (RFC 6901, section 3)."""
    response = staff.post(PRODUCTS, {"a/b": 1, "m~n": 2})
    pointers = {error["pointer"] for error in problem(response, 400, "invalid-input")["errors"]}
    assert pointers == {"/a~1b", "/m~0n"}


def test_a_body_that_is_no_object_is_pointed_at_as_a_whole(staff, shop):
    (error,) = problem(staff.post(PRODUCTS, ["teapot"]), 400, "invalid-input")["errors"]
    assert error["pointer"] == ""


# Faults of our own ------------------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """A client of a service whose product list raises this; it is answered, as by a server, and not raised here."""

    def failing(error):
        def fail(**kwargs):
            raise error

        monkeypatch.setattr(selectors, "products", fail)
        return Client(raise_request_exception=False)

    return failing


def test_a_fault_is_a_500_that_reveals_nothing(db, failing):
    response = failing(RuntimeError("the secret is xyzzy")).get(PRODUCTS)
    problem(response, 500, "internal-error")
    assert b"xyzzy" not in response.content


def test_a_fault_is_logged_with_the_request_id(db, failing, caplog):
    response = failing(RuntimeError("the secret is xyzzy")).get(PRODUCTS)
    (fault,) = [record for record in caplog.records if record.name == "django.request"]
    assert fault.exc_info
    assert "the secret is xyzzy" in str(fault.exc_info[1])
    assert response["X-Request-ID"] == response.json()["request_id"]


@pytest.mark.parametrize("error", [OperationalError("host=db user=nexus"), InterfaceError("host=db user=nexus")])
def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(db, failing, error):
    response = failing(error).get(PRODUCTS)
    problem(response, 503, "service-unavailable")
    assert response["Retry-After"] == "5"
    assert b"nexus" not in response.content


def test_a_value_that_no_column_can_hold_is_the_callers_fault(db, failing):
    problem(failing(DataError("PostgreSQL text fields cannot contain NUL")).get(PRODUCTS), 400, "malformed-request")


def test_outside_the_api_it_is_the_same(db, monkeypatch):
    """The admin's cookie is text of the caller's that reaches the database before any view."""

    def fail(*args, **kwargs):
        raise OperationalError("host=db")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore._get_session_from_db", fail)
    client = Client(raise_request_exception=False, headers={"Cookie": "sessionid=abcdefgh"})
    problem(client.get("/admin/"), 503, "service-unavailable")


# The request id ---------------------------------------------------------------------------------------------------


def test_the_id_in_the_answer_is_the_id_in_the_log_line(anonymous, monkeypatch):
    """As it is printed: what an operator greps for."""
    printed = StringIO()
    (console,) = [handler for handler in logging.getLogger().handlers if handler.name == "console"]
    monkeypatch.setattr(console, "stream", printed)

    document = problem(anonymous.get("/nowhere/"), 404, "not-found")

    (line,) = printed.getvalue().splitlines()
    expected = rf"INFO demo_api\.requests request_id={document['request_id']} GET /nowhere/ 404 [\d.]+ms"
    assert re.search(expected, line)


def test_every_request_has_one_line_and_an_id_of_its_own(anonymous, caplog):
    ids = {anonymous.get("/health/live/")["X-Request-ID"] for _ in range(3)}
    lines = [record for record in caplog.records if record.name == REQUESTS]
    assert (len(ids), len(lines)) == (3, 3)


def test_a_callers_own_id_is_kept_so_that_two_logs_can_be_joined(anonymous):
    document = problem(anonymous.get("/nowhere/", headers={"X-Request-ID": "order-service.42"}), 404, "not-found")
    assert document["request_id"] == "order-service.42"


@pytest.mark.parametrize("sent", ["short", "x" * 65, "two words here", "line\nbreak-in-it", "<script>alert", "é" * 10])
def test_an_id_that_could_forge_a_log_line_is_replaced(anonymous, sent):
    given = anonymous.get("/health/live/", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_a_path_cannot_forge_a_log_line(anonymous, caplog):
    anonymous.get("/nowhere%0A2026-01-01 INFO demo_api.requests forged/")
    (line,) = [record.getMessage() for record in caplog.records if record.name == REQUESTS]
    assert "\n" not in line


def test_an_answer_is_json_for_any_text_in_it(staff, shop):
    response = staff.post(PRODUCTS, {"\u2028<script>": 1, "🫖": 2})
    assert {error["pointer"] for error in json.loads(response.content)["errors"]} == {"/\u2028<script>", "/🫖"}
