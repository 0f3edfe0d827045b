"""One statement of SQL on the catalogue, in a transaction that is rolled back. This runs in the worker's process."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection, transaction

from demo_api.nexus.trace import plan_of

Answer = dict[str, Any]


def run_statement(source: str, rows: int) -> Answer:
    """Run a statement; return at most so many of its rows, how many there are, and the database's plan for it.

    Gives `columns`, `rows` (lists of text, None for NULL), `count` (rows given, or changed when there are no columns),
    `plan` (lines in one text, empty where there is none) and `error` (`type`, `message` and `line` from 1, or None).
    """
    answer: Answer = {"columns": [], "rows": [], "count": 0, "plan": "", "error": None}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(source)
            answer |= result(cursor, rows)
            transaction.set_rollback(True)
        with transaction.atomic():
            answer["plan"] = plan(source)
            transaction.set_rollback(True)
    except DatabaseError as error:
        message = str(error).strip().partition("\n")[0]
        answer["error"] = {"type": type(error).__name__, "message": message, "line": line_of(error, source)}
    return answer


def result(cursor: Any, rows: int) -> Answer:
    """Return what the statement gave: some rows and their number, or the number of rows that it changed."""
    if not cursor.description:
        return {"count": max(0, cursor.rowcount)}
    found = cursor.fetchall()
    columns = [column[0] for column in cursor.description]
    return {"columns": columns, "rows": [[text(value) for value in row] for row in found[:rows]], "count": len(found)}


def text(value: Any) -> str | None:
    """Return a value as the page shows it; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | memoryview):
        return f"X'{bytes(value).hex()}'"
    return str(value)


def plan(source: str) -> str:
    """Return the plan: of SQLite its query plan, of PostgreSQL the nodes without costs, which no two machines share."""
    if connection.vendor == "sqlite":
        return "\n".join(plan_of(connection, without_comments(source), None))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE off, COSTS off) {source}")
        return "\n".join(line for (line,) in cursor.fetchall())


def without_comments(source: str) -> str:
    """Return a statement from its first word on: comments may stand before it."""
    return re.sub(r"\A(\s+|--[^\n]*\n|/\*.*?\*/)*", "", source, flags=re.S)


# Where it is wrong ------------------------------------------------------------------------------------------------


def line_of(error: DatabaseError, source: str) -> int:
    """Return the line that a database complains about, 0 when it does not say.

    PostgreSQL counts characters. SQLite names a word, and Python hands on no more.
    """
    position = getattr(getattr(error.__cause__, "diag", None), "statement_position", None)
    if position:
        return source.count("\n", 0, int(position) - 1) + 1
    named = re.search(r'near "(.+)": syntax error|no such (?:table|column|function): (\S+)', str(error))
    if not named:
        return source.rstrip().count("\n") + 1 if "incomplete input" in str(error) else 0
    word = named[1] or named[2]
    found = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", source))
    places = [match for match in found if fails_there(source[: match.end()], str(error))] or found
    return source.count("\n", 0, places[0].start()) + 1 if places else 0


def fails_there(start: str, message: str) -> bool:
    """Whether the beginning of a statement is already wrong in the same way: SQLite reads from the left."""
    raw = connection.connection
    if "syntax error" not in message or raw is None:
        return False
    cursor = raw.cursor()
    with suppress(Exception):
        try:
            cursor.execute(f"EXPLAIN {start}")
        except Exception as error:  # noqa: BLE001  # the database's own error, whichever module's
            return str(error) == message
        finally:
            cursor.close()
    return False
