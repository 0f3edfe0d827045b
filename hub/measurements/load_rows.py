"""`python -m hub.measurements.load_rows 100000 5`: times imports and raw COPYs on the database that POSTGRES_* names.

It empties the table of products, so it is for a server that is thrown away. Prints JSON: seconds of each, and the peak
of Python's memory, in bytes, while another import runs.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
import tracemalloc
import uuid
from io import BytesIO, StringIO
from typing import Any

import django

COLUMNS = ("slug", "name", "description", "price", "currency", "stock", "is_active", "category")
CATEGORIES = 20
DESCRIPTION = "A useful thing, made well, that lasts for years and can be mended. Comes in colour number {}."


def main(rows: int, rounds: int) -> None:
    """Take turns, and print what was found."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
    django.setup()
    ids = prepare()
    table = [row_of(number) for number in range(rows)]
    file = csv_text([COLUMNS, *table]).encode()
    raw = csv_text([raw_row(row, ids) for row in table])
    found: dict[str, Any] = {"import": [], "copy": []}
    for _ in range(rounds):
        found["copy"].append(seconds_of_copy(raw))
        found["import"].append(seconds_of_import(file, rows))
    tracemalloc.start()
    seconds_of_import(file, rows)
    found["peak"] = tracemalloc.get_traced_memory()[1]
    print(json.dumps(found))


def prepare() -> dict[str, int]:
    """The tables and the categories; give the ids of these."""
    from django.core.management import call_command

    from demo_api.catalog.models import Category

    call_command("migrate", verbosity=0)
    for number in range(CATEGORIES):
        Category.objects.get_or_create(slug=f"category-{number}", defaults={"name": f"Category {number}"})
    return dict(Category.objects.values_list("slug", "id"))


def row_of(number: int) -> list[str]:
    """A valid row. Slugs come in no order, as those of a shop would."""
    slug = f"thing-{number * 2_654_435_761 % 2**32:08x}-{number}"
    price, stock, category = f"{number % 9000}.{number % 100:02}", str(number % 500), f"category-{number % CATEGORIES}"
    return [slug, f"Thing number {number}", DESCRIPTION.format(number % 50), price, "EUR", stock, "true", category]


def raw_row(row: list[str], ids: dict[str, int]) -> list[Any]:
    """The same row with all that the table needs."""
    return [uuid.uuid4(), *row[:-1], ids[row[-1]], "", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z"]


def csv_text(rows: list[Any]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_product CASCADE")


def seconds_of_copy(raw: str) -> float:
    from django.db import connection, transaction

    empty()
    names = f"uuid, {', '.join(COLUMNS[:-1])}, category_id, image, created_at, updated_at"
    began = time.perf_counter()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f"COPY catalog_product ({names}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (image))") as copy,
    ):
        copy.write(raw)
    return time.perf_counter() - began


def seconds_of_import(file: bytes, rows: int) -> float:
    """From claiming the job to its end. Receiving the file is not in it, nor in the other."""
    from demo_api.imports import services

    empty()
    job, _ = services.start(user=None, stream=BytesIO(file), size=len(file), key=uuid.uuid4().hex)
    began = time.perf_counter()
    services.run(str(job.uuid))
    taken = time.perf_counter() - began
    job.refresh_from_db()
    if (job.state, job.created) != ("succeeded", rows):
        raise SystemExit(f"The import is {job.state}, with {job.created} rows created: {job.problem}")
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
