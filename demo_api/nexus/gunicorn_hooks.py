"""What gunicorn calls when it starts and when a worker ends (`gunicorn.conf.py`): `/metrics` counts across workers."""

from pathlib import Path
from typing import Any

from demo_api.nexus.settings import METRICS_FOLDER


def on_starting(server: Any) -> None:
    """Forgets what the processes of an earlier start counted: their numbers would be taken for those of new ones."""
    remove("*.db")


def child_exit(server: Any, worker: Any) -> None:
    """A worker has gone: what it counted stays, the state it was in does not."""
    remove(f"gauge_live*_{worker.pid}.db")


def remove(pattern: str) -> None:
    for file in Path(METRICS_FOLDER).glob(pattern) if METRICS_FOLDER else ():
        file.unlink(missing_ok=True)
