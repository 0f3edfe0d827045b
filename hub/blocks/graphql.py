"""The `graphql` fence: a GraphQL document in the page, answered by the real API while the page is built.

The fence holds the document. Its variables, a JSON object, may stand below it after an empty line. Options stand in
braces after the word `graphql`, as in the `http` fence (hub/blocks/http.py), and one means something of its own:

- `expect`: the word errors, when the answer must hold errors, or a status; a success without errors by default.

What is wrong with a fence is logged with file and line, which fails a strict build, and shown in the page in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSyntaxError, parse

from hub.blocks import http
from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.document import split_document
from hub.blocks.render_exchange import render_exchange
from hub.capture import Capture, Request

ERRORS = "errors"
PATH = "/graphql/"


@dataclass(frozen=True)
class Options(http.Options):
    """The options of a fence, checked."""

    errors: bool = False

    def accepts(self, status: int) -> bool:
        """Whether the status is the expected one. A document that is refused is answered with 400."""
        return super().accepts(status) or (self.errors and status == 400)


def render(block: Block) -> str:
    """Return the HTML of the document and its recorded answer."""
    settled = parse_options(block.options)
    exchange, printed = http.ask(block, settled, parse_document)
    check_errors(settled, exchange.answer)
    return render_exchange(printed, exchange, settled.show, len(block.record.exchanges))


def parse_options(options: Mapping[str, Any]) -> Options:
    """Return the checked options of a fence; raises BlockError that names what is allowed."""
    expects_errors = options.get("expect") == ERRORS
    others = {name: value for name, value in options.items() if not (expects_errors and name == "expect")}
    return Options(**vars(http.parse_options(others)), errors=expects_errors)


def parse_document(source: str, account: str = "") -> Request:
    """Return the request that a document is sent in. Raises BlockError for what is neither GraphQL nor JSON."""
    document, variables = split_document(source)
    if not document:
        raise BlockError("this block is empty; write a document such as `{ products { edges { node { name } } } }`")
    try:
        parse(document)
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 0
        raise BlockError(f"this is no GraphQL: {error.message}", line) from None
    body = {"query": document} | ({"variables": json.loads(variables)} if variables else {})
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return Request("POST", PATH, (("Content-Type", "application/json"),), text, account)


def check_errors(options: Options, answer: Capture) -> None:
    """Raise BlockError, with what the API said, when there are errors and should be none, or the other way round."""
    if options.expect is not None:
        return
    said = answer.content.decode("utf-8", errors="replace")[:400]
    has_errors = "errors" in json.loads(answer.content)
    if has_errors and not options.errors:
        raise BlockError(f"the answer holds errors; mend the document, or write {{expect={ERRORS}}}: {said}")
    if options.errors and not has_errors:
        raise BlockError(f"expect={ERRORS}, and the answer holds none: {said}")


def check(block: Block) -> None:
    """Raise BlockError for an option or a document that is wrong whatever the API says."""
    parse_options(block.options)
    parse_document(block.source)


TREATMENT = Treatment(
    "asked of the API in GraphQL",
    render,
    {"expect": "errors", "as": "staff", "show": "body,sql", "continues": ""},
    check=check,
)
