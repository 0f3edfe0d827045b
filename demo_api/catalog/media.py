"""Stored pictures and the rows that name them: who belongs to whom, after a kill between the two.

A file is stored before the row that names it is committed, and deleted after the row that named it is. So wherever a
process ends, every row has its file. What may be left over is a file without a row: an orphan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from demo_api.catalog.models import Product

FOLDER = "products"
SEED = "products/seed"  # the curated pictures have names of their own, which the next `seed` may use again
OLD_ENOUGH = timedelta(hours=1)  # younger ones may belong to a transaction that is still open


@dataclass(frozen=True)
class Inventory:
    """Files without a row that are old enough to go, and names in rows that have no file; both sorted."""

    orphans: list[str]
    missing: list[str]


def take_inventory(*, older_than: timedelta = OLD_ENOUGH) -> Inventory:
    """Holds the stored pictures against the rows. Reads everything, changes nothing."""
    before = timezone.now() - older_than
    stored = set(files(FOLDER))  # before the rows are read: a file that comes in between is not taken for an orphan
    named = set(Product.objects.exclude(image="").values_list("image", flat=True))
    strangers = (name for name in stored - named if not name.startswith(f"{SEED}/"))
    return Inventory(
        orphans=sorted(name for name in strangers if is_older(name, before)), missing=sorted(named - stored)
    )


def files(folder: str) -> Iterator[str]:
    """The name of every file below a folder of the storage."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet
        return
    yield from (f"{folder}/{name}" for name in names)
    for name in folders:
        yield from files(f"{folder}/{name}")


def is_older(name: str, moment: datetime) -> bool:
    try:
        return bool(default_storage.get_modified_time(name) <= moment)
    except FileNotFoundError:  # deleted since it was listed
        return False
