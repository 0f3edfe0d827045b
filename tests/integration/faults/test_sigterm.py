"""SIGTERM under load: whoever was let in is answered; whoever comes later is refused, and asks the next instance."""

import http.client
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.engines.postgres import connect
from tests.integration.faults.service import KETTLE, PRODUCTS, Service, ask, gunicorn
from tests.integration.faults.waiting import wait_until_blocked

pytestmark = pytest.mark.servers
CALLERS = 16


class Caller(threading.Thread):
    """Asks without a pause, as a proxy does: whoever refuses a new connection is left for the next instance.

    Every other outcome is counted as it came. `keeps` is whether it uses a connection again.
    """

    def __init__(self, instances: list[Service], stop: threading.Event, *, keeps: bool) -> None:
        super().__init__(daemon=True)
        self.instances, self.stop, self.keeps = list(instances), stop, keeps
        self.outcomes = Counter[str]()
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self.stop.is_set():
            if self.connected():
                self.outcomes[self.outcome()] += 1
        self.hang_up()

    def hang_up(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    def connected(self) -> bool:
        """Whether there is a connection to the first instance that takes one."""
        if self.connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.instances[0].port, timeout=30)
            try:
                connection.connect()
            except ConnectionRefusedError:
                connection.close()
                self.instances.pop(0)
                return False
            self.connection = connection
        return True

    def outcome(self) -> str:
        """The status, or what broke. The connection was there: from here on, an answer is owed."""
        assert self.connection
        try:
            answer = ask(self.connection, "GET", f"{PRODUCTS}?page_size=5")
        except (OSError, http.client.HTTPException) as failure:
            self.hang_up()
            return type(failure).__name__
        if not self.keeps or answer.headers.get("Connection") == "close":
            self.hang_up()
        return str(answer.status)


@pytest.mark.parametrize("keeps", [True, False], ids=["kept connections", "new connections"])
def test_no_request_fails_while_an_instance_is_ended_under_load(cluster, folder, keeps, fault_rounds):
    settings = cluster.settings | {"LOG_LEVEL": "WARNING"}
    with gunicorn(settings, folder) as last:
        for _ in range(fault_rounds):
            with gunicorn(settings, folder) as first:
                outcomes = end_under_load(first, last, keeps=keeps)
            assert set(outcomes) == {"200"}, outcomes
            assert outcomes["200"] > CALLERS


def end_under_load(first: Service, last: Service, *, keeps: bool) -> Counter[str]:
    """Ends the first instance while all call it; gives what became of every request."""
    stop = threading.Event()
    callers = [Caller([first, last], stop, keeps=keeps) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(1)
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(timeout=25) == 0
    wait_until_moved(callers)
    stop.set()
    for caller in callers:
        caller.join(timeout=30)
    return sum((caller.outcomes for caller in callers), Counter[str]())


def wait_until_moved(callers: list[Caller]) -> None:
    """Return when every caller has gone over to the second instance, and was answered there."""
    deadline = time.monotonic() + 20
    while any(len(caller.instances) > 1 for caller in callers):
        assert time.monotonic() < deadline, "some still ask the instance that has ended"
        time.sleep(0.05)
    time.sleep(0.3)


def test_a_slow_write_that_has_begun_is_finished_and_answered(cluster, database, folder):
    """It waits for a lock when the signal comes; the lock goes a second later."""
    with gunicorn(cluster.settings, folder) as service, ThreadPoolExecutor(1) as pool:
        staff, read = service.sign_in(), service.ask("GET", KETTLE)
        change, tag = {"name": "Begun In Time"}, read.headers["ETag"]
        with connect(cluster.settings, database="nexus") as lock:
            lock.execute("SELECT * FROM catalog_product WHERE slug = 'heron-gooseneck-kettle' FOR UPDATE")
            writing = pool.submit(service.ask, "PATCH", KETTLE, change, Authorization=staff, If_Match=tag)
            wait_until_blocked(database)
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(ConnectionRefusedError):
                service.ask("GET", "/health/live/")
        assert (writing.result().status, writing.result().document["name"]) == (200, "Begun In Time")
        assert service.process.wait(timeout=25) == 0
