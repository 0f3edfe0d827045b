"""Scripts of other sites: the documented origins, the headers they may send and read, and nobody else."""

import pytest

from tests.api.world import PRODUCTS

DOCUMENTED = ["http://localhost:3000", "http://127.0.0.1:3000", "http://localhost:5173", "http://127.0.0.1:5173"]
FOREIGN = [
    "https://evil.example",
    "http://localhost",
    "https://localhost:3000",
    "http://localhost:3000.evil.example",
    "http://localhost:30000",
    "null",
    "*",
    "",
    "http://[",
    "http://localhost:3000, https://evil.example",
]


@pytest.mark.parametrize("origin", DOCUMENTED)
def test_a_documented_origin_may_read(anonymous, shop, origin):
    response = anonymous.get(PRODUCTS, headers={"Origin": origin})
    assert response["Access-Control-Allow-Origin"] == origin
    assert "origin" in response["Vary"].lower()  # one origin's permission is not kept for another
    exposed = {name.strip() for name in response["Access-Control-Expose-Headers"].split(",")}
    assert {"etag", "last-modified", "location", "retry-after", "x-request-id", "idempotent-replayed"} <= exposed
    assert "Access-Control-Allow-Credentials" not in response  # tokens are sent, cookies are not


@pytest.mark.parametrize("origin", DOCUMENTED)
def test_a_documented_origin_may_write_with_our_headers(anonymous, shop, origin):
    response = anonymous.options(
        PRODUCTS,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, content-type, if-match, idempotency-key",
        },
    )
    assert response["Access-Control-Allow-Origin"] == origin
    assert "PATCH" in response["Access-Control-Allow-Methods"]
    allowed = {name.strip() for name in response["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"} <= allowed


@pytest.mark.parametrize("origin", FOREIGN)
def test_any_other_origin_is_told_nothing(anonymous, shop, origin):
    for response in (
        anonymous.get(PRODUCTS, headers={"Origin": origin}),
        anonymous.options(PRODUCTS, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
    ):
        assert "Access-Control-Allow-Origin" not in response


def test_errors_can_be_read_too(anonymous):
    for path in (f"{PRODUCTS}teapot/", "/api/v1/nothing/", f"{PRODUCTS}?x=1", "/health/live/"):
        assert anonymous.get(path, headers={"Origin": DOCUMENTED[0]})["Access-Control-Allow-Origin"] == DOCUMENTED[0]


def test_the_admin_is_for_no_other_site(anonymous):
    assert "Access-Control-Allow-Origin" not in anonymous.get("/admin/login/", headers={"Origin": DOCUMENTED[0]})
