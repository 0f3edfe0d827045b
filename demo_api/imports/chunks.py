"""One chunk of an import: rows read and judged, then loaded, and counted, in one transaction with the checkpoint."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from demo_api.catalog.models import Category
from demo_api.catalog.services import check_references
from demo_api.imports import files, leases, loading
from demo_api.imports.errors import BadFile
from demo_api.imports.models import Import, ImportRowError
from demo_api.imports.rows import BadRow, Place, read_rows
from demo_api.imports.validation import Fault, Judge, category_fault

MOST_ROWS = 1_000_000
State = Import.State


@dataclass
class Source:
    """An import's file, opened at its checkpoint."""

    judge: Judge
    place: Place
    rows: Iterator[list[str] | BadRow]


@contextmanager
def opened(job: Import) -> Iterator[Source]:
    """Opens the file where the last chunk ended. Raises BadFile when it is gone."""
    try:
        file = files.opened(job.file_name, job.bytes_done)
    except FileNotFoundError:
        raise BadFile("The file is no longer stored. Send it again.") from None
    with file:
        place = Place(job.bytes_done, job.rows_done + 1)
        yield Source(Judge(job.columns), place, read_rows(file, place, len(job.columns)))


@dataclass
class Chunk:
    """What was read. Of each row that could be: its number, values, category, and whether it is right so far."""

    rows: list[tuple[int, list[Any], str, bool]] = field(default_factory=list)
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    refused: int = 0
    read: int = 0
    offset: int = 0
    is_last: bool = False


def load(job: Import, source: Source, *, rows: int) -> bool:
    """Loads at most so many rows and moves the checkpoint with them. Gives whether there are more to come.

    Raises LeaseLost, and BadFile for a file with too many rows; then nothing of this chunk was written.
    """
    started = time.perf_counter()
    chunk = read(source, job, rows)
    with transaction.atomic():
        leases.held(job)
        outcome = loading.write(source.judge.columns, accepted(chunk))
        check_references()  # a category that was deleted since is found out here, not at the commit
        ImportRowError.objects.bulk_create(
            [ImportRowError(job=job, row=row, **fault._asdict()) for row, fault in chunk.faults], batch_size=1000
        )
        leave_checkpoint(job, chunk, outcome, time.perf_counter() - started)
    job.bytes_done, job.rows_done = chunk.offset, job.rows_done + chunk.read
    return not chunk.is_last


def read(source: Source, job: Import, most: int) -> Chunk:
    """The next rows of the file, judged by all that needs no database."""
    chunk = Chunk()
    room = MOST_ROWS - job.rows_done
    for cells in islice(source.rows, min(most, room)):
        chunk.read += 1
        if isinstance(cells, BadRow):
            chunk.refused += 1
            chunk.faults.append((source.place.row, Fault("", str(cells), "")))
            continue
        values, faults = source.judge.values(cells)
        chunk.faults.extend((source.place.row, fault) for fault in faults)
        chunk.rows.append((source.place.row, values, cells[source.judge.category], not faults))
    if not room and next(source.rows, None) is not None:
        raise BadFile(f"The file has more than {MOST_ROWS} rows. Rows up to there are loaded; send the rest by itself.")
    chunk.offset = source.place.offset
    chunk.is_last = (chunk.read < most and chunk.read < room) or not room
    return chunk


def accepted(chunk: Chunk) -> list[loading.Row]:
    """The rows to load, each with its category's id at the end: one query for all. The others are refused."""
    wanted = {category for _, _, category, _ in chunk.rows if "\0" not in category}
    known = dict(Category.objects.filter(slug__in=wanted).values_list("slug", "id"))
    right = []
    for number, values, category, is_right in chunk.rows:
        fault = category_fault(category, known)
        if fault:
            chunk.faults.append((number, fault))
        if fault or not is_right:
            chunk.refused += 1
        else:
            right.append([*values, known[category]])
    chunk.faults.sort(key=lambda found: found[0])
    return right


def leave_checkpoint(job: Import, chunk: Chunk, outcome: loading.Outcome, seconds: float) -> None:
    """Moves the counts, prolongs the lease, and ends the import with its last chunk."""
    now = timezone.now()
    changes: dict[str, Any] = {
        "bytes_done": chunk.offset,
        "rows_done": F("rows_done") + chunk.read,
        "created": F("created") + outcome.created,
        "updated": F("updated") + outcome.updated,
        "unchanged": F("unchanged") + outcome.unchanged,
        "refused": F("refused") + chunk.refused,
        "seconds": F("seconds") + seconds,
        "fruitless_attempts": 0,
        "leased_until": now + leases.lease_time(),
        "updated_at": now,
    }
    if chunk.is_last:
        changes |= {"state": State.SUCCEEDED, "finished_at": now, "rows_total": F("rows_done") + chunk.read}
        changes |= {"bytes_done": F("size"), "problem": "", "lease": None, "leased_until": None}
    Import.objects.filter(pk=job.pk).update(**changes)
