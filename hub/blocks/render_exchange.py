"""The console as static HTML: a request, the recorded answer, and the SQL it ran, readable without JavaScript.

The request stands in tabs: as it is sent, and as text for other programs. `docs/assets/js/console.js` finds the block
by its classes, makes the request editable and adds *Run*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pygments.lexers import JsonLexer, YamlLexer

from hub.blocks.document import is_document
from hub.blocks.placeholders import Filled
from hub.capture import ACCOUNTS, Capture, Exchange, Request
from hub.render import code, colour, render_queries, render_tabs, tab_count
from hub.snippets import SNIPPETS, START_ADDRESS

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


@dataclass(frozen=True)
class Printed:
    """A request as the page prints it: its text, the pieces of it that earlier answers gave, how many it continues."""

    text: str
    filled: Sequence[Filled] = ()
    continues: int = 0


def render_exchange(printed: Printed, exchange: Exchange, show: tuple[str, ...], number: int) -> str:
    """Return the HTML of a console: the request as written and what the API answered. `number` is its on the page."""
    request, answer = exchange.request, exchange.answer
    panels = {
        "body": ("Body", render_body(answer)),
        "headers": (f"Headers {tab_count(len(answer.headers))}", code(render_headers(answer))),
        "sql": (f"SQL {tab_count(len(answer.queries))}", render_queries(answer.queries)),
    }
    continues = f' data-continues="{printed.continues}"' if printed.continues else ""
    return (
        f'<div class="nx-console"{account_attributes(request.account)}{continues}>'
        f'<div class="nx-console__request">{render_request(printed, request, f"request-{number}")}</div>'
        '<div class="nx-console__answer">'
        '<div class="nx-console__bar">'
        f"{render_status(answer)}"
        '<span class="nx-console__note">recorded while this page was built</span>'
        "</div>"
        f"{render_tabs(f'answer-{number}', [(name, *panels[name]) for name in show])}"
        "</div></div>"
    )


# The request -------------------------------------------------------------------------------------------------------


def render_request(printed: Printed, request: Request, group: str) -> str:
    """Return the request in tabs: as it is sent, and for other programs."""
    raw = marked(colour_request(printed.text), printed)
    label = "GraphQL" if is_document(printed.text) else "Request"
    panels = [("raw", label, f'<div class="nx-console__source">{code(raw)}</div>')]
    for name, (label, write) in SNIPPETS.items():
        snippet = write(request, START_ADDRESS, bool(request.account))
        panels.append((name, label, code(colour_snippet(name, snippet))))
    said = ", ".join(notes(printed.continues, request.account))
    beside = f'<span class="nx-console__who">{said}</span>' if said else ""
    return render_tabs(group, panels, beside=beside, found="raw")


def notes(continues: int, account: str) -> list[str]:
    """Return what a request needs beside its text, in words."""
    signed_in = [f"signed in as {ACCOUNTS[account][0]}"] if account else []
    above = "the request above" if continues == 1 else f"the {continues} requests above"
    return [*signed_in, *([f"continues {above}"] if continues else [])]


def account_attributes(account: str) -> str:
    """Return the attributes that tell the page's script which demo account to sign in with."""
    if not account:
        return ' data-account=""'
    username, password = ACCOUNTS[account]
    return f' data-account="{account}" data-username="{username}" data-password="{password}"'


def marked(html: str, printed: Printed) -> str:
    """Return coloured text with a mark around each piece that an earlier answer gave."""
    out, at = "", 0
    open_mark: Filled | None = None
    for token in re.findall(r"<[^>]*>|&[^;\s]+;|[^<&]|&", html):
        inside = next((piece for piece in printed.filled if piece.start <= at < piece.end), None)
        if open_mark and (inside is not open_mark or token.startswith("<")):
            out, open_mark = out + "</mark>", None
        if inside and not open_mark and not token.startswith("<"):
            out, open_mark = out + opening(inside, printed.continues), inside
        out += token
        at += not token.startswith("<")
    return out + ("</mark>" if open_mark else "")


def opening(piece: Filled, chain: int) -> str:
    """Return the start of a mark, which says where the value comes from."""
    what = f"the header {piece.name}" if piece.where == "header" else f"{piece.name} in the body"
    back = chain - piece.answer + 1
    whom = "of the answer above" if back == 1 else f"of the answer {back} requests above"
    source = f"{piece.answer}.{piece.where}.{piece.name}"
    return f'<mark class="nx-filled" data-from="{escape(source)}" title="{escape(f"{what} {whom}")}">'


def colour_snippet(name: str, text: str) -> str:
    """Return a snippet as HTML: what is quoted stands out. The page's script colours alike."""
    string = r"'(?:[^']|'\\'')*'" if name in ("curl", "httpie") else r'"(?:[^"\\]|\\.)*"'
    parts = re.split(f"({string})", text)
    return "".join(f'<span class="s2">{escape(part)}</span>' if n % 2 else escape(part) for n, part in enumerate(parts))


def colour_request(text: str) -> str:
    """Return a request as HTML: method, path, each query parameter, headers, and a JSON body; or a GraphQL document."""
    if is_document(text):
        return colour_document(text)
    head, blank, body = text.partition("\n\n")
    first, *headers = head.split("\n")
    method, space, target = first.partition(" ")
    lines = [f'<span class="nx-method">{escape(method)}</span>{space}{colour_target(target)}']
    lines += [colour_header(line) for line in headers]
    return "\n".join(lines) + blank + (colour(body, JsonLexer(stripnl=False)) if body else "")


WORDS = "query|mutation|subscription|fragment|on|true|false|null"
TOKEN = re.compile(rf'("(?:\\.|[^"\\\n])*"|#[^\n]*)|(\$\w+|@\w+)|\b({WORDS})\b|(-?\b\d+(?:\.\d+)?\b)')
KINDS = ("s2", "nv", "k", "mi")


def colour_document(text: str) -> str:
    """Return a GraphQL document and its variables as HTML. The page's script colours alike."""
    html, end = "", 0
    for found in TOKEN.finditer(text):
        kind = "c1" if found[0].startswith("#") else KINDS[(found.lastindex or 1) - 1]
        html += escape(text[end : found.start()]) + f'<span class="{kind}">{escape(found[0])}</span>'
        end = found.end()
    return html + escape(text[end:])


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


# The answer --------------------------------------------------------------------------------------------------------


def render_status(answer: Capture) -> str:
    """Return the status with the class of its hundred."""
    return (
        f'<span class="nx-status nx-status--{answer.status // 100}">'
        f"<b>{answer.status}</b> {escape(answer.reason)}</span>"
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
