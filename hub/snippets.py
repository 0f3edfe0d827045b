"""A request as text for other programs: curl, HTTPie, JavaScript and Python.

`docs/assets/js/snippets.js` writes the same words for a request that the reader edited;
`tests/hub/test_request_blocks.py` compares the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from hub.capture import Request

START_ADDRESS = "http://localhost:8000"
"""Where `python scripts/nexus.py serve` serves: the address in what the build writes."""

Header = tuple[str, str]
Write = Callable[[Request, str, bool], str]
"""From a request, the address before its path, and whether a token belongs to it, to text."""

JSON_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|([{\[])|([}\]])|(,)|(:)|[^\s{}\[\],:"]+')


def as_curl(request: Request, base: str, needs_token: bool) -> str:
    """Return a command for a POSIX shell."""
    method = {"GET": "", "HEAD": "--head "}.get(request.method, f"-X {request.method} ")
    verbatim = "--globoff " if re.search(r"[\[\]{}]", request.target) else ""
    parts = [f"curl -i {method}{verbatim}{quoted(base + request.target)}"]
    parts += [f"-H {quoted(header_line(header))}" for header in with_token(request, needs_token)]
    parts += [f"--data-raw {quoted(request.body)}"] if request.body else []
    return " \\\n  ".join(parts)


def as_httpie(request: Request, base: str, needs_token: bool) -> str:
    """Return a command for a POSIX shell with HTTPie 3. https://httpie.io/docs/cli"""
    parts = [f"http {request.method} {quoted(base + request.target)}"]
    parts += [quoted(header_line(header)) for header in with_token(request, needs_token)]
    parts += [f"--raw {quoted(request.body)}"] if request.body else []
    return " \\\n  ".join(parts)


def as_fetch(request: Request, base: str, needs_token: bool) -> str:
    """Return a JavaScript module."""
    options = [f"  method: {text(request.method)},"]
    if headers := merged(with_token(request, needs_token)):
        lines = [f"    {text(name)}: {text(value)}," for name, value in headers]
        options += ["  headers: {", *lines, "  },"]
    if request.body:
        value = laid_out(request.body, {}, "  ")
        options.append(f"  body: {text(request.body) if value is None else f'JSON.stringify({value})'},")
    return "\n".join(
        [
            f"const response = await fetch({text(base + request.target)}, {{",
            *options,
            "});",
            "console.log(response.status, await response.text());",
        ]
    )


def as_python(request: Request, base: str, needs_token: bool) -> str:
    """Return a program that uses requests. https://requests.readthedocs.io/"""
    lines = [f"    {text(base + request.target)},"]
    if headers := merged(with_token(request, needs_token)):
        pairs = [f"        {text(name)}: {text(value)}," for name, value in headers]
        lines += ["    headers={", *pairs, "    },"]
    if request.body:
        value = laid_out(request.body, {"true": "True", "false": "False", "null": "None"}, "    ")
        lines.append(f"    data={text(request.body)}.encode()," if value is None else f"    json={value},")
    return "\n".join(
        [
            "import requests",
            "",
            f"response = requests.{request.method.lower()}(",
            *lines,
            "    timeout=10,",
            ")",
            "print(response.status_code, response.text)",
        ]
    )


SNIPPETS: dict[str, tuple[str, Write]] = {
    "curl": ("curl", as_curl),
    "httpie": ("HTTPie", as_httpie),
    "javascript": ("JavaScript", as_fetch),
    "python": ("Python", as_python),
}
"""The tabs beside the request, in order: name -> (label, how it is written)."""


# Parts ------------------------------------------------------------------------------------------------------------


def with_token(request: Request, needs_token: bool) -> list[Header]:
    """Return the headers, with a place for a token where one belongs and none stands there yet."""
    has_one = any(name.lower() == "authorization" for name, _ in request.headers)
    return [*request.headers, *([("Authorization", "Bearer YOUR_TOKEN")] if needs_token and not has_one else [])]


def merged(headers: Sequence[Header]) -> list[Header]:
    """Return the headers with one value a name (RFC 9110, section 5.3): a mapping holds no name twice."""
    found: dict[str, Header] = {}
    for name, value in headers:
        first = found.get(name.lower())
        found[name.lower()] = (first[0], f"{first[1]}, {value}") if first else (name, value)
    return list(found.values())


def header_line(header: Header) -> str:
    """Return a header as curl and HTTPie read it; a semicolon stands for an empty value, which a colon would remove."""
    name, value = header
    return f"{name}: {value}" if value else f"{name};"


def quoted(argument: str) -> str:
    """Return one argument for a POSIX shell."""
    return "'" + argument.replace("'", "'\\''") + "'"


def text(value: str) -> str:
    """Return a string as JSON, JavaScript and Python all write it."""
    written = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", written)


def laid_out(source: str, words: Mapping[str, str], indent: str) -> str | None:
    """Return JSON text with a line a member, in the words of another language; None for what is no JSON.

    Numbers stay as they were written: no language's own idea of them gets in between.
    """
    try:
        json.loads(source, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    out, depth, was_opened = "", 0, False
    for found in JSON_TOKEN.finditer(source):
        string, opening, closing, comma, colon = found.groups()
        depth -= 1 if closing else 0
        if was_opened != bool(closing):  # the first member, or what closes behind the last
            out += "\n" + indent * (depth + 1)
        out += text(json.loads(string)) if string else words.get(found[0], found[0])
        out += "\n" + indent * (depth + 1) if comma else " " if colon else ""
        depth += 1 if opening else 0
        was_opened = bool(opening)
    return out


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
