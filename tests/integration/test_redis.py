"""A real Redis: what lies in it, what happens when it is frozen, killed and started again, and one maker of an answer
across processes.

A frozen Redis accepts connections and says nothing, so each attempt costs its whole time-out. How often that happened
is counted where the attempts are made; no test looks at a clock.
"""

import http.client
import json
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches as django_caches
from redis import Redis, exceptions
from redis.connection import AbstractConnection
from rest_framework.test import APIClient

from demo_api.nexus import caches
from demo_api.nexus.caches.breaker import breaker_of
from demo_api.nexus.caches.guarded import Operations
from demo_api.nexus.caches.local import cache_named
from hub.api_server import free_port
from scripts.tasks.serve import server
from tests.api.world import AUTH, PRODUCTS, open_shop
from tests.engines.sqlite import seeded_copy

SIGN_IN = f"{AUTH}sign-in/"


PATIENT = 2  # seconds instead of a twentieth of one: a Redis that is there may be slow on a busy machine


@pytest.fixture
def use(settings, monkeypatch):
    """Makes the caches those of a Redis, whose keys of ours are removed before and after."""
    used = []
    monkeypatch.setattr(caches, "CONNECT_SECONDS", PATIENT)
    monkeypatch.setattr(caches, "ANSWER_SECONDS", PATIENT)

    def use(address):
        settings.CACHES = {name: caches.redis(address, name, 1000) for name in ("default", "responses")}
        used.extend(django_caches.all(initialized_only=False))
        for cache in used:
            cache.clear()
        return breaker_of(address)

    yield use
    for cache in used:
        cache.clear()


@pytest.fixture
def attempts(monkeypatch):
    """Counts what Redis was asked for, and how often it answered or did not."""
    counted = Counter()

    def counting(operation):
        def run(self, *args, **kwargs):
            try:
                result = operation(self, *args, **kwargs)
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                counted["failed"] += 1
                raise
            counted["answered"] += 1
            return result

        return run

    for name in ("add", "get", "set", "has_key", "delete", "incr", "count", "forget", "clear"):
        monkeypatch.setattr(Operations, name, counting(getattr(Operations, name)))
    return counted


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The breakers' clock, which stands still until the test moves it."""
    clock = Clock()
    monkeypatch.setattr("demo_api.nexus.caches.breaker.CircuitBreaker.__init__.__defaults__", (5.0, clock))
    breaker_of.cache_clear()
    yield clock
    breaker_of.cache_clear()


def sign_in(client):
    return client.post(SIGN_IN, {"username": "nobody", "password": "wrong"}, format="json").status_code


# What lies in it --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_counts_are_numbers_with_an_end_and_answers_are_bytes(use, redis_address, settings):
    use(redis_address)
    settings.RESPONSE_CACHE = True
    open_shop()
    response = APIClient().get(PRODUCTS)
    client = Redis.from_url(redis_address)
    (count,) = client.scan_iter(match="nexus:default:*")
    (answer,) = client.scan_iter(match="nexus:responses:*")
    assert client.get(count) == b"1"
    assert 0 < client.ttl(count) <= 120
    assert (client.get(answer) or b"").endswith(response.content)
    assert 0 < client.ttl(answer) <= 60


def test_no_count_is_lost_between_threads(use, redis_address):
    use(redis_address)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: cache_named("default").count("k", 60), range(400)))
    assert sorted(numbers) == list(range(1, 401))


