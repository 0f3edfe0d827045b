"""gunicorn's settings that are code: `gunicorn --config python:demo_api.nexus.gunicorn_hooks ...`."""

import os
from pathlib import Path
from typing import Any

from prometheus_client import multiprocess


def on_starting(server: Any) -> None:
    """Forgets what the processes of an earlier start counted: their numbers would be taken for those of new ones."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in Path(folder).glob("*.db") if folder else ():
        file.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """A worker has gone: what it counted stays, what it was does not."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
