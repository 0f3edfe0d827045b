"""Waiting for what a test is about, and not for a time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.integration.faults.service import PRODUCTS, Answer, Service

CALLERS = 32  # four for each thread of two workers: were each to wait in its turn, the last would be too late
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'nexus'"


def wait_until(done: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return when it is so. Raises AssertionError when it never is."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def wait_until_blocked(database: psycopg.Connection, statements: int = 1) -> None:
    """Return when so many statements wait for a lock."""
    wait_until(lambda: database.execute(WAITING).fetchone() >= (statements,), seconds=20)  # type: ignore[operator]


def all_at_once(service: Service, path: str) -> list[Answer]:
    """What CALLERS callers get that ask at the same time."""
    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(lambda _: service.ask("GET", path), range(CALLERS)))


def every_worker_recovers(service: Service) -> None:
    """Each process finds out for itself, when a caller of its own is let through to try: within `base.PAUSE`."""
    wait_until(lambda: all(answer.status == 200 for answer in all_at_once(service, PRODUCTS)))