def test_a_count_is_one_round_trip(use, redis_address, monkeypatch):
    """Counted on the wire: the packets that go out."""
    use(redis_address)
    cache = cache_named("default")
    cache.count("k", 60)  # the connection is open now
    sent: list[object] = []
    send = AbstractConnection.send_packed_command

    def send_and_note(self, *args, **options):
        sent.append(args)
        send(self, *args, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", send_and_note)
    cache.count("k", 60)
    assert len(sent) == 1


def test_clearing_takes_our_keys_and_nobody_elses(use, redis_address):
    use(redis_address)
    client = Redis.from_url(redis_address)
    client.set("nexus-test-of-someone-else", "1", ex=60)
    django_caches["default"].set("k", 1)
    django_caches["default"].clear()
    assert django_caches["default"].get("k") is None
    assert client.delete("nexus-test-of-someone-else") == 1


def test_a_turn_is_given_back_by_its_holder_only(use, redis_address):
    use(redis_address)
    cache = cache_named("responses")
    django_caches["responses"].set("turn", b"mine")
    assert (cache.forget("turn", b"yours"), cache.forget("turn", b"mine")) == (False, True)


def test_a_redis_whose_memory_is_full_is_not_away(use, own_redis, attempts):
    breaker = use(own_redis.address)
    own_redis.ask().config_set("maxmemory", "1")
    assert cache_named("default").count("k", 60) == 1  # in the process
    assert breaker.state == "closed"
    own_redis.ask().config_set("maxmemory", "0")
    django_caches["default"].set("k2", 5)
    assert own_redis.ask().get("nexus:default:1:k2") == b"5"


# Frozen, killed, back again ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["freeze", "kill"])
def test_redis_away_costs_one_attempt_a_period_and_no_request_fails(use, own_redis, attempts, clock, settings, fault):
    breaker = use(own_redis.address)
    settings.RESPONSE_CACHE = True
    open_shop()
    client = APIClient()
    assert client.get(PRODUCTS).status_code == 200
    getattr(own_redis, fault)()
    attempts.clear()

    assert [client.get(PRODUCTS).status_code for _ in range(30)] == [200] * 30
    assert (attempts, breaker.state) == ({"failed": 1}, "open")

    for period in range(2, 4):
        clock.now += 5
        assert [client.get(PRODUCTS).status_code for _ in range(10)] == [200] * 10
        assert attempts == {"failed": period}

    own_redis.thaw() if fault == "freeze" else own_redis.start()
    clock.now += 5
    assert client.get(PRODUCTS).status_code == 200
    assert (attempts["failed"], breaker.state) == (3, "closed")
    assert attempts["answered"] > 0


@pytest.mark.django_db
def test_many_threads_wait_at_most_once_each(use, own_redis, attempts, clock):
    breaker = use(own_redis.address)
    own_redis.freeze()
    together = threading.Barrier(8)

    def ask(_):
        together.wait(10)
        return [cache_named("default").count("k", 60) for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        counted = sorted(sum(pool.map(ask, range(8)), []))
    assert counted == list(range(1, 81))  # in the process, and none lost
    assert 1 <= attempts["failed"] <= 8
    assert breaker.state == "open"
    own_redis.thaw()


@pytest.mark.django_db
def test_sign_in_is_limited_in_the_process_while_redis_is_away(use, own_redis, clock, settings):
    use(own_redis.address)
    limit = settings.THROTTLE_RATES["sign-in"]
    own_redis.kill()
    codes = [sign_in(APIClient()) for _ in range(limit + 5)]
    assert codes == [401] * limit + [429] * 5


@pytest.mark.django_db(transaction=True)
def test_what_redis_has_kept_through_a_failure_is_not_served_once_it_is_old(use, own_redis, clock, settings):
    """A write while Redis could not be reached: the version lies in the database, so nothing was missed."""
    use(own_redis.address)
    settings.RESPONSE_CACHE = True
    shop, client = open_shop(), APIClient()
    assert client.get(f"{PRODUCTS}kettle/").json()["stock"] == 5
    own_redis.freeze()
    shop.kettle.stock = 4
    shop.kettle.save()
    assert client.get(f"{PRODUCTS}kettle/").json()["stock"] == 4
    own_redis.thaw()
    clock.now += 5
    assert client.get(f"{PRODUCTS}kettle/").json()["stock"] == 4


# Several processes ------------------------------------------------------------------------------------------------

CALL = f"""
import sys, time
import django
from demo_api.nexus import caches
caches.CONNECT_SECONDS = caches.ANSWER_SECONDS = {PATIENT}
django.setup()
from django.core.cache import caches
from demo_api.nexus.caches.local import cache_named
from demo_api.rest import caching
from demo_api.rest.caching import shared_answer
caching.PATIENCE = 20
client = caches["responses"]._cache.get_client()
processes = int(sys.argv[1])
client.incr("together")
while int(client.get("together")) < processes:
    time.sleep(0.01)
def make():
    client.incr("made")
    time.sleep(0.3)
    return {{}}, b"answer"
print(shared_answer("key", 1, make).body.decode())
"""


def test_of_many_processes_one_makes_the_answer(own_redis, tmp_path):
    variables = {
        "REDIS_URL": own_redis.address,
        "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
        "SQLITE_PATH": str(tmp_path / "db"),
        "POSTGRES_HOST": "",
        "PATH": "",
        "PROMETHEUS_MULTIPROC_DIR": "",
    }
    command = [sys.executable, "-c", CALL, "4"]
    running = [
        subprocess.Popen(command, env=variables, cwd=django_settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in running]
    assert said == ["answer"] * 4
    assert own_redis.ask().get("made") == b"1"


def ask(address, path, body=None):
    """The status of an answer, and its body."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_redis_killed_under_load_is_seen_by_nobody(own_redis, tmp_path):
    """A server of its own, eight callers without a pause, a kill in the middle, and a new Redis on the same port."""
    variables = seeded_copy(tmp_path) | {"REDIS_URL": own_redis.address, "RESPONSE_CACHE": "1"}
    path, codes, stop = f"{PRODUCTS}?page_size=5", Counter(), threading.Event()
    with server("127.0.0.1", free_port(), variables | {"THROTTLING": "1"}) as (_, address):

        def load():
            while not stop.is_set():
                codes[ask(address, path)[0]] += 1

        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(load)
            try:
                wait_for(lambda: codes[200] > 40)
                own_redis.kill()
                seen = codes[200]
                wait_for(lambda: codes[200] + codes[429] > seen + 100)
                wrong = {"username": "nobody", "password": "wrong"}
                tries = [ask(address, SIGN_IN, wrong)[0] for _ in range(25)]
                own_redis.start()
                wait_for(lambda: list(own_redis.ask().scan_iter(match="nexus:counts:*")))
            finally:
                stop.set()
        text = ask(address, "/metrics")[1].decode()
    assert set(codes) <= {200, 429}, codes
    assert tries[:10] == [401] * 10
    assert tries.count(429) >= 5  # ten a minute are heard, and one minute may end between the first and the last
    assert "nexus_redis_breaker_state 0.0" in text
    assert 'nexus_cache_answers_total{outcome="hit"}' in text


def wait_for(condition):
    """Returns when it holds. Raises AssertionError after a minute."""
    waited = threading.Event()
    for _ in range(600):
        if condition():
            return
        waited.wait(0.1)
    raise AssertionError("It did not come about within a minute.")
