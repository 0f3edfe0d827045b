"""Tables as CSV, row by row: a million of them need no more memory than a hundred."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from demo_api.catalog.models import Product
from demo_api.imports.columns import COLUMNS
from demo_api.imports.formulas import guarded
from demo_api.imports.models import Import

BATCH = 500  # rows: asked from the database, and sent, together
ERROR_COLUMNS = ("row", "column", "message", "value")


def products() -> Iterator[str]:
    """The whole catalogue, inactive products too, in the columns that an import takes. One query, by a cursor."""
    found = Product.objects.order_by("slug").values_list(*COLUMNS[:-1], "category__slug")
    return csv_lines(COLUMNS, found.iterator(chunk_size=BATCH))


def row_errors(job: Import) -> Iterator[str]:
    """Every row error of the import, in the order of the rows."""
    return csv_lines(ERROR_COLUMNS, job.errors.values_list(*ERROR_COLUMNS).iterator(chunk_size=BATCH))


class Buffer(list[str]):
    """Collects what csv.writer writes."""

    write = list.append


def csv_lines(header: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """CSV (RFC 4180) in pieces of BATCH rows. No cell is a formula for whatever program opens it."""
    buffer = Buffer()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % BATCH == 0:
            yield "".join(buffer)
            buffer.clear()
    yield "".join(buffer)


def cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value
