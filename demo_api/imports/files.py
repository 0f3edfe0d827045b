"""The stored files: written in pieces as they arrive, never held in memory, in a storage that serves nobody."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from demo_api.nexus.storage import storing

PIECE = 64 * 1024  # bytes


def storage() -> Storage:
    return storages["imports"]


class Incoming(File):  # type: ignore[type-arg]
    """A body on its way into storage. `look` sees the first piece before anything is stored, and may refuse it."""

    def __init__(self, stream: IO[bytes], look: Callable[[bytes], None]) -> None:
        super().__init__(stream, name="import.csv")
        self.stream = stream
        self.look = look
        self.length = 0
        self.digest = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while piece := self.stream.read(PIECE):
            if not self.length:
                while b"\n" not in piece and len(piece) < PIECE and (more := self.stream.read(PIECE)):
                    piece += more
                self.look(piece)
            self.length += len(piece)
            self.digest.update(piece)
            yield piece


def store(incoming: Incoming) -> str:
    """The name under which the body is stored now. Whatever goes wrong on the way, no part of it stays.

    Raises StorageFull.
    """
    name = f"{uuid.uuid4().hex}.csv"
    try:
        with storing():
            return storage().save(name, incoming)
    except BaseException:
        storage().delete(name)
        raise


def opened(name: str, offset: int) -> BinaryIO:
    """The stored file, from `offset` on. Raises FileNotFoundError."""
    file = cast(BinaryIO, storage().open(name, "rb"))
    file.seek(offset)
    return file


def discard(name: str) -> None:
    """Deletes a stored file; one that is not there is deleted already."""
    if name:
        storage().delete(name)
