"""What HTTP asks of every endpoint: methods, Allow, HEAD, OPTIONS, 406, 415, and which sites' scripts may call."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from tests.api.world import AUTH, CATEGORIES, PRODUCTS, RESERVATIONS, problem

ALLOWED = {
    PRODUCTS: {"GET", "POST", "HEAD", "OPTIONS"},
    f"{PRODUCTS}kettle/": {"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"},
    f"{PRODUCTS}kettle/image/": {"PUT", "DELETE", "OPTIONS"},
    CATEGORIES: {"GET", "POST", "HEAD", "OPTIONS"},
    f"{CATEGORIES}coffee/": {"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"},
    RESERVATIONS: {"GET", "POST", "HEAD", "OPTIONS"},
    f"{RESERVATIONS}00000000-0000-4000-8000-000000000000/": {"GET", "HEAD", "OPTIONS"},
    f"{RESERVATIONS}00000000-0000-4000-8000-000000000000/release/": {"POST", "OPTIONS"},
    f"{AUTH}register/": {"POST", "OPTIONS"},
    f"{AUTH}sign-in/": {"POST", "OPTIONS"},
    f"{AUTH}sign-out/": {"POST", "OPTIONS"},
    f"{AUTH}sign-out-everywhere/": {"POST", "OPTIONS"},
    f"{AUTH}me/": {"GET", "HEAD", "OPTIONS"},
    "/api/problems/": {"GET", "HEAD", "OPTIONS"},
    "/api/problems/not-found/": {"GET", "HEAD", "OPTIONS"},
    "/health/live/": {"GET", "HEAD", "OPTIONS"},
    "/health/ready/": {"GET", "HEAD", "OPTIONS"},
    "/api/schema/": {"GET", "HEAD", "OPTIONS"},
}
OTHERS = {"/media/products/x.png": {"GET", "HEAD"}}


@pytest.fixture(autouse=True)
def _patient() -> Iterator[None]:
    """How long the checks of readiness may take on a busy machine is not what these tests are about."""
    with patch("demo_api.nexus.health.PATIENCE", 60):
        yield


def methods(header: str) -> set[str]:
    return {method.strip() for method in header.split(",")}


@pytest.mark.parametrize("path", ALLOWED)
def test_options_lists_the_methods(anonymous, shop, path):
    response = anonymous.options(path)
    assert (response.status_code, response.content, response.get("Content-Type")) == (204, b"", None)
    assert methods(response["Allow"]) == ALLOWED[path]


@pytest.mark.parametrize("path", [*ALLOWED, *OTHERS])
def test_any_other_method_is_a_405_that_lists_them(staff, shop, path):
    allowed = (ALLOWED | OTHERS)[path]
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - allowed:
        response = staff.generic(method, path)
        problem(response, 405, "method-not-allowed")
        assert methods(response["Allow"]) == allowed


@pytest.mark.parametrize(
    "path", [path for path, allowed in ALLOWED.items() if "HEAD" in allowed and "0000" not in path]
)
def test_head_is_get_without_the_body(customer, shop, path):
    got, head = customer.get(path), customer.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.get("ETag") == got.get("ETag")
    assert head["Content-Type"] == got["Content-Type"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "/", "x"])
def test_a_form_it_does_not_speak_is_a_406(anonymous, shop, accept):
    problem(anonymous.get(PRODUCTS, headers={"Accept": accept}), 406, "not-acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, application/json;q=0.1"])
def test_json_is_what_it_speaks(anonymous, shop, accept):
    response = anonymous.get(PRODUCTS, headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/api/redoc/"])
def test_an_error_is_json_wherever_the_endpoint_speaks_something_else(anonymous, path):
    problem(anonymous.post(path), 405, "method-not-allowed")
    problem(anonymous.get(path, headers={"Accept": "image/png"}), 406, "not-acceptable")


WRONG_TYPES = [
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/merge-patch+json",
    "json",
    "",
    ";",
    "application/json, text/plain",
]


@pytest.mark.parametrize("content_type", WRONG_TYPES)
def test_a_body_of_another_type_is_a_415(staff, shop, content_type):
    for method, path in (("POST", PRODUCTS), ("PATCH", f"{PRODUCTS}kettle/"), ("POST", f"{AUTH}sign-in/")):
        response = staff.generic(method, path, b'{"stock": 1}', content_type, headers={"If-Match": "*"})
        problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;x=y"]
)
def test_parameters_and_case_of_the_type_do_not_matter(staff, shop, content_type):
    response = staff.generic("PATCH", f"{PRODUCTS}kettle/", b'{"stock": 1}', content_type, headers={"If-Match": "*"})
    assert response.status_code == 200
