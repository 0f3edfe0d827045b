import os
import signal
import sys
from datetime import timedelta
from threading import Event, Thread
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo_api.nexus.health import migrations


class Command(BaseCommand):
    help = (
        "Do the work that requests left for later, and keep the schedule. With RABBITMQ_URL this is a Celery worker; "
        "without it, it takes its work from the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drain",
            action="store_true",
            help="without a broker: end when nothing is left to do; keep no schedule",
        )
        parser.add_argument(
            "--lease",
            type=float,
            default=30,
            help="without a broker: after so many seconds without a sign of life, another worker takes the work",
        )
        parser.add_argument(
            "--concurrency", type=int, default=1, help="with a broker: how many processes work side by side"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if (found := migrations()) != "ok":
            raise CommandError(f"Migrations: {found}")
        if settings.RABBITMQ_URL:
            celery_worker(options["concurrency"])
        else:
            embedded_worker(timedelta(seconds=options["lease"]), drain=options["drain"])


def celery_worker(concurrency: int) -> None:
    """A Celery worker. SIGTERM gives its tasks a few seconds, then returns their messages to the queue."""
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # Celery's name for that; read when it is imported
    from demo_api.nexus.celery import app  # only these processes load Celery

    pool = "solo" if sys.platform == "win32" else "prefork"  # Celery's processes do not run on Windows
    options = [f"--pool={pool}", f"--concurrency={concurrency}", "--without-gossip", "--without-mingle"]
    app.worker_main(["worker", "--loglevel=INFO", *options])


def embedded_worker(lease: timedelta, *, drain: bool) -> None:
    """Works until SIGTERM or Ctrl-C; a task that runs then is interrupted, and taken up again by the next worker."""
    from demo_api.outbox import schedule, worker  # only these processes load Celery

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    worker.load_tasks()
    if not drain:
        Thread(target=schedule.keep, args=[Event()], daemon=True, name="schedule").start()
    worker.work(lease=lease, drain=drain)


def end(number: int, frame: FrameType | None) -> None:
    """Raises SystemExit wherever the worker is: a transaction rolls back, and its entry is given back."""
    sys.exit(0)
