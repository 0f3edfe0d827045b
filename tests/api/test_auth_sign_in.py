"""POST /api/v1/auth/sign-in/, and the tokens it gives."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from knox.models import AuthToken

from demo_api.accounts.api import SIGN_INS_A_NAME
from tests.api.world import AUTH, PASSWORD, RESERVATIONS, client_of, problem

SIGN_IN, ME = f"{AUTH}sign-in/", f"{AUTH}me/"


def sign_in(client, username="clara", password=PASSWORD, **options):
    return client.post(SIGN_IN, {"username": username, "password": password}, **options)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_what_is_ones_own(anonymous, clara):
    response = sign_in(anonymous)
    assert response.status_code == 200
    body = response.json()
    assert body["account"]["username"] == "clara"
    assert anonymous.get(ME, headers=bearer(body["token"])).json() == body["account"]
    assert response["Cache-Control"] == "no-store"  # nobody keeps a token on the way


def test_the_token_is_hashed_at_rest(anonymous, clara):
    """Whoever steals the database cannot sign in with what they find."""
    token = sign_in(anonymous).json()["token"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM knox_authtoken")
        stored = str(cursor.fetchall())
    assert token not in stored
    assert AuthToken.objects.count() == 1


def test_a_token_expires(anonymous, clara):
    body = sign_in(anonymous).json()
    left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=9, minutes=59) < left <= timedelta(hours=10)

    AuthToken.objects.update(expiry=datetime.now(UTC) - timedelta(seconds=1))
    problem(anonymous.get(ME, headers=bearer(body["token"])), 401, "not-authenticated")


def test_a_request_with_a_token_writes_nothing(customer, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        customer.get(ME)
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


def test_an_account_keeps_so_many_tokens_and_the_oldest_goes(anonymous, clara, settings):
    settings.TOKENS_PER_USER = 3
    first, *others = (sign_in(anonymous).json()["token"] for _ in range(4))

    problem(anonymous.get(ME, headers=bearer(first)), 401, "not-authenticated")
    for token in others:
        assert anonymous.get(ME, headers=bearer(token)).status_code == 200
    assert AuthToken.objects.filter(user=clara).count() == 3


def test_expired_tokens_are_swept_up_at_the_next_sign_in(anonymous, clara):
    sign_in(anonymous)
    AuthToken.objects.update(expiry=datetime.now(UTC) - timedelta(seconds=1))
    sign_in(anonymous)
    assert AuthToken.objects.count() == 1


# Wrong credentials ------------------------------------------------------------------------------------------------


def test_the_answer_does_not_say_which_of_the_two_is_wrong(anonymous, clara):
    """An unknown name, a wrong password and a shut account look the same, or names could be collected."""
    User.objects.create_user("shut", password=PASSWORD, is_active=False)
    answers = [sign_in(anonymous, "nobody"), sign_in(anonymous, password="wrong"), sign_in(anonymous, "shut")]
    documents = [problem(answer, 401, "wrong-credentials") for answer in answers]
    assert len({str(document | {"request_id": ""}) for document in documents}) == 1


def test_an_unknown_name_costs_a_hash_as_a_known_one_does(anonymous, clara, monkeypatch):
    """Or the clock would tell them apart."""
    hashed: list[str] = []
    make = User.set_password

    def counted(self, password):
        hashed.append(password)
        return make(self, password)

    monkeypatch.setattr(User, "set_password", counted)
    sign_in(anonymous, "nobody", "guess")
    assert hashed == ["guess"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer abc",
        "Bearer a b",
        "Bearer " + "0" * 64,
        "Bearer " + "f" * 10_000,
        "Bearer \u00ff\u00fe",
        "Bearer a\x00b",
        "bearer " + "A" * 64,
    ],
)
def test_a_bad_token_is_refused_even_where_none_is_needed(anonymous, shop, header):
    """Served as a stranger, a client whose token has expired would not notice."""
    for path in (ME, "/api/v1/products/"):
        response = anonymous.get(path, headers={"Authorization": header})
        problem(response, 401, "not-authenticated")
        assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic Y2xhcmE6eA==", "Token abc", "\u00ff", ""])
def test_another_scheme_is_none(anonymous, header):
    assert anonymous.get("/api/v1/products/", headers={"Authorization": header}).status_code == 200
    problem(anonymous.get(RESERVATIONS, headers={"Authorization": header}), 401, "not-authenticated")


def test_a_shut_account_is_out_at_once(clara):
    client = client_of(clara)
    User.objects.update(is_active=False)
    problem(client.get(ME), 401, "not-authenticated")


# Trying passwords -------------------------------------------------------------------------------------------------


def test_a_name_can_be_tried_so_often_a_minute_from_wherever(anonymous, clara):
    """A botnet has as many addresses as it likes: the name is what it cannot change."""
    for number in range(SIGN_INS_A_NAME):
        problem(sign_in(anonymous, "Clara", "wrong", REMOTE_ADDR=f"10.0.0.{number}"), 401, "wrong-credentials")

    response = sign_in(anonymous, REMOTE_ADDR="10.0.1.1")

    problem(response, 429, "too-many-requests")
    assert 1 <= int(response["Retry-After"]) <= 60
    cache.clear()  # the minute is over
    assert sign_in(anonymous).status_code == 200


def test_an_address_can_try_so_often_a_minute_whatever_the_name(anonymous, settings):
    limit = settings.THROTTLE_RATES["sign-in"]
    for number in range(limit):
        problem(sign_in(anonymous, f"name-{number}"), 401, "wrong-credentials")
    problem(sign_in(anonymous, "another"), 429, "too-many-requests")
