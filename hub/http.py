"""The `http` fence: a request in the page, answered by the real API while the page is built.

The fence holds a request line, headers, a blank line and a body, as in `GET /api/v1/products/`. Options stand in
braces after the word `http`, such as `{as=staff expect=201 show=body,sql}`:

- `as`: staff or customer; nobody by default.
- `expect`: a status; any 2xx or 3xx by default.
- `show`: which of body, headers and sql, in which order; all three by default.

What is wrong with a fence, an unexpected status included, is logged as a warning with file and line, which fails a
strict build, and shown in the page in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markdown import Markdown

from hub.capture import ACCOUNTS, Capture, Request, capture
from hub.fence import FenceError, render_broken
from hub.render import SECTIONS, render_exchange

LANGUAGE = "http"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Options:
    """The options of a fence, checked."""

    account: str = ""
    expect: int | None = None
    show: tuple[str, ...] = SECTIONS

    def accepts(self, status: int) -> bool:
        """Whether the status is the expected one."""
        return status == self.expect if self.expect else 200 <= status < 400


# SuperFences ------------------------------------------------------------------------------------------------------


def render_fence(source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any) -> str:
    """Return the HTML of the request and its recorded answer, or of the error in its place."""
    # SuperFences drops a fence whose formatter raises, without a word: nothing may leave this function.
    try:
        settled = parse_options(options)
        request = parse_request(source, settled.account)
        answer = capture(request)
        check_status(settled, answer)
        return render_exchange(source, request, answer, settled.show)
    except Exception as error:  # noqa: BLE001  # see above
        return render_broken(md, LANGUAGE, source, options, error)


def check_status(options: Options, answer: Capture) -> None:
    """Raise FenceError, with what the API said, when the status is not the expected one."""
    if options.accepts(answer.status):
        return
    expected = options.expect or "a success (2xx or 3xx)"
    said = answer.content.decode("utf-8", errors="replace")[:400]
    raise FenceError(f"expected {expected}, the API answered {answer.status} {answer.reason}: {said}")


# Parsing ----------------------------------------------------------------------------------------------------------


def parse_options(options: Mapping[str, Any]) -> Options:
    """Return the checked options of a fence; raises FenceError that names what is allowed."""
    unknown = sorted(set(options) - {"as", "expect", "show"})
    if unknown:
        raise FenceError(f"unknown option {unknown[0]!r}; an http fence takes as, expect and show")
    account = str(options.get("as", ""))
    if account and account not in ACCOUNTS:
        raise FenceError(f"as={account} is not known; write as={' or as='.join(ACCOUNTS)}")
    expect = str(options.get("expect", ""))
    if expect and not re.fullmatch(r"[1-5]\d\d", expect):
        raise FenceError(f"expect={expect} is not an HTTP status")
    show = tuple(part.strip() for part in str(options.get("show", ",".join(SECTIONS))).split(","))
    if not show or set(show) - set(SECTIONS) or len(set(show)) != len(show):
        raise FenceError(f"show={','.join(show)} is not known; choose from {','.join(SECTIONS)}")
    return Options(account, int(expect) if expect else None, show)


def parse_request(source: str, account: str = "") -> Request:
    """Return the request a fence spells: request line, headers, a blank line, body. Raises FenceError."""
    head, _, body = source.strip("\n").replace("\r\n", "\n").partition("\n\n")
    first, *rest = head.split("\n")
    method, _, target = first.strip().partition(" ")
    if method not in METHODS:
        raise FenceError(f"the first line must be a request such as `GET /api/v1/products/`, not {first!r}")
    if not target.startswith("/") or " " in target.strip():
        raise FenceError(f"{target!r} is not a path on this service; write one such as `/api/v1/products/`")
    headers = tuple(parse_header(line) for line in rest if line.strip())
    if body.strip() and "content-type" not in {name.lower() for name, _ in headers}:
        raise FenceError("a request with a body needs its Content-Type; add `Content-Type: application/json`")
    return Request(method, target.strip(), headers, body.strip(), account)


def parse_header(line: str) -> tuple[str, str]:
    """Return (name, value) of a header line; raises FenceError for anything else."""
    found = re.fullmatch(r"([A-Za-z0-9-]+):\s*(.*?)\s*", line)
    if not found:
        raise FenceError(f"{line!r} is not a header; write `Name: value`, and a blank line before the body")
    return found[1], found[2]
