"""Writing to the media storage: what cannot be stored leaves nothing behind, and a full disk has its answer."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from demo_api.nexus.errors import DomainError

logger = logging.getLogger(__name__)
# No space left on the device; the quota of the account is used up; the file is larger than the process may write.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageFull(DomainError):
    """There is no room for what was sent."""

    code = "insufficient-storage"

    @property
    def detail(self) -> str:
        return "There is no room left to store what was sent. Nothing was changed."


def is_full(error: BaseException) -> bool:
    """Whether this is the system's way of saying that there is no room left."""
    return isinstance(error, OSError) and error.errno in FULL


@contextmanager
def storing() -> Iterator[None]:
    """Around whatever writes files. Raises StorageFull in the place of an OSError that means a full disk."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            logger.error("There is no room left in the storage: %s", error)
            raise StorageFull from error
        raise


def store(name: str, data: bytes) -> str:
    """Stores `data` and gives the name it has. Raises StorageFull, or OSError; then nothing of it is left."""
    with storing():
        try:
            return str(default_storage.save(name, ContentFile(data)))
        except OSError:
            discard(name)
            raise


def discard(name: str) -> None:
    """Deletes a stored file. One that cannot be deleted now is logged, and `manage.py sweep_media` finds it later."""
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("%s could not be deleted", name)
