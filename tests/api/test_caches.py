"""The caches: what REDIS_URL may be, the circuit breaker by its own clock, and counting in the process."""

import threading

import pytest
from django.core.cache import caches as django_caches
from django.core.exceptions import ImproperlyConfigured

from demo_api.nexus import caches
from demo_api.nexus.caches.breaker import CircuitBreaker
from demo_api.nexus.caches.guarded import PlainSerializer
from demo_api.nexus.caches.local import LocalCache, cache_named

# REDIS_URL --------------------------------------------------------------------------------------------------------


def test_without_redis_both_caches_are_in_the_process(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    chosen = caches.from_environment()
    assert {options["BACKEND"].rpartition(".")[2] for options in chosen.values()} == {"LocalCache"}
    assert len({options["LOCATION"] for options in chosen.values()}) == 2  # neither pushes out what the other keeps


@pytest.mark.parametrize(
    "address", ["redis://host", "redis://host:6379/0", "rediss://user:secret@host:6380/3", "redis://:secret@[::1]:6379"]
)
def test_redis_is_chosen_by_its_address(monkeypatch, address):
    monkeypatch.setenv("REDIS_URL", address)
    chosen = caches.from_environment()
    assert {options["LOCATION"] for options in chosen.values()} == {address}
    assert len({options["KEY_PREFIX"] for options in chosen.values()}) == 2
    for options in chosen.values():
        assert options["OPTIONS"]["socket_connect_timeout"] + options["OPTIONS"]["socket_timeout"] <= 0.1  # seconds


@pytest.mark.parametrize(
    "address",
    [
        "localhost:6379",
        "http://host:6379",
        "redis://",
        "redis://:secret@:6379",
        "redis://host:port",
        "redis://host:0",
        "redis://host:70000",
        "redis://host/cache",
        "redis://host/0?socket_timeout=60",
        "redis://host/0#x",
        "redis://[::1",
    ],
)
def test_an_address_that_is_none_is_refused_without_telling_its_password(monkeypatch, address):
    monkeypatch.setenv("REDIS_URL", address)
    with pytest.raises(ImproperlyConfigured, match="Write REDIS_URL=redis://:password@host:6379/0") as refusal:
        caches.from_environment()
    assert "secret" not in str(refusal.value)


# What is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -7, 10**30, b"", b"bytes \x00\xff", "text", True, None, [1, {"a": "ü"}]])
def test_plain_values_come_back_as_they_were(value):
    stored = PlainSerializer().dumps(value)
    back = PlainSerializer().loads(stored if isinstance(stored, bytes) else str(stored).encode())
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize("data", [b"\x80\x04K\x01.", b"j{", b"", b"text", b"cos\nsystem\n(S'true'\ntR."])
def test_what_we_have_not_written_is_nothing_and_is_never_unpickled(data):
    assert PlainSerializer().loads(data) is None


def test_objects_are_refused():
    with pytest.raises(TypeError):
        PlainSerializer().dumps(object())


# The breaker ------------------------------------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(rest=5, clock=clock)


def test_a_closed_breaker_lets_everyone_through(breaker):
    assert [breaker.allows() for _ in range(10)] == [True] * 10


def test_after_one_failure_nobody_asks_until_the_rest_is_over(breaker, clock):
    breaker.failed()
    clock.now += 4.9
    assert ([breaker.allows() for _ in range(10)], breaker.state) == ([False] * 10, "open")


def test_after_the_rest_one_caller_tries_for_all(breaker, clock):
    breaker.failed()
    clock.now += 5
    assert ([breaker.allows() for _ in range(10)], breaker.state) == ([True] + [False] * 9, "half-open")


def test_of_many_threads_one_tries(breaker, clock):
    breaker.failed()
    clock.now += 5
    together, allowed = threading.Barrier(16), []

    def ask():
        together.wait(10)
        allowed.append(breaker.allows())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(allowed) == [False] * 15 + [True]


def test_a_try_that_succeeds_closes_it_and_one_that_fails_does_not(breaker, clock):
    breaker.failed()
    clock.now += 5
    assert breaker.allows()
    breaker.failed()
    assert (breaker.state, breaker.allows()) == ("open", False)
    clock.now += 5
    assert breaker.allows()
    breaker.succeeded()
    assert (breaker.state, breaker.allows(), breaker.allows()) == ("closed", True, True)


def test_a_try_that_is_never_reported_does_not_keep_it_open_for_good(breaker, clock):
    breaker.failed()
    for _ in range(3):
        clock.now += 5
        assert (breaker.allows(), breaker.allows()) == (True, False)


# Counting in the process ------------------------------------------------------------------------------------------


def test_no_count_is_lost_between_threads():
    threads = [
        threading.Thread(target=lambda: [cache_named("default").count("k", 60) for _ in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert django_caches["default"].get("k") == 400


def test_a_count_that_was_dropped_begins_anew(monkeypatch):
    cache = LocalCache("a-full-one", {})
    monkeypatch.setattr(cache, "add", lambda *_, **__: False)
    assert [cache.count("k", 60), cache.count("k", 60)] == [1, 2]


def test_only_the_holder_of_a_value_forgets_it():
    cache = LocalCache("turns", {})
    cache.set("turn", b"mine")
    assert (cache.forget("turn", b"yours"), cache.get("turn")) == (False, b"mine")
    assert (cache.forget("turn", b"mine"), cache.get("turn")) == (True, None)
