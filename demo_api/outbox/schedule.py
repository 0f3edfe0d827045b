"""What is done again and again, for the embedded worker: the same schedule that `celery beat` keeps with a broker.

It runs in a thread of its own, so that a long import does not hold up a reservation that is over.
"""

import logging
import time
from datetime import timedelta
from threading import Event
from typing import TypedDict, cast

from django.conf import settings
from django.db import Error, connection

from demo_api.nexus.celery import app

logger = logging.getLogger("demo_api.outbox.schedule")


class Job(TypedDict):
    """One line of CELERY_BEAT_SCHEDULE."""

    task: str
    schedule: timedelta


def keep(stop: Event) -> None:
    """Runs each job of the schedule at once, and then whenever its time has passed, until `stop` is set."""
    jobs = cast("dict[str, Job]", settings.CELERY_BEAT_SCHEDULE)
    due = dict.fromkeys(jobs, time.monotonic())
    while not stop.is_set():
        name = min(due, key=lambda name: due[name])
        if stop.wait(max(0.0, due[name] - time.monotonic())):
            return
        run(name, jobs[name]["task"])
        due[name] = time.monotonic() + jobs[name]["schedule"].total_seconds()


def run(name: str, task: str) -> None:
    """Runs one job. One that raises is logged, and has its next turn all the same."""
    try:
        app.tasks[task].apply(throw=True)
        logger.debug("done %s", name)
    except Error as error:
        logger.warning("%s: the database is away (%s)", name, type(error).__name__)
    except Exception:  # whatever one job raises, the others have their turn
        logger.exception("%s failed", name)
    finally:
        connection.close()  # between two turns, none is held
