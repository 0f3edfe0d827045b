"""The embedded worker: runs what waits in the outbox, in this process, where there is no broker.

It calls the same Celery tasks that a worker of a broker calls. While a task runs, a thread renews the lease on its
entry; when this process dies, the lease runs out and another worker takes the entry.
"""

import contextlib
import logging
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread
from types import FrameType
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error, connection

from demo_api.nexus.celery import app
from demo_api.outbox import leases
from demo_api.outbox.services import pause_after

logger = logging.getLogger("demo_api.outbox.worker")
POLL = 0.5  # seconds between two looks into an empty outbox
LONGEST_PAUSE = 30  # seconds between two tries to reach a database that is away


def load_tasks() -> None:
    """Imports every app's `tasks.py`, so that `app.tasks` knows them by name."""
    app.loader.import_default_modules()
    app.finalize()


def work(*, lease: timedelta, drain: bool = False) -> None:
    """Runs entries as they come, until the process is told to end; with `drain`, until none is available."""
    load_tasks()
    failures = 0
    while True:
        try:
            taken = leases.claim(duration=lease, is_delivery=True)
            failures = 0
            if taken:
                deliver(taken)
            elif drain:
                return
            else:
                time.sleep(POLL)
        except Error as error:
            connection.close()
            failures += 1
            pause = pause_after(failures, longest=LONGEST_PAUSE).total_seconds()
            logger.warning("the database is away (%s); the next try is in %.1f s", type(error).__name__, pause)
            time.sleep(pause)


def deliver(lease: leases.Lease) -> None:
    """Runs one entry's task and settles the entry: deleted when it is done, counted when it raised."""
    entry, started = lease.entry, time.monotonic()
    try:
        with kept(lease):
            run(entry.task, entry.arguments, str(entry.uuid))
    except Exception as error:  # whatever a task raises is an attempt that failed
        logger.exception("%s failed", entry)
        if getattr(app.tasks.get(entry.task), "returns_to_outbox", True):
            lease.fail(repr(error))
        else:
            lease.finish()
    except BaseException:  # told to end, in the middle of it
        connection.close()  # and perhaps in the middle of a statement
        lease.give_back()
        raise
    else:
        lease.finish()
        logger.info("done %s in %.2f s", entry, time.monotonic() - started)


def run(task: str, arguments: dict[str, Any], message: str) -> None:
    """Calls a task as Celery would, within its soft time limit. Raises what it raises, and NotRegistered."""
    found = app.tasks[task]
    with soft_limit(found.soft_time_limit or settings.CELERY_TASK_SOFT_TIME_LIMIT):
        found.apply(kwargs=arguments, task_id=message, throw=True)


@contextlib.contextmanager
def soft_limit(seconds: float) -> Iterator[None]:
    """Raises SoftTimeLimitExceeded in the block after so many seconds. Windows has no such alarm, and no limit."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise SoftTimeLimitExceeded(seconds)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def kept(lease: leases.Lease) -> Iterator[None]:
    """Renews the lease from a thread while the block runs."""
    ended = Event()
    thread = Thread(target=renew, args=[lease, ended], daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def renew(lease: leases.Lease, ended: Event) -> None:
    """Renews three times in the length of a lease. One that is lost is said; the task goes on, for it can run twice."""
    try:
        while not ended.wait(lease.duration.total_seconds() / 3):
            try:
                if not lease.renew():
                    logger.warning("lost the lease on %s: another worker runs it too", lease.entry)
                    return
            except Error as error:
                connection.close()
                logger.warning("could not renew the lease on %s (%s)", lease.entry, type(error).__name__)
    finally:
        connection.close()  # this thread's own
