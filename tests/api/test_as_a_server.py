"""What Django's test client hides: it forgoes the CSRF check, and takes the body off an answer to HEAD."""

import pytest
from rest_framework.test import APIClient

from demo_api.nexus import browser
from tests.api.test_hostile_wire import connections_left_open
from tests.api.world import problem


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/media/products/x.png", "/api/redoc/redoc.js"])
def test_a_wrong_method_is_a_405_also_where_csrf_is_checked(db, path, method):
    """These views refuse every method that could change something, so there is nothing to protect."""
    response = APIClient(enforce_csrf_checks=True).generic(method, path)
    assert problem(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/health/live/", "/api/problems/", "/api/problems/none/"])
def test_the_pages_way_in_answers_head_without_a_body(db, path, settings):
    """The page has no server in front of the application that would take it off (RFC 9110, section 9.3.2)."""
    settings.ALLOWED_HOSTS = ["*"]
    asked = {"url": f"https://reader.example{path}", "headers": []}
    with connections_left_open():
        got, head = (browser.handle({"method": method} | asked) for method in ("GET", "HEAD"))
    assert got["body"]
    assert (head["status"], head["body"]) == (got["status"], b"")
    lengths = [dict(answer["headers"])["Content-Length"] for answer in (got, head)]
    assert lengths[0] == lengths[1] == str(len(got["body"]))
