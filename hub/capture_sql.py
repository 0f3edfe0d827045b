"""Ask the seeded catalogue in SQL during the build, and keep exactly what the database answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.capture import ask


@dataclass(frozen=True)
class SqlError:
    """What the database complained about: `line` counts from 1 in the statement, 0 when it does not say."""

    type: str
    message: str
    line: int = 0


@dataclass(frozen=True)
class Statement:
    """What a statement did: `count` rows, of which `rows` holds the first; without columns, `count` rows changed."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    count: int
    plan: str
    error: SqlError | None = None


def capture_sql(source: str, rows: int) -> Statement:
    """Return what SQLite makes of a statement on the seeded catalogue. Raises CaptureError; an error is an answer."""
    return statement(ask(sql_question(source, rows)))


def sql_question(source: str, rows: int) -> dict[str, Any]:
    """Return what a worker is asked about a statement."""
    return {"kind": "sql", "source": source, "rows": rows}


def statement(answer: Mapping[str, Any]) -> Statement:
    """Return what a worker answered about a statement."""
    error = SqlError(**answer["error"]) if answer["error"] else None
    return Statement(answer["columns"], answer["rows"], answer["count"], answer["plan"], error)
