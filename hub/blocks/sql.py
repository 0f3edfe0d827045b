"""The `sql` block: one statement on the seeded catalogue, with its rows and the database's plan for it.

Each block starts from the seed and runs in a transaction that is rolled back, so none sees what another did. Options
stand in braces after the word `sql`:

- `rows`: how many rows the page shows, 10 by default.
- `engine`: `postgresql` for a statement that needs it; SQLite by default. The page shows its dated recording
  (`hub/blocks/recordings.py`).
- `raises`: the class of the database's error that the statement must end with, such as `{raises=IntegrityError}`.
- `volatile`: a regular expression of what may change in its rows from run to run.

An `output` block below holds the rows as `aligned` lines them up, or the error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import sqlparse

from hub.blocks.block import Block, BlockError, Given, Treatment
from hub.blocks.engine import OPTIONS, engine_of, volatile_of
from hub.blocks.python import expected_error
from hub.blocks.recordings import recall
from hub.blocks.render_sql import render_sql
from hub.capture_sql import Statement, capture_sql, sql_question, statement

FIRST_WORDS = ("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE")
ROWS = 10
MOST_ROWS = 100


def render(block: Block) -> str:
    """Return the HTML of the statement, its rows and its plan."""
    engine, volatile, rows = engine_of(block.options), volatile_of(block.options), number_of_rows(block.options)
    check = partial(check_error, expected_error(block.options))
    check_source(block.source)
    origin = ""
    if engine:
        recorded = recall(block, engine, sql_question(block.source, rows), volatile, lambda it: check(statement(it)))
        done, origin = statement(recorded.answer), recorded.origin
    else:
        done = capture_sql(block.source, rows)
        check(done)
    block.record.given[block] = Given(given_text(done), volatile)
    return render_sql(len(block.record.earlier(block.language)) + 1, engine, block.source, done, origin)


def given_text(done: Statement) -> str:
    """Return what the statement gave as one text: its rows, how many it changed, or its error."""
    if done.error:
        return f"{done.error.type}: {done.error.message}"
    if not done.columns:
        return changed(done.count)
    return "\n".join([*aligned(done), *([left_out(done)] if left_out(done) else [])])


def aligned(done: Statement) -> list[str]:
    """Return the names of the columns and the rows as lines, each column as wide as its widest value."""
    cells = [done.columns, *(["NULL" if value is None else value for value in row] for row in done.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(done.columns))]
    lines = [" | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)) for row in cells]
    return [lines[0].rstrip(), "-+-".join("-" * width for width in widths), *(line.rstrip() for line in lines[1:])]


def left_out(done: Statement) -> str:
    """Return how many rows there are besides those shown, in words; "" when there are none."""
    return f"({done.count} rows, {len(done.rows)} shown)" if done.count > len(done.rows) else ""


def changed(count: int) -> str:
    """Return how many rows a statement changed, in words."""
    return f"{count} {'row' if count == 1 else 'rows'} changed, then rolled back"


# What is written --------------------------------------------------------------------------------------------------


def number_of_rows(options: Mapping[str, str]) -> int:
    """Return how many rows to show. Raises BlockError."""
    rows = str(options.get("rows", ROWS))
    if not re.fullmatch(r"[1-9]\d{0,2}", rows) or int(rows) > MOST_ROWS:
        raise BlockError(f"rows={rows} is not a number from 1 to {MOST_ROWS}")
    return int(rows)


def check_source(source: str) -> None:
    """Raise BlockError, with the line, unless the block is one statement of a kind that can be rolled back."""
    statements = [part for part in sqlparse.split(source) if sqlparse.format(part, strip_comments=True).strip(" ;\n")]
    if not statements:
        raise BlockError("there is no statement in this block; write one, such as `SELECT name FROM catalog_product`")
    if len(statements) > 1:
        second = source.index(statements[1], source.index(statements[0]) + len(statements[0]))
        raise BlockError("a block holds one statement; put this one into another block", line_at(source, second))
    first = sqlparse.format(statements[0], strip_comments=True).split(maxsplit=1)[0].upper().strip("(")
    if first in FIRST_WORDS:
        return
    hint = ": the plan has a tab of its own, so leave EXPLAIN out" if first == "EXPLAIN" else ""
    known = f"{', '.join(FIRST_WORDS[:-1])} or {FIRST_WORDS[-1]}"
    line = line_at(source, source.upper().index(first))
    raise BlockError(f"a block begins with {known}, not with {first}{hint}", line)


def line_at(source: str, position: int) -> int:
    """Return the line of a character, from 1."""
    return source.count("\n", 0, position) + 1


def check_error(raises: str, done: Statement) -> None:
    """Raise BlockError, with the line of the statement, when it did not end as the block says."""
    error = done.error
    if (error.type if error else "") == raises:
        return
    said = f"the database answered {error.type}: {error.message}" if error else "the database raised nothing"
    raise BlockError(f"expected {raises}, {said}" if raises else said, error.line if error else 0)


TREATMENT = Treatment("asked of the database", render, {"rows": "20", "raises": "IntegrityError", **OPTIONS})
