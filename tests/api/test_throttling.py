"""How often: 429 with Retry-After, counted for accounts and for addresses that nobody can make up."""

import pytest
from django.core.cache import cache

from tests.api.world import AUTH, PASSWORD, PRODUCTS, RESERVATIONS, client_of, person, problem

LIVE = "/health/live/"


@pytest.fixture(autouse=True)
def _few(settings):
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, 3)


def calls(client, path=LIVE, method="get", count=3, **options):
    return [getattr(client, method)(path, **options).status_code for _ in range(count)]


def test_past_the_limit_the_answer_says_when_to_come_back(anonymous):
    assert calls(anonymous) == [200, 200, 200]
    response = anonymous.get(LIVE)
    problem(response, 429, "too-many-requests")
    assert 1 <= int(response["Retry-After"]) <= 60


def test_the_next_minute_begins_anew(anonymous, monkeypatch):
    now = 1_800_000_030.0
    monkeypatch.setattr("demo_api.rest.throttling.time.time", lambda: now)
    assert calls(anonymous, count=4)[-1] == 429
    assert anonymous.get(LIVE)["Retry-After"] == "30"
    now += 30
    assert anonymous.get(LIVE).status_code == 200


def test_each_scope_counts_for_itself(customer, shop):
    calls(customer, PRODUCTS)
    assert customer.get(PRODUCTS).status_code == 429
    assert customer.post(RESERVATIONS, {}).status_code == 400


def test_an_account_is_counted_wherever_it_calls_from(customer, shop):
    assert calls(customer, PRODUCTS, REMOTE_ADDR="10.0.0.1") == [200, 200, 200]
    assert customer.get(PRODUCTS, REMOTE_ADDR="10.0.0.2").status_code == 429


def test_one_caller_does_not_use_up_the_share_of_another(customer, stranger, anonymous, shop):
    calls(customer, PRODUCTS, count=5)
    calls(anonymous, PRODUCTS, count=5, REMOTE_ADDR="10.0.0.1")
    assert stranger.get(PRODUCTS).status_code == 200
    assert anonymous.get(PRODUCTS, REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_request_that_is_forbidden_counts_too(customer, shop):
    assert calls(customer, PRODUCTS, "post", count=4) == [403, 403, 403, 429]


@pytest.mark.parametrize("token", ["Bearer " + "0" * 64, "Bearer nonsense", "Bearer", "Bearer a b"])
def test_a_request_with_a_bad_token_counts_for_its_address(anonymous, shop, token):
    """Otherwise whoever guesses tokens could go on for ever, at the price of a query each."""
    bad = {"headers": {"Authorization": token}, "REMOTE_ADDR": "10.0.0.1"}
    assert calls(anonymous, PRODUCTS, count=4, **bad) == [401, 401, 401, 429]
    problem(anonymous.get(PRODUCTS, **bad), 429, "too-many-requests")
    assert anonymous.get(PRODUCTS, REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_bad_token_takes_nothing_from_the_accounts_behind_the_same_address(anonymous, customer, shop):
    calls(anonymous, PRODUCTS, count=5, headers={"Authorization": "Bearer nonsense"})
    assert customer.get(PRODUCTS).status_code == 200


def test_it_can_be_switched_off(anonymous, settings):
    settings.THROTTLING = False
    assert set(calls(anonymous, count=10)) == {200}


def test_a_refused_request_changes_nothing(staff, shop):
    body = {"name": "Teapot", "price": "1", "category": "audio"}
    assert [staff.post(PRODUCTS, body).status_code for _ in range(5)] == [201, 201, 201, 429, 429]


# Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_a_header_cannot_dodge_the_limit(anonymous, header):
    """Whoever sends another address with each request would never be stopped."""
    codes = [anonymous.get(LIVE, headers={header: f"10.0.0.{number}"}).status_code for number in range(6)]
    assert codes == [200, 200, 200, 429, 429, 429]


def forwarded(client, header):
    return client.get(LIVE, headers={"X-Forwarded-For": header}).status_code


def test_behind_our_own_proxy_its_word_counts_and_nothing_before_it(anonymous, settings):
    """The proxy appends the address it saw; what stands left of that came from the caller."""
    settings.TRUSTED_PROXY_COUNT = 1
    assert [forwarded(anonymous, f"1.2.3.{number}, 10.0.0.1") for number in range(4)] == [200, 200, 200, 429]
    assert forwarded(anonymous, "10.0.0.2") == 200


def test_behind_two_proxies_the_second_from_the_right_counts(anonymous, settings):
    settings.TRUSTED_PROXY_COUNT = 2
    assert [forwarded(anonymous, f"9.9.9.{n}, 10.0.0.1, 192.168.0.{n}") for n in range(4)] == [200, 200, 200, 429]
    assert forwarded(anonymous, "10.0.0.2, 192.168.0.1") == 200


def test_behind_a_proxy_that_says_nothing_the_connection_counts(anonymous, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    assert calls(anonymous, count=4) == [200, 200, 200, 429]


# Accounts on demand -----------------------------------------------------------------------------------------------


def test_a_new_account_brings_no_new_allowance_to_register_more(anonymous):
    """Counted by account, each account could register as many again, and so on."""
    codes = []
    client = anonymous
    for number in range(6):
        body = {"username": f"sock-{number}", "password": PASSWORD}
        codes.append(client.post(f"{AUTH}register/", body).status_code)
        client = client_of(person(f"puppet-{number}"))
    assert codes == [201, 201, 201, 429, 429, 429]


# The counter ------------------------------------------------------------------------------------------------------


def test_a_counter_lost_in_the_middle_of_the_call_is_begun_anew(anonymous, monkeypatch):
    """A full cache drops what it likes; that must not become a 500."""
    add = cache.add

    def add_and_lose(key, value, **options):
        add(key, value, **options)
        cache.delete(key)

    monkeypatch.setattr(cache, "add", add_and_lose)
    assert anonymous.get(LIVE).status_code == 200
