"""The `markdown` block: Markdown that is shown as it is written and, with `{example}`, as what it becomes.

What it becomes is rendered with the page, by the same extensions: a preprocessor puts the text a second time below its
block, in a box. So the blocks inside are run like any other of the page, and their mistakes name the line in the page.
Without the option, the blocks inside are only held to having a treatment and options that it knows.
"""

from __future__ import annotations

import re
from typing import Any

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from hub.blocks.block import Block, BlockError, Treatment
from hub.blocks.plain import plain
from hub.source import EXAMPLE, fences, page_path

PRIORITY = 26
"""After directives (28), so that what they generate is seen; before SuperFences (25) takes the blocks away."""

BOX = '!!! example nx-example "It becomes"'


class ExamplePreprocessor(Preprocessor):
    """Puts the text of each example, to be rendered, below the block that shows it."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with what was put in."""
        if page_path(self.md) is None:
            return lines
        result: list[str] = []
        done = 0
        for fence in fences("\n".join(lines)):
            if fence.is_example:
                result += lines[done : fence.end]
                result += becoming(lines[fence.line - 1], lines[fence.line : fence.end - 1])
                done = fence.end
        return result + lines[done:]


def becoming(opening: str, inside: list[str]) -> list[str]:
    """Return the lines of the box, as far indented as the block."""
    indent = opening[: len(opening) - len(opening.lstrip())]
    return ["", f"{indent}{BOX}", "", *(f"    {line}" if line.strip() else "" for line in inside), ""]


def render(block: Block) -> str:
    """Return the source; what becomes of an example stands below it already."""
    check(block)
    return plain(block.source, block.language)


def check(block: Block) -> None:
    """Raise BlockError for a block inside that has no treatment, or an option that it does not know."""
    if block.options.get(EXAMPLE):
        raise BlockError("write {example}, without a value")
    if EXAMPLE in block.options:
        return  # its blocks are the page's own
    from hub.blocks import NOT_RUN, known_treatment, reason_of  # the table of treatments names this module

    for fence in fences(block.source):
        inner = Block(fence.language, "\n".join(fence.lines), fence.options, block.record)
        if fence.header and not re.fullmatch(r"\{[^{}]*\}", fence.header):
            raise BlockError(f"{fence.header}: write options in braces", fence.line)
        try:
            _ = reason_of(inner) if NOT_RUN in inner.options else known_treatment(inner)
        except BlockError as error:
            raise BlockError(str(error), fence.line) from None


TREATMENTS = {
    "markdown": Treatment("shown with what it becomes, or held to known blocks", render, {EXAMPLE: ""}, check=check),
}


class ExampleExtension(Extension):
    """The preprocessor, as an extension."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register it."""
        md.preprocessors.register(ExamplePreprocessor(md), "nexus-example", PRIORITY)


def makeExtension(**_: Any) -> ExampleExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return ExampleExtension()
