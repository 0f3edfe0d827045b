"""`python -m tests.queue.launch <command of manage.py>`: that command, with tasks that tell a test what they do.

Each line of the file NOTES in the working directory is one event: what, of which name, in which process.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # as `manage.py worker` does it before it imports Celery
django.setup()

from celery.exceptions import SoftTimeLimitExceeded  # noqa: E402  # Django is set up first
from django.conf import settings  # noqa: E402

from demo_api.nexus.celery import DEAD, WORK, app  # noqa: E402
from demo_api.outbox import relay, services  # noqa: E402
from demo_api.outbox.leases import Lease  # noqa: E402

NOTES = "notes.txt"
settings.IMPORT_CHUNK_ROWS = 1000  # many small steps: many places to die in
cast("dict[str, float]", services.pause_after.__kwdefaults__)["longest"] = (
    0.2  # seconds: the tests do not wait for the fifth attempt
)
app.conf.beat_schedule["expire reservations"]["schedule"] = timedelta(seconds=1)
relay.LONGEST_PAUSE = 1  # seconds
# Queues of this test alone. Deleting those of the test before would not do: a node that is killed soon after a queue of
# the same name was deleted and made again does not find its way back to it.
for queue in (WORK, DEAD):
    queue.name = queue.routing_key = f"{queue.name}.{Path.cwd().name}"
cast("Any", WORK).queue_arguments["x-dead-letter-routing-key"] = DEAD.name
app.conf.task_default_queue = WORK.name
for file, argument in {"delivery-limit": "x-delivery-limit", "most-messages": "x-max-length"}.items():
    if Path(file).exists():
        cast("Any", WORK).queue_arguments[argument] = int(Path(file).read_text())


def dying_before_the_delete(hand_over: Callable[[Lease], None]) -> Callable[[Lease], None]:
    """`Lease.hand_over`, before which the process is killed once if a file asks for it."""

    def die_or_hand_over(lease: Lease) -> None:
        if Path("die").exists():
            Path("die").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        hand_over(lease)

    return die_or_hand_over


Lease.hand_over = dying_before_the_delete(Lease.hand_over)  # type: ignore[method-assign, assignment]


def note(event: str, name: str) -> None:
    """Adds a line, in one write: several processes do."""
    with Path(NOTES).open("ab", buffering=0) as file:
        file.write(f"{event} {name} {os.getpid()}\n".encode())


@app.task(name="probe.quick")  # type: ignore[untyped-decorator]
def quick(name: str) -> None:
    """Says that it ran."""
    note("ran", name)


@app.task(name="probe.slow")  # type: ignore[untyped-decorator]
def slow(name: str, seconds: float) -> None:
    """Says when it begins and, if nobody kills it, when it is done."""
    note("began", name)
    time.sleep(seconds)
    note("ran", name)


@app.task(name="probe.failing")  # type: ignore[untyped-decorator]
def failing(name: str) -> None:
    """Raises, every time."""
    note("began", name)
    raise ValueError("no good")


@app.task(name="probe.deadly", time_limit=60)  # type: ignore[untyped-decorator]
def deadly(name: str, times: int) -> None:
    """Kills its own process so many times, then lets it live."""
    note("began", name)
    if Path(NOTES).read_text().count(f"began {name} ") <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    note("ran", name)


@app.task(name="probe.endless", soft_time_limit=0.5, time_limit=1.5)  # type: ignore[untyped-decorator]
def endless(name: str) -> None:
    """Does not mind the soft limit the first time, and runs into the hard one."""
    note("began", name)
    if Path(NOTES).read_text().count(f"began {name} ") == 1:
        with contextlib.suppress(SoftTimeLimitExceeded):
            time.sleep(600)
        time.sleep(600)
    note("ran", name)


if __name__ == "__main__":
    execute_from_command_line(sys.argv)
