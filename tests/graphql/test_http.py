"""GraphQL over HTTP: methods, media types, sizes, callers, limits of requests, and what an error lets out."""

import json
import logging

import pytest
from django.db import OperationalError

from demo_api.catalog import selectors
from tests.api.test_cors import DOCUMENTED, FOREIGN
from tests.api.world import PASSWORD, PRODUCTS, problem
from tests.graphql.world import GRAPHQL, MEDIA_TYPE, ask, error, post, refusal

TYPENAME = "{ __typename }"


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_post_is_taken(anonymous, db, method):
    response = getattr(anonymous, method)(GRAPHQL)
    assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")


def test_a_query_in_the_address_is_not_read(anonymous, db):
    problem(anonymous.get(f"{GRAPHQL}?query=%7B__typename%7D"), 405, "method-not-allowed")
    problem(anonymous.post(f"{GRAPHQL}?query=%7B__typename%7D", {"query": TYPENAME}), 400, "invalid-input")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""],
)
def test_only_json_is_read(anonymous, db, content_type):
    """The first three are what a form of another site could send without being asked: there is nothing to forge."""
    response = anonymous.generic("POST", GRAPHQL, json.dumps({"query": TYPENAME}).encode(), content_type)
    problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("accept", "media_type", "status"),
    [
        (MEDIA_TYPE, MEDIA_TYPE, 400),
        ("*/*", MEDIA_TYPE, 400),
        ("application/*", MEDIA_TYPE, 400),
        (f"{MEDIA_TYPE}, application/json;q=0.9", MEDIA_TYPE, 400),
        ("application/json", "application/json", 200),
    ],
)
def test_a_refusal_has_the_status_that_the_media_type_asks_for(anonymous, db, accept, media_type, status):
    response = post(anonymous, "{ nothing }", Accept=accept)
    assert (response["Content-Type"], response.status_code) == (media_type, status)
    assert "data" not in response.json()


def test_a_form_that_is_not_offered_is_refused(anonymous, db):
    problem(post(anonymous, TYPENAME, Accept="text/html"), 406, "not-acceptable")


def test_a_body_past_the_limit_is_not_read(anonymous, db):
    problem(post(anonymous, "{ __typename } # " + "x" * 65_536), 413, "payload-too-large")


def test_answers_are_not_kept_by_caches(anonymous, customer, shop):
    assert post(anonymous, TYPENAME)["Cache-Control"] == "no-cache"
    assert post(customer, TYPENAME)["Cache-Control"] == "private, no-cache"
    assert "Authorization" in post(anonymous, TYPENAME)["Vary"]


# Callers ----------------------------------------------------------------------------------------------------------


def test_the_token_says_who_asks(customer):
    found = ask(customer, "{ me { username email isStaff dateJoined } }")["me"]
    assert (found["username"], found["isStaff"]) == ("clara", False)
    assert found["dateJoined"].endswith("Z")


def test_a_bad_token_is_refused_even_where_none_is_needed(anonymous, db):
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer " + "0" * 64)
    problem(post(anonymous, TYPENAME), 401, "not-authenticated")


def test_a_cookie_of_the_admin_is_nobody(client, staff, shop):
    """What a browser sends by itself counts for nothing, so no page of another site can borrow it."""
    assert client.login(username="alice", password=PASSWORD)
    body = json.dumps({"query": "{ me { username } }"})
    response = client.post(GRAPHQL, body, content_type="application/json")
    assert error(response, "not-authenticated")["path"] == ["me"]


@pytest.mark.parametrize("origin", DOCUMENTED)
def test_a_documented_origin_may_ask(anonymous, db, origin):
    assert post(anonymous, TYPENAME, Origin=origin)["Access-Control-Allow-Origin"] == origin
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert "POST" in anonymous.options(GRAPHQL, headers=asked)["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_any_other_origin_is_told_nothing(anonymous, db, origin):
    assert "Access-Control-Allow-Origin" not in post(anonymous, TYPENAME, Origin=origin)


# How often --------------------------------------------------------------------------------------------------------


def release(number: int) -> str:
    return "mutation { " + " ".join(f'a{n}: release(id: "x") {{ __typename }}' for n in range(number)) + " }"


def test_a_request_counts_as_a_read_of_the_same_allowance(anonymous, shop, settings):
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"read": 3}
    assert [post(anonymous, TYPENAME).status_code for _ in range(2)] == [200, 200]
    assert anonymous.get(PRODUCTS).status_code == 200
    response = post(anonymous, TYPENAME)
    problem(response, 429, "too-many-requests")
    assert int(response["Retry-After"]) >= 1


def test_each_field_of_a_mutation_counts_as_a_write(customer, shop, settings):
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"write": 5}
    ask(customer, release(3))
    problem(post(customer, release(3)), 429, "too-many-requests")


def test_a_refused_document_counts_no_write(customer, shop, settings):
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"write": 1}
    refusal(post(customer, "mutation { release(id: 5.5) { __typename } }"), "graphql-invalid")
    ask(customer, release(1))


# What an error lets out -------------------------------------------------------------------------------------------

SECRET = "the password of the database"


def test_an_error_that_nobody_foresaw_is_masked_and_logged(anonymous, shop, monkeypatch, caplog):
    def broken(**_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(selectors, "products", broken)
    with caplog.at_level(logging.ERROR):
        response = post(anonymous, '{ product(slug: "kettle") { slug } category(slug: "audio") { slug } }')
    found = error(response, "internal-error")
    assert SECRET not in response.content.decode()
    assert found["path"] == ["product"]
    assert response.json()["data"] == {"product": None, "category": {"slug": "audio"}}  # the rest is answered
    assert SECRET in caplog.text


def test_a_query_without_a_database_is_answered_503(anonymous, shop, monkeypatch):
    def away(**_):
        raise OperationalError(SECRET)

    monkeypatch.setattr(selectors, "products", away)
    response = post(anonymous, '{ product(slug: "kettle") { slug } }')
    problem(response, 503, "service-unavailable")
    assert SECRET not in response.content.decode()
    assert response["Retry-After"]


def test_a_failing_write_is_told_in_its_place(staff, shop, monkeypatch):
    """Others of the same request may have been done, so the whole cannot be said to have failed."""

    def away(**_):
        raise OperationalError(SECRET)

    monkeypatch.setattr("demo_api.catalog.services.create_category", away)
    document = 'mutation { release(id: "x") { __typename } createCategory(input: {name: "Tea"}) { __typename } }'
    response = post(staff, document)
    assert response.status_code == 200
    (found,) = response.json()["errors"]
    assert found["extensions"]["type"] == "/api/problems/service-unavailable/"
    assert SECRET not in response.content.decode()


def test_an_unknown_field_is_answered_with_the_place_and_a_hint(anonymous, db):
    found = refusal(post(anonymous, "{\n  products { edges { node { names } } }\n}"), "graphql-invalid")
    assert found["locations"] == [{"line": 2, "column": 29}]
    assert "name" in found["message"]
