"""The catalogue's version: a number that every change moves on, once it has committed.

What was made from the catalogue and kept (`demo_api/rest/caching.py`) carries the number that stood before the reading
began. It is served while the number is still the same.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Model, QuerySet

Row = TypeVar("Row", bound=Model, covariant=True)
ONLY = 1  # the primary key of the one row


class CatalogueVersion(models.Model):
    """One row. Not a time: two changes in one moment have one time, and a long transaction commits an old one."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


def catalogue_version() -> int:
    """The number now: one look-up by primary key. 0 before the first change."""
    return CatalogueVersion.objects.filter(pk=ONLY).values_list("number", flat=True).first() or 0


def catalogue_changed() -> None:
    """Moves the version when the transaction commits, or now outside one; once, however often it is called.

    The rows below call it. Whoever writes to the catalogue past them, with SQL of their own, calls it too. Where
    nothing is kept, nothing moves: all processes on one database share the setting.
    """
    if settings.RESPONSE_CACHE and not any(entry[1] is move for entry in connection.run_on_commit):
        # What has committed must not be reported as failed because of a cache: a fault here is logged.
        transaction.on_commit(move, robust=True)


def move() -> None:
    """In a transaction of its own: a lock on this row inside others would make every writer wait for every other."""
    number = CatalogueVersion.objects.filter(pk=ONLY)
    if not number.update(number=F("number") + 1):
        CatalogueVersion.objects.bulk_create([CatalogueVersion(pk=ONLY)], ignore_conflicts=True)
        number.update(number=F("number") + 1)


class CatalogueQuerySet(QuerySet[Row]):
    """Bulk writes that move the version. (`save()` and `delete()` of one row do so in `models.CatalogueRow`.)"""

    def update(self, **changes: Any) -> int:
        count = super().update(**changes)
        catalogue_changed()
        return count

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        made = super().bulk_create(objs, *args, **kwargs)
        catalogue_changed()
        return made

    def delete(self) -> tuple[int, dict[str, int]]:
        deleted = super().delete()
        catalogue_changed()
        return deleted
