"""The service with trip-wires: at the point that a file names, the worker is killed on the spot.

gunicorn serves `tests.integration.faults.killing:application`; that file is `switch`, beside the media folder.
"""

import os
import signal
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db.backends.base.base import BaseDatabaseWrapper

from demo_api.nexus.wsgi import application
from tests.integration.faults.processes import POINTS

__all__ = ["application"]


def trip(point: str) -> None:
    """Ends this process, as the out-of-memory killer does, if this is the point; the switch is then off again."""
    switch = settings.MEDIA_ROOT.parent / "switch"
    if switch.exists() and switch.read_text() == point:
        switch.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def chunks(self: "ContentFile[bytes]", chunk_size: int | None = None) -> Iterator[bytes]:
    data = self.read()
    yield data[: len(data) // 2]
    trip(POINTS[0])
    yield data[len(data) // 2 :]


save, commit = FileSystemStorage._save, BaseDatabaseWrapper.commit  # type: ignore[attr-defined]


def save_and_trip(self: FileSystemStorage, name: str, content: Any) -> str:
    stored: str = save(self, name, content)
    trip(POINTS[1])
    return stored


def commit_and_trip(self: BaseDatabaseWrapper) -> None:
    """`commit` also runs what waited for it: the point after it lies between the two."""
    trip(POINTS[2])
    self._commit()  # type: ignore[attr-defined]
    trip(POINTS[3])
    commit(self)  # an empty transaction's commit does nothing more


ContentFile.chunks = chunks  # type: ignore[method-assign,assignment]
FileSystemStorage._save = save_and_trip  # type: ignore[attr-defined]
BaseDatabaseWrapper.commit = commit_and_trip  # type: ignore[method-assign]
