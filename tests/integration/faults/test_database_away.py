"""PostgreSQL absent at start, killed in the middle of requests, and back again, without a restart of the service."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from hub.engines.postgres import Cluster, connect
from tests.integration.faults.processes import kill_cluster
from tests.integration.faults.service import (
    KETTLE,
    PRODUCTS,
    PROMISED,
    RESERVATIONS,
    TOLERANCE,
    Answer,
    Service,
    gunicorn,
    is_problem,
    wait_for,
)
from tests.integration.faults.waiting import all_at_once, every_worker_recovers, wait_until, wait_until_blocked

pytestmark = pytest.mark.servers


@pytest.fixture
def service(cluster, folder):
    with gunicorn(cluster.settings, folder, ready="/health/ready/") as running:
        yield running


def names_in(cluster: Cluster) -> set[str]:
    with connect(cluster.settings, database="nexus") as database:
        return {name for (name,) in database.execute("SELECT name FROM catalog_product")}


# Absent at start --------------------------------------------------------------------------------------------------


def test_without_a_database_the_service_starts_says_so_and_recovers_when_it_comes(cluster, folder):
    cluster.stop("fast")
    with gunicorn(cluster.settings, folder) as service:
        assert service.ask("GET", "/health/live/").document == {"status": "alive"}

        ready = service.ask("GET", "/health/ready/")
        checks = is_problem(ready, 503, "not-ready", within=2)["checks"]
        assert checks["database"] != "ok"

        for answer in all_at_once(service, PRODUCTS):
            is_problem(answer, 503, "service-unavailable")
        is_problem(service.ask("GET", "/admin/", Cookie="sessionid=abcdefgh"), 503, "service-unavailable")

        cluster.start()
        wait_for(service, "/health/ready/")
        every_worker_recovers(service)


# Killed -----------------------------------------------------------------------------------------------------------


def test_killed_in_the_middle_of_a_write_it_is_a_503_nothing_is_half_written_and_it_recovers(
    cluster, service, database
):
    """The write waits for a lock that the test holds, so it is in the middle when the server dies."""
    staff = service.sign_in()
    before = service.ask("GET", KETTLE)
    lock = connect(cluster.settings, database="nexus")
    lock.execute("SELECT * FROM catalog_product WHERE slug = 'heron-gooseneck-kettle' FOR UPDATE")

    with ThreadPoolExecutor(1) as pool:
        change = {"name": "Half Written", "stock": 1}
        writing = pool.submit(
            service.ask, "PATCH", KETTLE, change, Authorization=staff, If_Match=before.headers["ETag"]
        )
        wait_until_blocked(database)
        kill_cluster(cluster)
        killed_at = time.monotonic()
        is_problem(writing.result(), 503, "service-unavailable", within=None)
        assert time.monotonic() - killed_at < PROMISED + TOLERANCE
    for answer in all_at_once(service, KETTLE):
        is_problem(answer, 503, "service-unavailable")
    assert service.ask("GET", "/health/live/").status == 200

    cluster.start()
    every_worker_recovers(service)
    assert service.ask("GET", KETTLE).document == before.document
    assert "Half Written" not in names_in(cluster)


def test_a_restart_between_two_requests_is_not_noticed(cluster, folder):
    """The idle connections all died with the server; found dead one by one, they would cost callers their patience."""
    with gunicorn(cluster.settings | {"WEB_WORKERS": "1"}, folder, ready="/health/ready/") as service:
        for _ in range(3):
            all_at_once(service, PRODUCTS)  # a connection for each thread, idle afterwards
        cluster.stop("fast")
        cluster.start()
        assert service.ask("GET", PRODUCTS).status == 200  # alone, so it would meet all of them
        assert {answer.status for answer in all_at_once(service, PRODUCTS)} == {200}


def test_killed_under_load_what_was_confirmed_is_there_and_a_retry_takes_stock_once(cluster, service, database):
    """Stock and reservation are one transaction: wherever a kill cuts, they add up. A 503 is asked again by its key."""
    database.execute("UPDATE catalog_product SET stock = 1000 WHERE slug = 'heron-gooseneck-kettle'")
    customer = service.sign_in("demo")
    confirmed, unanswered = dict[str, str](), list[str]()
    stop = threading.Event()

    def buyer(number: int) -> None:
        for count in range(100_000):
            if stop.is_set():
                return
            key = f"buyer-{number}-{count}"
            answer = reserve(service, customer, key)
            if answer.status == 503:
                unanswered.append(key)
                time.sleep(0.05)
                continue
            assert answer.status == 201, answer.content
            confirmed[key] = answer.document["id"]
            service.ask("POST", f"{RESERVATIONS}{answer.document['id']}/release/", Authorization=customer)

    with ThreadPoolExecutor(4) as pool:
        buyers = [pool.submit(buyer, number) for number in range(4)]
        try:
            wait_until(lambda: len(confirmed) > 20)
            kill_cluster(cluster)
            wait_until(lambda: len(unanswered) > 8)
            cluster.start()
            before = len(confirmed)
            wait_until(lambda: len(confirmed) > before + 20)
        finally:
            stop.set()
        for finished in buyers:
            finished.result()

    with connect(cluster.settings, database="nexus") as database:
        known = {str(row[0]) for row in database.execute("SELECT uuid FROM catalog_reservation")}
        assert set(confirmed.values()) <= known
        assert sum_of_stock(database) == 1000
        for key in unanswered[:12]:
            again = [reserve(service, customer, key).document["id"] for _ in range(2)]
            assert again[0] == again[1]
            service.ask("POST", f"{RESERVATIONS}{again[0]}/release/", Authorization=customer)
        assert sum_of_stock(database) == 1000


def reserve(service: Service, account: str, key: str) -> Answer:
    body = {"product": "heron-gooseneck-kettle", "quantity": 1}
    return service.ask("POST", RESERVATIONS, body, Authorization=account, Idempotency_Key=key)


def sum_of_stock(database: psycopg.Connection) -> int:
    """What lies on the shelf, and what active reservations hold."""
    database.commit()
    held = "SELECT sum(quantity) FROM catalog_reservation WHERE state = 'active'"
    shelf = "SELECT stock FROM catalog_product WHERE slug = 'heron-gooseneck-kettle'"
    rows = database.execute(f"SELECT COALESCE(({held}), 0) + ({shelf})").fetchall()
    return int(rows[0][0])
