"""The `output` block: what the block directly above it is expected to print and give.

One rule says what that is. For a program: all it printed, then the value of its last line when it has one, then the
last line of the traceback when it ends with an error. For SQL: the rows as the page lines them up. A treatment leaves
that text in `PageRecord.given`.

Compared are the lines without white space at their ends, and without empty lines before and after them. A difference
is an error at the line of this block; `python scripts/nexus.py docs --update` writes what came out. The page shows
what came out with the block above, so this block itself is not shown.
"""

from __future__ import annotations

import difflib
import re

from hub.blocks.block import Block, BlockError, Given, Treatment
from hub.source import Fence, Place, every_fence

COMPARED = "<!-- compared with what the block above gives -->"
MOST_LINES = 12
"""Lines of a difference that a message holds."""


class StaleOutput(BlockError):
    """The block above gives something else: `given` is what it gives, `written` what the block holds."""

    def __init__(self, written: str, given: str) -> None:
        super().__init__(
            "the block above gives something else; mend it, or write this with "
            "`python scripts/nexus.py docs --update`:\n" + difference(written, given)
        )
        self.written = written
        self.given = given


def render(block: Block) -> str:
    """Return a comment for the block's place. Raises BlockError, StaleOutput among them."""
    above = block_above(block)
    if above in block.record.broken:  # that says enough
        return COMPARED
    given = given_by(above)
    if same(block.source, given.text, given.volatile):
        return COMPARED
    raise StaleOutput(tidy(block.source), tidy(given.text))


# What stands above ------------------------------------------------------------------------------------------------


def block_above(block: Block) -> Block:
    """Return the block that this one belongs to. Raises BlockError when there is something between them, or none."""
    blocks = block.record.blocks
    if not blocks or not is_directly_below(block.place):
        raise BlockError(
            "an output block stands directly below the block that gives it, with nothing but empty lines between"
        )
    return blocks[-1]


def given_by(above: Block) -> Given:
    """Return what a block gave. Raises BlockError when it is none that gives something."""
    if any(above is other for other, _ in above.record.not_run):
        raise BlockError("the block above is not run, so it gives nothing; remove this output or run that block")
    if above not in above.record.given:
        raise BlockError(
            f"a block in {above.language} gives no output to compare; write what ran in it, or remove this block"
        )
    return above.record.given[above]


def is_directly_below(place: Place) -> bool:
    """Whether there is nothing but empty lines between the fence at this place and the end of the one before."""
    text = place.path.read_text(encoding="utf-8") if place.path.is_file() else ""
    before: Fence | None = None
    for fence in every_fence(text):
        if fence.line == place.line:
            is_below = before is not None and before.end < fence.line  # an example holds its own blocks
            between = text.splitlines()[before.end : fence.line - 1] if before and is_below else ["none"]
            return not any(line.strip(" \t>") for line in between)
        before = fence
    return True  # brought in from a file of another kind: its order is all that is known


# Comparing --------------------------------------------------------------------------------------------------------


def same(written: str, given: str, volatile: str = "") -> bool:
    """Whether two texts agree by the rule above; what `volatile` matches counts as one and the same word."""
    one, other = tidy(written), tidy(given)
    if volatile:
        one, other = re.sub(volatile, "…", one), re.sub(volatile, "…", other)
    return one == other


def tidy(text: str) -> str:
    """Return a text as it is compared and written. Markdown reads a tab as spaces to the next fourth column."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.expandtabs(4).rstrip() for line in lines).strip("\n")


def difference(written: str, given: str) -> str:
    """Return a short unified diff, indented so that it reads as a part of its message."""
    names = ("in the page", "given by the block above")
    lines = list(difflib.unified_diff(written.split("\n"), given.split("\n"), *names, lineterm="", n=1))
    more = len(lines) - MOST_LINES
    shown = lines[:MOST_LINES] + ([f"... and {more} more lines"] if more > 0 else [])
    return "\n".join(f"  {line}" for line in shown)


TREATMENT = Treatment("compared with what came out", render)
