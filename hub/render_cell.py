"""A program as static HTML: its lines, what it printed and gave or raised, and the SQL it ran.

`docs/assets/js/cells.js` finds the block by its classes, makes it editable and adds *Run*.
"""

from __future__ import annotations

from html import escape

from pygments.lexers import PythonLexer

from hub.capture import CellError, CellResult
from hub.render import code, colour, render_queries, render_tabs, tab_count

MOST_PRINTED = 20
"""Statements that are printed; a program that asks once for each row runs more, and each looks like the last."""


def render_cell(page: str, number: int, source: str, result: CellResult) -> str:
    """Return the HTML of a program and what it did. `number` counts the programs of the page, from 1."""
    panels = [
        ("output", "Result", render_result(result)),
        ("sql", f"SQL {tab_count(result.count)}", render_sql(result)),
    ]
    raises = f' data-raises="{escape(result.error.type)}"' if result.error else ""
    return (
        f'<div class="nx-console nx-cell" data-page="{escape(page)}" data-number="{number}"{raises}>'
        '<div class="nx-console__request">'
        f'<div class="nx-console__bar"><span class="nx-console__title">Python {number}</span></div>'
        f"{render_source(source)}"
        "</div>"
        '<div class="nx-console__answer nx-cell__result">'
        '<div class="nx-console__bar">'
        f"{render_status(result.error)}"
        f'<span class="nx-console__note">recorded while this page was built, {plural(result.count)}</span>'
        "</div>"
        f"{render_tabs(f'cell-{number}', panels)}"
        "</div></div>"
    )


def render_program(source: str, reason: str) -> str:
    """Return the HTML of a program that is shown and not run, with the reason."""
    return (
        '<div class="nx-console nx-cell nx-cell--plain">'
        f"{render_source(source)}"
        f'<p class="nx-cell__reason">Not run here: {escape(reason.rstrip("."))}.</p></div>'
    )


def render_source(source: str) -> str:
    """Return the program with a box for each line, which the stylesheet numbers."""
    lines = colour(source.strip("\n"), PythonLexer(stripnl=False)).split("\n")
    boxes = "".join(f'<span class="nx-line">{line}\n</span>' for line in lines)
    return f'<div class="nx-console__source nx-cell__source">{code(boxes)}</div>'


def render_status(error: CellError | None) -> str:
    """Return how the program ended."""
    kind, word = ("5", escape(error.type)) if error else ("2", "done")
    line = f" in line {error.line}" if error and error.line else ""
    return f'<span class="nx-status nx-status--{kind}"><b>{word}</b>{line}</span>'


def render_result(result: CellResult) -> str:
    """Return what the program printed, the value of its last line, and its traceback, as far as there are any."""
    parts = [
        f'<div class="nx-cell__output">{code(escape(result.output))}</div>' if result.output else "",
        f'<div class="nx-cell__value"><b>Value</b>{code(escape(result.value))}</div>' if result.value else "",
        f'<div class="nx-cell__error">{code(render_traceback(result.error))}</div>' if result.error else "",
    ]
    return (
        "".join(parts)
        or '<p class="nx-console__empty">The program printed nothing, and its last line has no value.</p>'
    )


def render_traceback(error: CellError) -> str:
    """Return the frames as they are, and the last line, which says what is wrong, apart."""
    frames, end, last = error.traceback.rpartition("\n")
    return f'{escape(frames + end)}<span class="nx-cell__message">{escape(last)}</span>'


def render_sql(result: CellResult) -> str:
    """Return the first statements, and how many more there are."""
    html = render_queries(result.queries[:MOST_PRINTED], "This program ran no SQL.")
    more = result.count - min(len(result.queries), MOST_PRINTED)
    return html + (
        f'<p class="nx-console__empty">And {more} more, which are not printed. Run the program to see them.</p>'
        if more > 0
        else ""
    )


def plural(queries: int) -> str:
    """Return the count in words."""
    return "1 query" if queries == 1 else f"{queries} queries"
