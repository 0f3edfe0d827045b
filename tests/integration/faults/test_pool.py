"""More requests than connections: 503 with Retry-After, no deadlock, and all is well when the slow ones are done."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from hub.engines.postgres import connect
from tests.integration.faults.service import KETTLE, PRODUCTS, gunicorn, is_problem, wait_for
from tests.integration.faults.waiting import every_worker_recovers, wait_until_blocked

pytestmark = pytest.mark.servers


def test_when_slow_requests_hold_every_connection_the_others_are_refused_in_time(cluster, database, folder):
    """Two connections for eight threads, and two writers that wait for a lock which the test holds."""
    settings = cluster.settings | {"WEB_WORKERS": "1", "WEB_THREADS": "8", "POSTGRES_POOL_SIZE": "2"}
    with gunicorn(settings, folder, ready="/health/ready/") as service, ThreadPoolExecutor(14) as pool:
        staff = service.sign_in()
        tag = service.ask("GET", KETTLE).headers["ETag"]
        for _ in range(5):  # on a busy machine the readers may come when the writers have been sent away already
            with connect(cluster.settings, database="nexus") as lock:
                lock.execute("SELECT * FROM catalog_product WHERE slug = 'heron-gooseneck-kettle' FOR UPDATE")
                change = {"name": "Held Up"}
                writers = [
                    pool.submit(service.ask, "PATCH", KETTLE, change, Authorization=staff, If_Match=tag)
                    for _ in range(2)
                ]
                wait_until_blocked(database, 2)
                readers = [pool.submit(service.ask, "GET", PRODUCTS) for _ in range(12)]
                assert service.ask("GET", "/health/live/").status == 200
                for answer in [reader.result() for reader in readers] + [writer.result() for writer in writers]:
                    if answer.status != 200:  # a reader that was queued longest may find a connection free again
                        is_problem(answer, 503, "service-unavailable")
                assert {writer.result().status for writer in writers} == {503}  # the lock was not to be had in time
            if any(reader.result().status == 503 for reader in readers):
                break
        else:
            pytest.fail("no reader was refused, however often the connections were held")
        every_worker_recovers(service)
        assert service.ask("GET", KETTLE).headers["ETag"] == tag


def test_when_postgresql_itself_has_no_room_it_is_the_same(cluster, folder):
    """Somebody else took every connection the server gives."""
    with gunicorn(cluster.settings, folder) as service:
        with ExitStack() as others:
            while has_taken_one_more(others, cluster.settings):
                pass
            is_problem(service.ask("GET", PRODUCTS), 503, "service-unavailable")
            assert service.ask("GET", "/health/live/").status == 200
        wait_for(service, PRODUCTS)


def has_taken_one_more(others: ExitStack, settings: dict[str, str]) -> bool:
    try:
        others.enter_context(connect(settings))
    except psycopg.OperationalError:  # "sorry, too many clients already"
        return False
    return True
