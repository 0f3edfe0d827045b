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
    """What was read: the rows that are right so far, each with its number, values and category, and the faults."""

    rows: list[tuple[int, list[Any], str]] = field(default_factory=list)
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
        resolve_categories(chunk, source.judge)
        outcome = loading.write(source.judge.columns, [values for _, values, _ in chunk.rows])
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
            refuse(chunk, source.place.row, [Fault("", str(cells), "")])
            continue
        values, faults = source.judge.values(cells)
        if faults:
            refuse(chunk, source.place.row, faults)
        else:
            chunk.rows.append((source.place.row, values, cells[source.judge.category]))
    if not room and next(source.rows, None) is not None:
        raise BadFile(f"The file has more than {MOST_ROWS} rows. Rows up to there are loaded; send the rest by itself.")
    chunk.offset = source.place.offset
    chunk.is_last = (chunk.read < most and chunk.read < room) or not room
    return chunk


def refuse(chunk: Chunk, row: int, faults: list[Fault]) -> None:
    chunk.refused += 1
    chunk.faults.extend((row, fault) for fault in faults)


def resolve_categories(chunk: Chunk, judge: Judge) -> None:
    """Puts each category's id behind the values of its rows, by one query; rows of unknown ones are refused."""
    wanted = {category for _, _, category in chunk.rows if "\0" not in category}
    known = dict(Category.objects.filter(slug__in=wanted).values_list("slug", "id"))
    accepted = []
    for row in chunk.rows:
        number, values, category = row
        if fault := category_fault(category, known):
            refuse(chunk, number, [fault])
        else:
            values.append(known[category])
            accepted.append(row)
    chunk.rows = accepted
    chunk.faults.sort(key=lambda found: found[0])


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
