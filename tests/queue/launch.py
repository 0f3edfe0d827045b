"""`python -m tests.queue.launch <command of manage.py>`: that command, with tasks that tell a test what they do.

Each line of the file NOTES in the working directory is one event: what, of which name, in which process.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first

from demo_api.nexus.celery import app  # noqa: E402
from demo_api.outbox import services  # noqa: E402

NOTES = "notes.txt"
settings.IMPORT_CHUNK_ROWS = 1000  # many small steps: many places to die in
services.pause_after.__kwdefaults__["longest"] = 0.2  # seconds: the tests do not wait for the fifth attempt


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


@app.task(name="probe.endless", soft_time_limit=30, time_limit=1)  # type: ignore[untyped-decorator]
def endless(name: str) -> None:
    """Runs into the hard limit the first time."""
    note("began", name)
    if Path(NOTES).read_text().count(f"began {name} ") == 1:
        time.sleep(60)
    note("ran", name)


if __name__ == "__main__":
    execute_from_command_line(sys.argv)
