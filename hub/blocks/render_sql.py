"""A statement as static HTML, in the console's frame: its text, its rows as a table, and the plan in a tab."""

from __future__ import annotations

from html import escape

from pygments.lexers import SqlLexer

from hub.blocks.render_cell import BUILT
from hub.capture_sql import SqlError, Statement
from hub.engines import TITLES
from hub.render import code, colour, render_tabs, tab_count


def render_sql(number: int, engine: str, source: str, done: Statement, origin: str = "") -> str:
    """Return the HTML of a statement and what it did. `number` counts those of the page; `origin` is a recording's."""
    rows = ("rows", f"Rows {tab_count(done.count)}" if done.columns else "Result", render_rows(done))
    title = TITLES.get(engine, "SQLite")
    return (
        '<div class="nx-console nx-sql">'
        '<div class="nx-console__request nx-console__request--elsewhere">'
        f'<div class="nx-console__bar"><span class="nx-console__title">SQL on {title}</span></div>'
        f'<div class="nx-console__source">{code(colour(source.strip(), SqlLexer()))}</div></div>'
        '<div class="nx-console__answer"><div class="nx-console__bar">'
        f"{render_status(done)}"
        f'<span class="nx-console__note">{escape(origin or BUILT)}</span></div>'
        f"{render_tabs(f'sql-{number}', [rows, ('plan', 'Plan', render_plan(done, title))])}"
        "</div></div>"
    )


def render_status(done: Statement) -> str:
    """Return how it ended."""
    kind, word = ("5", done.error.type) if done.error else ("2", "done")
    line = f" in line {done.error.line}" if done.error and done.error.line else ""
    return f'<span class="nx-status nx-status--{kind}"><b>{escape(word)}</b>{line}</span>'


def render_rows(done: Statement) -> str:
    """Return the rows as a table, the database's error, or how many rows were changed."""
    if done.error:
        return render_error(done.error)
    if not done.columns:
        count = f"{done.count} {'row' if done.count == 1 else 'rows'}"
        return f'<p class="nx-console__empty">{count} changed, then rolled back.</p>'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in done.columns)
    body = "".join(f"<tr>{''.join(map(render_value, row))}</tr>" for row in done.rows)
    # A class of its own keeps the theme from framing it.
    table = f'<table class="nx-sql__table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="nx-sql__rows" tabindex="0">{table}</div>{render_left_out(done)}'


def render_value(value: str | None) -> str:
    """Return one value as a cell of the table; numbers stand to the right."""
    if value is None:
        return "<td><i>NULL</i></td>"
    is_number = value.removeprefix("-").replace(".", "", 1).isdigit()
    kind = ' class="nx-sql__number"' if is_number else ""
    return f"<td{kind}>{escape(value)}</td>"


def render_left_out(done: Statement) -> str:
    """Return how many rows are not shown."""
    if not done.count:
        return '<p class="nx-console__empty">No row.</p>'
    more = done.count - len(done.rows)
    return f'<p class="nx-console__empty">The first {len(done.rows)} of {done.count} rows.</p>' if more else ""


def render_error(error: SqlError) -> str:
    """Return what the database complained about."""
    text = f'<span class="nx-cell__message">{escape(error.type)}: {escape(error.message)}</span>'
    return f'<div class="nx-cell__error">{code(text)}</div>'


def render_plan(done: Statement, title: str) -> str:
    """Return the database's plan as it wrote it."""
    if not done.plan:
        return f'<p class="nx-console__empty">{title} has no plan for this statement.</p>'
    return f'<div class="nx-sql__plan">{code(escape(done.plan))}</div>'
