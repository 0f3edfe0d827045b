"""Kept answers: who gets one, what it depends on, and that it is byte for byte what would be made now."""

import json
import threading
from collections import Counter
from unittest.mock import Mock

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, override_script_prefix
from rest_framework.views import APIView

from demo_api.catalog.models import Product
from demo_api.nexus.caches.local import LocalCache
from demo_api.nexus.handlers import WsgiHandler
from demo_api.rest import caching
from demo_api.rest.caching import Entry, cache_answered, key_of, shared_answer
from tests.api.test_hostile_wire import connections_left_open
from tests.api.world import CATEGORIES, PRODUCTS, problem, slugs

KETTLE = f"{PRODUCTS}kettle/"
OF_THIS_REQUEST = {"X-Request-ID", "Server-Timing"}


@pytest.fixture(autouse=True)
def _on(settings):
    settings.RESPONSE_CACHE = True


@pytest.fixture
def outcomes():
    """Counts what became of each request for a kept answer."""
    counted = Counter()

    def note(outcome, **_):
        counted[outcome] += 1

    cache_answered.connect(note)
    yield counted
    cache_answered.disconnect(note)


def whole(response):
    """All of an answer that does not belong to this one request."""
    headers = {name: value for name, value in response.items() if name not in OF_THIS_REQUEST}
    return response.status_code, headers, response.content


def statements(client, path, **options):
    with CaptureQueriesContext(connection) as caught:
        response = client.get(path, **options)
    assert response.status_code in (200, 304), response.content
    return [query["sql"] for query in caught.captured_queries]


# The same answer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PRODUCTS, f"{PRODUCTS}?page_size=1&ordering=price", KETTLE])
def test_a_kept_answer_is_byte_for_byte_the_computed_one(anonymous, shop, settings, outcomes, path):
    settings.RESPONSE_CACHE = False
    computed = whole(anonymous.get(path))
    settings.RESPONSE_CACHE = True
    assert [whole(anonymous.get(path)) for _ in range(3)] == [computed] * 3
    assert outcomes == {"miss": 1, "recomputed": 1, "hit": 2}


def test_it_does_not_matter_that_a_different_form_was_asked_for(anonymous, shop, outcomes):
    """`indent` and a wildcard choose the same bytes; what chooses others is refused before."""
    forms = ["application/json; indent=4", "application/json", "*/*", "text/html, application/json;q=0.1"]
    assert len({repr(whole(anonymous.get(PRODUCTS, headers={"Accept": form}))) for form in forms}) == 1
    problem(anonymous.get(PRODUCTS, headers={"Accept": "text/csv"}), 406, "not-acceptable")
    assert outcomes["hit"] == 3


@pytest.mark.parametrize(("path", "many"), [(PRODUCTS, 2), (KETTLE, 1)])
def test_a_kept_answer_costs_one_query_for_the_version(anonymous, shop, path, many):
    assert len(statements(anonymous, path)) == many + 1
    (only,) = statements(anonymous, path)
    assert "catalog_catalogueversion" in only


