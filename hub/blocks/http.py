"""The `http` fence: a request in the page, answered by the real API while the page is built.

The fence holds a request line, headers, a blank line and a body, as in `GET /api/v1/products/`. Options stand in
braces after the word `http`, such as `{as=staff expect=201 show=body,sql}`:

- `as`: staff or customer; nobody by default.
- `expect`: a status; any 2xx or 3xx by default.
- `show`: which of body, headers and sql, in which order; all three by default.
- `continues`: this request finds what the http blocks above it left in the database, back to the last one without this
  option, and may use values of their answers, such as `{{header.ETag}}` (hub/blocks/placeholders.py).

What is wrong with a fence, an unexpected status included, is logged as a warning with file and line, which fails a
strict build, and shown in the page in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.placeholders import Filled, check_none, fill
from hub.blocks.render_exchange import SECTIONS, Printed, render_exchange
from hub.capture import ACCOUNTS, Capture, Exchange, Request, capture

Parse = Callable[[str, str], Request]
REQUESTS = ("http", "graphql")  # the blocks that ask, and may continue one another
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Options:
    """The options of a fence, checked."""

    account: str = ""
    expect: int | None = None
    show: tuple[str, ...] = SECTIONS
    continues: bool = False

    def accepts(self, status: int) -> bool:
        """Whether the status is the expected one."""
        return status == self.expect if self.expect else 200 <= status < 400


# From block to page ------------------------------------------------------------------------------------------------


def render(block: Block) -> str:
    """Return the HTML of the request and its recorded answer."""
    settled = parse_options(block.options)
    exchange, printed = ask(block, settled)
    return render_exchange(printed, exchange, settled.show, len(block.record.exchanges))


def ask(block: Block, settled: Options, parse: Parse | None = None) -> tuple[Exchange, Printed]:
    """Return the request of a block with its answer, and the request as it is printed. `parse` reads its text.

    Raises BlockError for a request that cannot be read or was not answered as expected; CaptureError without an API.
    """
    chain = chain_above(block) if settled.continues else []
    source, filled = filled_in(block.source.strip("\n"), chain, continues=settled.continues)
    request = (parse or parse_request)(source, settled.account)
    exchange = Exchange(request, capture(request, *chain))
    check_status(settled, exchange.answer)
    block.record.exchanges.append((block, exchange))
    return exchange, Printed(source, filled, len(chain))


def chain_above(block: Block) -> list[Exchange]:
    """Return what a block continues, the one that starts with the seed first. Raises BlockError without any."""
    chain: list[Exchange] = []
    answered = {id(asked): exchange for asked, exchange in block.record.exchanges}
    for above in reversed(block.record.earlier(*REQUESTS)):
        if id(above) not in answered:
            raise BlockError(f"this continues the request in {above.place}, which has to be mended first")
        chain.insert(0, answered[id(above)])
        if "continues" not in above.options:
            return chain
    raise BlockError("there is no request above on this page to continue; leave out the option continues")


def filled_in(source: str, chain: Sequence[Exchange], *, continues: bool) -> tuple[str, list[Filled]]:
    """Return the request with the values of earlier answers in it. Raises BlockError."""
    if not continues:
        check_none(source)
        return source, []
    return fill(source, [exchange.answer for exchange in chain])


def check_status(options: Options, answer: Capture) -> None:
    """Raise BlockError, with what the API said, when the status is not the expected one."""
    if options.accepts(answer.status):
        return
    expected = options.expect or "a success (2xx or 3xx)"
    said = answer.content.decode("utf-8", errors="replace")[:400]
    raise BlockError(f"expected {expected}, the API answered {answer.status} {answer.reason}: {said}")


# Parsing ----------------------------------------------------------------------------------------------------------


def parse_options(options: Mapping[str, Any]) -> Options:
    """Return the checked options of a fence; raises BlockError that names what is allowed."""
    account = str(options.get("as", ""))
    if account and account not in ACCOUNTS:
        raise BlockError(f"as={account} is not known; write as={' or as='.join(ACCOUNTS)}")
    expect = str(options.get("expect", ""))
    if expect and not re.fullmatch(r"[1-5]\d\d", expect):
        raise BlockError(f"expect={expect} is not an HTTP status")
    show = tuple(part.strip() for part in str(options.get("show", ",".join(SECTIONS))).split(","))
    if not show or set(show) - set(SECTIONS) or len(set(show)) != len(show):
        raise BlockError(f"show={','.join(show)} is not known; choose from {','.join(SECTIONS)}")
    if options.get("continues") is not None:  # a word without a value has None
        raise BlockError(f"continues={options['continues']} is not known; write the word continues without a value")
    return Options(account, int(expect) if expect else None, show, "continues" in options)


def parse_request(source: str, account: str = "") -> Request:
    """Return the request a fence spells: request line, headers, a blank line, body. Raises BlockError."""
    head, _, body = source.strip("\n").replace("\r\n", "\n").partition("\n\n")
    first, *rest = head.split("\n")
    method, _, target = first.strip().partition(" ")
    if method not in METHODS:
        raise BlockError(f"the first line must be a request such as `GET /api/v1/products/`, not {first!r}")
    if not target.startswith("/") or " " in target.strip():
        raise BlockError(f"{target!r} is not a path on this service; write one such as `/api/v1/products/`")
    headers = tuple(parse_header(line) for line in rest if line.strip())
    if body.strip() and "content-type" not in {name.lower() for name, _ in headers}:
        raise BlockError("a request with a body needs its Content-Type; add `Content-Type: application/json`")
    return Request(method, target.strip(), headers, body.strip(), account)


def parse_header(line: str) -> tuple[str, str]:
    """Return (name, value) of a header line; raises BlockError for anything else."""
    found = re.fullmatch(r"([A-Za-z0-9-]+):\s*(.*?)\s*", line)
    if not found:
        raise BlockError(f"{line!r} is not a header; write `Name: value`, and a blank line before the body")
    return found[1], found[2]


TREATMENT = Treatment("asked of the API", render, {"expect": "404", "as": "staff", "show": "body,sql", "continues": ""})
