"""Rows into the catalogue: created or updated by slug. What is the same already is not written."""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from demo_api.catalog.models import Product
from demo_api.catalog.version import catalogue_changed

Row = list[Any]  # the values of the import's columns in their order, and the category's id at the end
STAGING = "import_staging"
# What a new product gets where the file has no such column, as SQL; an old one keeps its own.
DEFAULTS = {"description": "''", "currency": "'EUR'", "stock": "0", "is_active": "true"}


@dataclass
class Outcome:
    """How many rows made a product, changed one, or found it as it should be."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


def write(columns: list[str], rows: list[Row]) -> Outcome:
    """Writes rows as if one after the other, so that the last one of a slug wins wherever a chunk ends.

    One statement cannot touch a product twice: the first row of each slug goes first, and then the last one, where it
    is another. `columns` are those of the values, without the category. Call it in a transaction.
    """
    slug = columns.index("slug")
    firsts: dict[str, Row] = {}
    lasts: dict[str, Row] = {}
    later = Outcome()
    for row in rows:
        before = lasts.get(row[slug])
        if before is None:
            firsts[row[slug]] = row
        elif before == row:
            later.unchanged += 1
        else:
            later.updated += 1
        lasts[row[slug]] = row
    catalogue_changed()
    outcome = upsert(columns, list(firsts.values()))
    if len(firsts) < len(rows):
        upsert(columns, [row for key, row in lasts.items() if row != firsts[key]])
    return Outcome(outcome.created, outcome.updated + later.updated, outcome.unchanged + later.unchanged)


def upsert(columns: list[str], rows: list[Row]) -> Outcome:
    """Writes rows of different slugs in the fastest way that the database has."""
    if not rows:
        return Outcome()
    if connection.vendor == "postgresql":
        return copy_and_upsert(columns, rows)
    return compare_and_upsert(columns, rows)


# PostgreSQL: COPY into a staging table, then one statement ---------------------------------------------------------


# section: copy-and-upsert
def copy_and_upsert(columns: list[str], rows: list[Row]) -> Outcome:
    """https://www.postgresql.org/docs/current/sql-copy.html, and INSERT ... ON CONFLICT."""
    names = [*columns, "category_id"]
    text = StringIO()
    csv.writer(text).writerows(rows)  # its lines end in CRLF, so that it quotes cells with either of the two
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STAGING} ON COMMIT DROP AS SELECT {', '.join(names)} FROM catalog_product LIMIT 0"  # noqa: S608 (our own names)
        )
        not_null = ", ".join(names)  # an empty cell is an empty text
        with cursor.copy(f"COPY {STAGING} ({not_null}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({not_null}))") as copy:
            copy.write(text.getvalue())
        cursor.execute(upsert_statement(names), {"now": timezone.now()})
        created, updated = cursor.fetchone()
        cursor.execute(f"DROP TABLE {STAGING}")
    return Outcome(created, updated, len(rows) - created - updated)


def upsert_statement(names: list[str]) -> str:
    """One INSERT for the whole staging table, in the order of slugs, so that two imports never wait in a circle.

    `xmax` is 0 in a row that this statement made, and not in one that it changed.
    """
    written = [*names, *(name for name in DEFAULTS if name not in names)]
    values = [f"row.{name}" for name in names] + [DEFAULTS[name] for name in written[len(names) :]]
    changeable = [name for name in names if name != "slug"]
    old = ", ".join(f"product.{name}" for name in changeable)
    new = ", ".join(f"row.{name}" for name in changeable)
    return f"""
        WITH loaded AS (
            INSERT INTO catalog_product AS product
                ({", ".join(written)}, uuid, image, created_at, updated_at)
            SELECT {", ".join(values)}, gen_random_uuid(), '', %(now)s, %(now)s
            FROM {STAGING} AS row
            WHERE coalesce(
                (SELECT ({old}) IS DISTINCT FROM ({new}) FROM catalog_product AS product WHERE product.slug = row.slug),
                true
            )
            ORDER BY row.slug
            ON CONFLICT (slug) DO UPDATE
            SET {", ".join(f"{name} = excluded.{name}" for name in changeable)}, updated_at = excluded.updated_at
            WHERE ({old}) IS DISTINCT FROM ({new.replace("row.", "excluded.")})
            RETURNING (xmax = 0) AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM loaded
    """  # noqa: S608 (names of columns, from the model; every value comes from the staging table)


# end section


# SQLite: compare, then upsert in bulk -------------------------------------------------------------------------------


def compare_and_upsert(columns: list[str], rows: list[Row]) -> Outcome:
    """The transaction holds SQLite's only write lock, so what was compared is still so when it is written."""
    names = [*columns, "category_id"]
    by_slug = {row[columns.index("slug")]: row for row in rows}
    found = {row[-1]: list(row[:-1]) for row in Product.objects.filter(slug__in=by_slug).values_list(*names, "slug")}
    changed = [row for slug, row in by_slug.items() if found.get(slug) != row]
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.executemany(bulk_statement(names), [(*row, uuid4().hex, now, now) for row in changed])
    created = len(rows) - len(found)
    return Outcome(created, len(changed) - created, len(found) - len(changed) + created)


def bulk_statement(names: list[str]) -> str:
    """One INSERT, prepared once for all rows. https://www.sqlite.org/lang_upsert.html"""
    defaults = {name: value for name, value in DEFAULTS.items() if name not in names}
    changes = [f"{name} = excluded.{name}" for name in (*names, "updated_at") if name != "slug"]
    return f"""
        INSERT INTO catalog_product ({", ".join((*names, "uuid", "created_at", "updated_at", "image", *defaults))})
        VALUES ({", ".join(["%s"] * (len(names) + 3))}, {", ".join(("''", *defaults.values()))})
        ON CONFLICT (slug) DO UPDATE SET {", ".join(changes)}
    """  # noqa: S608 (names of columns, from the model; every value is a parameter)