def test_a_caller_that_has_it_gets_304_from_what_is_kept(anonymous, shop):
    tag = anonymous.get(PRODUCTS)["ETag"]
    assert len(statements(anonymous, PRODUCTS, headers={"If-None-Match": tag})) == 1
    again = anonymous.get(PRODUCTS, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again[name] == anonymous.get(PRODUCTS)[name]


def test_since_a_time_is_answered_from_what_is_kept_too(anonymous, shop):
    moment = anonymous.get(KETTLE)["Last-Modified"]
    assert anonymous.get(KETTLE, headers={"If-Modified-Since": moment}).status_code == 304


def test_head_and_get_share_one_answer(anonymous, shop, outcomes):
    head, got = anonymous.head(PRODUCTS), anonymous.get(PRODUCTS)
    assert outcomes == {"miss": 1, "recomputed": 1, "hit": 1}
    assert head.content == b""
    assert whole(head)[1] == whole(got)[1]


# What it depends on -----------------------------------------------------------------------------------------------


def test_each_host_and_scheme_has_links_of_its_own(anonymous, shop, settings):
    settings.ALLOWED_HOSTS = ["*"]
    path = f"{PRODUCTS}?page_size=1"
    for host, secure, start in [
        ("a.example", False, "http://a"),
        ("b.example", False, "http://b"),
        ("a.example", True, "https://a"),
    ]:
        for _ in range(2):
            assert anonymous.get(path, headers={"Host": host}, secure=secure).json()["next"].startswith(start)


def test_a_service_below_a_path_has_links_of_its_own(anonymous, shop):
    for prefix in ("", "/shop", "/shop"):
        environ = RequestFactory(SCRIPT_NAME=prefix).get(f"{PRODUCTS}?page_size=1").environ
        with connections_left_open(), override_script_prefix("/"):  # put back, for the handler sets another
            body = b"".join(WsgiHandler()(environ | {"SCRIPT_NAME": prefix}, Mock()))
        assert json.loads(body)["next"].startswith(f"http://testserver{prefix}/api/")


def test_two_spellings_of_one_query_are_one_address(anonymous, shop, outcomes):
    for query in ("search=lagoon+speaker", "search=lagoon%20speaker", "sear%63h=lagoon%20speaker&"):
        assert slugs(anonymous.get(f"{PRODUCTS}?{query}")) == ["speaker"]
    assert outcomes["recomputed"] == 1


def test_two_orders_of_parameters_are_two_addresses(anonymous, shop):
    """The links to the next page repeat the order, so one answer would not be right for both."""
    links = [
        anonymous.get(f"{PRODUCTS}?{query}").json()["next"]
        for query in ("page_size=1&in_stock=true", "in_stock=true&page_size=1")
    ]
    assert links[0] != links[1]


def test_a_key_is_short_however_long_the_address():
    asked = [RequestFactory().get(PRODUCTS, {"search": "x" * length}) for length in (1, 5000)]
    keys = {key_of(APIView().initialize_request(request)) for request in asked}
    assert ({len(key) for key in keys}, len(keys)) == ({71}, 2)


# What is never kept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PRODUCTS}none/", 404),
        (f"{PRODUCTS}?page_size=0", 400),
        (f"{PRODUCTS}?page_size=1&page_size=1", 400),
        (f"{PRODUCTS}?x=1", 400),
    ],
)
def test_an_error_is_not_kept(anonymous, shop, outcomes, path, status):
    assert [anonymous.get(path).status_code for _ in range(2)] == [status, status]
    assert (outcomes["recomputed"], outcomes["hit"]) == (0, 0)
    assert anonymous.get(path)["Cache-Control"] == "no-store"


def test_a_product_that_is_made_after_its_404_is_there_at_once(anonymous, shop):
    problem(anonymous.get(f"{PRODUCTS}teapot/"), 404, "not-found")
    shop.kettle.slug = "teapot"
    shop.kettle.save()
    assert anonymous.get(f"{PRODUCTS}teapot/").status_code == 200


def test_who_is_signed_in_neither_leaves_nor_gets_a_kept_answer(anonymous, customer, staff, shop, outcomes):
    assert "prototype" in slugs(staff.get(PRODUCTS))
    assert "prototype" not in slugs(anonymous.get(PRODUCTS))
    assert "prototype" in slugs(staff.get(PRODUCTS))
    assert customer.get(PRODUCTS)["Cache-Control"] == "private, no-cache"
    assert "CDN-Cache-Control" not in staff.get(PRODUCTS)
    assert outcomes == {"miss": 1, "recomputed": 1}


def test_a_bad_token_is_refused_although_an_answer_is_kept(anonymous, shop):
    anonymous.get(PRODUCTS)
    for value in ("Bearer " + "0" * 64, "Bearer x"):
        problem(anonymous.get(PRODUCTS, headers={"Authorization": value}), 401, "not-authenticated")


def test_any_authorization_keeps_a_request_away_from_kept_answers(anonymous, shop, outcomes):
    response = anonymous.get(PRODUCTS, headers={"Authorization": "Basic eDp5"})
    assert (response.status_code, outcomes) == (200, {})
    assert "public" not in response["Cache-Control"]


