"""The console as static HTML: a request, the recorded answer, and the SQL it ran, readable without JavaScript.

`docs/assets/js/console.js` finds the block by its classes and, where a live API serves the page, adds *Run*.
"""

from __future__ import annotations

import hashlib
import json
import re
from html import escape

import sqlparse
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import JsonLexer, SqlLexer, YamlLexer

from hub.capture import ACCOUNTS, Capture, Request

SECTIONS = ("body", "headers", "sql")
"""The parts of an answer a console can show, in the order it shows them."""

QUIET_HEADERS = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}
"""Headers that every answer carries for the browser's sake; they stand last."""


def render_exchange(source: str, request: Request, answer: Capture, show: tuple[str, ...]) -> str:
    """Return the HTML of a console: the request as written and what the API answered."""
    group = "console-" + hashlib.sha256(f"{source}{request.account}{show}".encode()).hexdigest()[:10]
    panels = {
        "body": ("Body", render_body(answer)),
        "headers": (f"Headers {tab_count(len(answer.headers))}", code(render_headers(answer))),
        "sql": (f"SQL {tab_count(len(answer.queries))}", render_queries(answer.queries)),
    }
    return (
        f'<div class="nx-console"{account_attributes(request.account)}>'
        f"{render_request(source, request)}"
        '<div class="nx-console__answer">'
        '<div class="nx-console__bar">'
        f"{render_status(answer)}"
        '<span class="nx-console__note">recorded while this page was built</span>'
        "</div>"
        f"{render_tabs(group, [(name, *panels[name]) for name in show])}"
        "</div></div>"
    )


def render_request(source: str, request: Request) -> str:
    """Return the request's half of a console."""
    who = f'<span class="nx-console__who">signed in as {ACCOUNTS[request.account][0]}</span>' if request.account else ""
    return (
        '<div class="nx-console__request">'
        f'<div class="nx-console__bar"><span class="nx-console__title">Request</span>{who}</div>'
        f'<div class="nx-console__source">{code(colour_request(source.strip()))}</div>'
        "</div>"
    )


def account_attributes(account: str) -> str:
    """Return the attributes that tell the page's script which demo account to sign in with."""
    if not account:
        return ' data-account=""'
    username, password = ACCOUNTS[account]
    return f' data-account="{account}" data-username="{username}" data-password="{password}"'


def render_status(answer: Capture) -> str:
    """Return the status with the class of its hundred."""
    return (
        f'<span class="nx-status nx-status--{answer.status // 100}">'
        f"<b>{answer.status}</b> {escape(answer.reason)}</span>"
    )


def render_tabs(group: str, panels: list[tuple[str, str, str]]) -> str:
    """Return panels under radio buttons, which switch without JavaScript and with the arrow keys."""
    inputs, labels, bodies = [], [], []
    for number, (name, label, body) in enumerate(panels):
        checked = " checked" if number == 0 else ""
        inputs.append(f'<input type="radio" name="{group}" id="{group}-{name}" value="{name}"{checked}>')
        labels.append(f'<label for="{group}-{name}">{label}</label>')
        bodies.append(f'<div class="nx-tabs__panel" data-panel="{name}">{body}</div>')
    return (
        f'<div class="nx-tabs" data-search-exclude>{"".join(inputs)}'
        f'<div class="nx-tabs__labels">{"".join(labels)}</div>'
        f'<div class="nx-tabs__panels">{"".join(bodies)}</div></div>'
    )


def render_body(answer: Capture) -> str:
    """Return the body: JSON indented and coloured, other text as it came, anything else by type and size."""
    if not answer.content:
        return '<p class="nx-console__empty">The answer has no body.</p>'
    if answer.media_type == "application/json" or answer.media_type.endswith("+json"):
        return code(colour(json.dumps(json.loads(answer.content), indent=2, ensure_ascii=False), JsonLexer()))
    if answer.media_type.startswith("text/") or "yaml" in answer.media_type:
        text = answer.content.decode("utf-8", errors="replace")
        return code(colour(text, YamlLexer()) if "yaml" in answer.media_type else escape(text))
    size = f"{len(answer.content):,} bytes of {escape(answer.media_type or 'unnamed type')}"
    return f'<p class="nx-console__empty">{size}.</p>'


def render_headers(answer: Capture) -> str:
    """Return the headers as coloured lines, those that every answer carries last."""
    lines = sorted(answer.headers, key=lambda header: header[0].lower() in QUIET_HEADERS)
    return "\n".join(colour_header(f"{name}: {value}") for name, value in lines)


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


# Highlighting ------------------------------------------------------------------------------------------------------


def code(inner: str) -> str:
    """Return coloured HTML as a block in the theme's own markup; it scrolls, so it can be reached by keyboard."""
    return f'<div class="highlight"><pre tabindex="0"><code>{inner}</code></pre></div>'


def colour(text: str, lexer: Lexer) -> str:
    """Return the text as HTML with the classes of Pygments."""
    html: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return html.rstrip("\n")


def colour_request(text: str) -> str:
    """Return a request as HTML: method, path, each query parameter, headers, and a JSON body."""
    head, blank, body = text.partition("\n\n")
    first, *headers = head.split("\n")
    method, space, target = first.partition(" ")
    lines = [f'<span class="nx-method">{escape(method)}</span>{space}{colour_target(target)}']
    lines += [colour_header(line) for line in headers]
    return "\n".join(lines) + blank + (colour(body, JsonLexer()) if body else "")


def colour_target(target: str) -> str:
    """Return path and query as HTML."""
    path, mark, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&")) if mark else ()
    coloured = "&amp;".join(
        f'<span class="nx-name">{escape(name)}</span>{equals}<span class="nx-value">{escape(value)}</span>'
        for name, equals, value in pairs
    )
    return f'<span class="nx-path">{escape(path)}</span>{mark}{coloured}'


def colour_header(line: str) -> str:
    """Return a header line as HTML."""
    name, colon, value = line.partition(":")
    return f'<span class="nx-name">{escape(name)}</span>{colon}<span class="nx-value">{escape(value)}</span>'


def tab_count(number: int) -> str:
    """Return the number that stands after the name of a tab."""
    return f'<span class="nx-tabs__count">{number}</span>'
