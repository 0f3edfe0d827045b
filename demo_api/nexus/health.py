"""Liveness and readiness, for whoever restarts processes and for whoever routes requests to them."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswer

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from demo_api.nexus import rabbitmq
from demo_api.outbox import selectors as outbox

PATIENCE = 1.5  # seconds for all checks together: an answer leaves within two

MOST_WAITING = 1000  # entries of the outbox that may wait, and
LONGEST_WAIT = 300  # seconds that one of them may, before it is said

Check = Callable[[], str]
Checks = dict[str, Check]


def database() -> str:
    """`ok`, or what is wrong with the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    """`ok`, or which migrations have not been applied."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:3])
    return f"{len(missing)} not applied ({names}): run `python manage.py migrate`" if missing else "ok"


def queue() -> str:
    """`ok`, or how much work waits that should have been taken by now."""
    count, seconds = outbox.backlog()
    if count <= MOST_WAITING and seconds <= LONGEST_WAIT:
        return "ok"
    what = "relay" if settings.RABBITMQ_URL else "worker"
    return f"{count} waiting, the first for {seconds:.0f} s: is a {what} running?"


def broker() -> str:
    """`ok` when RabbitMQ takes a connection with our account."""
    rabbitmq.greet(settings.RABBITMQ_URL, timeout=PATIENCE * 0.6)
    return "ok"


# What the service cannot answer without, and what only delays work that goes on after the answer.
CHECKS: Checks = {"database": database, "migrations": migrations}
DELAYING: Checks = {"queue": queue, "broker": broker}


def readiness() -> dict[str, str]:
    """Each check's name with `ok` or a sentence. Returns within about PATIENCE seconds, whatever hangs."""
    if settings.ENVIRONMENT == "browser":
        # No threads there, a database in memory does not hang, and no worker could be missing.
        return run_checks(CHECKS) | {"queue": "ok"}
    delaying = {name: DELAYING[name] for name in DELAYING if name != "broker" or settings.RABBITMQ_URL}
    pool = ThreadPoolExecutor(max_workers=2)  # a broker that is silent must not make the database look away
    deadline = time.monotonic() + PATIENCE
    try:
        running = [(part, pool.submit(run_checks_on_own_connection, part)) for part in (CHECKS, delaying)]
        found = [answer_of(future, part, deadline - time.monotonic()) for part, future in running]
        return found[0] | found[1]
    finally:
        pool.shutdown(wait=False)


def answer_of(future: "Future[dict[str, str]]", checks: Checks, seconds: float) -> dict[str, str]:
    """What these checks found, or that they did not answer in time."""
    try:
        return future.result(timeout=max(seconds, 0))
    except NoAnswer:
        return dict.fromkeys(checks, f"no answer within {PATIENCE} s")


def is_ready(found: dict[str, str]) -> bool:
    """Whether requests can be answered: what only delays work does not count."""
    return all(found[name] == "ok" for name in CHECKS)


def run_checks_on_own_connection(checks: Checks) -> dict[str, str]:
    """The checks in a thread of their own: its connection is not the request's, and is closed afterwards."""
    try:
        return run_checks(checks)
    finally:
        connection.close()


def run_checks(checks: Checks) -> dict[str, str]:
    found = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except (Error, OSError) as error:
            # The driver's message may hold addresses and user names: the kind of error is enough to act on.
            found[name] = f"unreachable ({type(error).__name__})"
    return found