def test_a_kept_answer_counts_against_the_limit(anonymous, shop, settings):
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "read": 3}
    assert [anonymous.get(PRODUCTS).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_shared_caches_are_told_how_long_and_for_whom(anonymous, shop):
    for path in (PRODUCTS, KETTLE):
        response = anonymous.get(path)
        assert response["Cache-Control"] == "public, max-age=0, s-maxage=10"
        assert "stale-while-revalidate" in response["CDN-Cache-Control"]
        assert {"Accept", "Authorization"} <= {name.strip() for name in response["Vary"].split(",")}
        assert "Set-Cookie" not in response


def test_it_can_be_switched_off(anonymous, shop, settings, outcomes):
    settings.RESPONSE_CACHE = False
    assert len(statements(anonymous, PRODUCTS)) == len(statements(anonymous, PRODUCTS)) == 2
    assert outcomes == {}


@pytest.mark.parametrize("rubbish", [b"", b"no entry", b"[1]\nbody", b"{}\n", b"\xff\n", 7, "text", None])
def test_what_is_no_entry_is_made_anew(anonymous, shop, monkeypatch, rubbish):
    expected = anonymous.get(PRODUCTS).content
    monkeypatch.setattr(caches["responses"], "get", lambda key: rubbish)
    assert anonymous.get(PRODUCTS).content == expected


# One makes it, the others wait ------------------------------------------------------------------------------------


def made(text="new", log=None):
    def make():
        if log is not None:
            log.append(text)
        return {}, text.encode()

    return make


def test_of_many_callers_at_once_one_makes_the_answer(outcomes):
    callers, log, bodies = 16, [], []
    together, others_wait = threading.Barrier(callers), threading.Event()

    def make():
        log.append("made")
        others_wait.wait(10)
        return {}, b"answer"

    def call():
        together.wait(10)
        bodies.append(shared_answer("key", 1, make).body)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    others_wait.set()
    for thread in threads:
        thread.join(30)
    assert (log, set(bodies), len(bodies)) == (["made"], {b"answer"}, callers)
    assert outcomes == {"miss": 1, "recomputed": 1, "hit": callers - 1}


def test_without_turns_each_of_them_would_make_it(monkeypatch):
    """The control: the same callers, when everyone is given the turn."""
    monkeypatch.setattr(LocalCache, "add", lambda *_, **__: True)
    log, together = [], threading.Barrier(4)

    def make():
        log.append("made")
        together.wait(10)
        return {}, b"answer"

    threads = [threading.Thread(target=shared_answer, args=("key", 1, make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(log) == 4


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(caching, "PATIENCE", 0.04)


def taken(version):
    """As if another process were making the answer for this version."""
    caches["responses"].add(f"key:turn:{version}", b"someone else", timeout=5)


def test_who_has_waited_in_vain_takes_the_answer_before(impatient, outcomes):
    shared_answer("key", 1, made("old"))
    taken(2)
    assert shared_answer("key", 2, made("new")).body == b"old"
    assert outcomes["stale"] == 1


def test_an_answer_that_is_too_old_is_not_taken(impatient, monkeypatch, outcomes):
    shared_answer("key", 1, made("old"))
    monkeypatch.setattr(caching, "STALE", 0)
    taken(2)
    assert shared_answer("key", 2, made("new")).body == b"new"
    assert outcomes["stale"] == 0


def test_without_an_answer_before_everyone_makes_their_own(impatient):
    taken(1)
    assert shared_answer("key", 1, made("own")).body == b"own"


def test_a_turn_is_taken_for_one_version_only(impatient):
    """Whoever makes an old answer must not hold up the new one."""
    taken(1)
    assert shared_answer("key", 2, made("new")).body == b"new"


def test_a_turn_ends_when_making_fails(outcomes):
    def fail():
        raise LookupError

    with pytest.raises(LookupError):
        shared_answer("key", 1, fail)
    assert shared_answer("key", 1, made("new")).body == b"new"
    assert outcomes == {"miss": 2, "recomputed": 1}


def test_who_lost_the_turn_leaves_it_to_whoever_has_it():
    def slow():
        caches["responses"].set("key:turn:1", b"someone else")
        return {}, b"late"

    shared_answer("key", 1, slow)
    assert caches["responses"].get("key:turn:1") == b"someone else"


def test_who_waits_for_someone_that_gave_up_makes_it_at_once(monkeypatch):
    steps = []
    monkeypatch.setattr("demo_api.rest.caching.time.sleep", steps.append)
    taken(1)
    monkeypatch.setattr(caches["responses"], "has_key", lambda key: False)
    assert shared_answer("key", 1, made("own")).body == b"own"
    assert len(steps) == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_read_before_a_change_is_never_served_after_it(anonymous, shop, monkeypatch):
    """A rival write commits after the product was read, and before the answer is kept."""
    pack = Entry.pack

    def pack_after_a_rival(entry):
        if not rivals:
            rivals.append(Product.objects.filter(slug="kettle").update(name="Swan Kettle"))
        return pack(entry)

    rivals = []
    monkeypatch.setattr(Entry, "pack", pack_after_a_rival)
    assert anonymous.get(KETTLE).json()["name"] == "Heron Kettle"
    assert rivals == [1]
    assert anonymous.get(KETTLE).json()["name"] == "Swan Kettle"


def test_categories_are_not_kept(anonymous, shop, outcomes):
    anonymous.get(CATEGORIES)
    assert outcomes == {}
