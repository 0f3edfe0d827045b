"""Pieces of static HTML that consoles and cells share: tabs, code, SQL, and what stands for a broken block."""

from __future__ import annotations

import re
from html import escape

import sqlparse
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import (
    SqlLexer,
    TextLexer,
    find_lexer_class_by_name,
    find_lexer_class_for_filename,
)
from pygments.util import ClassNotFound


def render_tabs(group: str, panels: list[tuple[str, str, str]], *, beside: str = "", found: str = "") -> str:
    """Return panels under radio buttons, which switch without JavaScript and with the arrow keys.

    `beside` stands at the end of the row of labels. Search finds the text of the panel `found`, and of no other: the
    theme's search excludes an element until the first end tag of its name, so nothing in a panel may be a `section`.
    """
    inputs, labels, bodies = [], [], []
    for number, (name, label, body) in enumerate(panels):
        checked = " checked" if number == 0 else ""
        inputs.append(f'<input type="radio" name="{group}" id="{group}-{name}" value="{name}"{checked}>')
        labels.append(f'<label for="{group}-{name}">{label}</label>')
        excluded = "" if name == found else " data-search-exclude"
        bodies.append(f'<section class="nx-tabs__panel" data-panel="{name}"{excluded}>{body}</section>')
    return (
        f'<div class="nx-tabs">{"".join(inputs)}'
        f'<div class="nx-tabs__labels" data-search-exclude>{"".join(labels)}{beside}</div>'
        f'<div class="nx-tabs__panels">{"".join(bodies)}</div></div>'
    )


def render_queries(queries: tuple[str, ...], none: str = "This request ran no SQL.") -> str:
    """Return the SQL, one numbered block a statement; the sentence `none` when there is no statement."""
    if not queries:
        return f'<p class="nx-console__empty">{none}</p>'
    items = (f"<li>{code(colour(tidy_sql(sql), SqlLexer()))}</li>" for sql in queries)
    return f'<ol class="nx-queries">{"".join(items)}</ol>'


def tidy_sql(sql: str) -> str:
    """Return the statement with a line for each clause, and without the quotes around plain names."""
    # Split at string values, so that only names outside them lose their quotes.
    parts = re.split(r"('(?:[^']|'')*')", sql)
    parts[::2] = [re.sub(r'"([a-z_][a-z0-9_]*)"', r"\1", part) for part in parts[::2]]
    text: str = sqlparse.format("".join(parts).strip(), reindent=True, wrap_after=40)
    return text


def render_error(place: str, message: str, source: str) -> str:
    """Return the box that stands where a fence could not be run."""
    return (
        '<div class="nx-console nx-console--broken" role="alert">'
        f"<p><b>{escape(place)}</b><br>{escape(message)}</p>{code(escape(source.strip()))}</div>"
    )


def render_not_run(shown: str, reason: str) -> str:
    """Return a block that is shown and not run, with the reason."""
    return (
        f'<div class="nx-console nx-console--plain">{shown}'
        f'<p class="nx-console__reason">Not run here: {escape(reason.rstrip("."))}.</p></div>'
    )


# Highlighting ------------------------------------------------------------------------------------------------------


def code(inner: str) -> str:
    """Return coloured HTML as a block in the theme's own markup; it scrolls, so it can be reached by keyboard."""
    return f'<div class="highlight"><pre tabindex="0"><code>{inner}</code></pre></div>'


def colour(text: str, lexer: Lexer) -> str:
    """Return the text as HTML with the classes of Pygments."""
    html: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return html.rstrip("\n")


def lexer(language: str = "", file: str = "") -> Lexer:
    """Return the lexer of a language or of a file's name; one that colours nothing when there is none."""
    try:
        kind = find_lexer_class_by_name(language or "text") if not file else find_lexer_class_for_filename(file)
    except ClassNotFound:
        kind = None
    found: Lexer = (kind or TextLexer)(stripnl=False)
    return found


def tab_count(number: int) -> str:
    """Return the number that stands after the name of a tab."""
    return f'<span class="nx-tabs__count">{number}</span>'
