"""A fenced block of a page, and what a treatment of blocks is.

SuperFences hands a formatter the text of a fence, its options and the Markdown instance. `Block` adds the page, what
was done on it so far, and the line, which is looked up only when there is something to report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from markdown import Markdown

from hub.capture import Exchange
from hub.render import render_error
from hub.source import Place, docs_folder, find_fence, page_path

# A child of MkDocs' logger: a strict build counts its warnings.
log = logging.getLogger("mkdocs.hub.blocks")


class BlockError(ValueError):
    """A block that cannot be treated as written; the message says what to write, `line` where in it (from 1)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Given:
    """What a block printed and gave, as text; what the regular expression `volatile` matches may change."""

    text: str
    volatile: str = ""


@dataclass
class PageRecord:
    """What was done with the blocks of one page so far, in order.

    A treatment that runs something puts what came out into `given`: an `output` block below is compared with it.
    """

    page: Path | None
    blocks: list[Block] = field(default_factory=list)
    given: dict[Block, Given] = field(default_factory=dict)
    broken: list[Block] = field(default_factory=list)
    not_run: list[tuple[Block, str]] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    exchanges: list[tuple[Block, Exchange]] = field(default_factory=list)
    """The requests that were answered as they should be, for those below that continue them."""

    @property
    def name(self) -> str:
        """The page's path below `docs/`, without its ending, such as `demo-api/python-cells`."""
        return self.page.relative_to(docs_folder(self.page)).with_suffix("").as_posix() if self.page else "page"

    def earlier(self, *languages: str) -> list[Block]:
        """Return the blocks of these languages that ran before."""
        skipped = [block for block, _ in self.not_run]
        return [block for block in self.blocks if block.language in languages and block not in skipped]


@dataclass(frozen=True, eq=False)
class Block:
    """One fenced block: `options` are those in braces, `nth` counts the blocks above with the same text."""

    language: str
    source: str
    options: Mapping[str, str]
    record: PageRecord
    nth: int = 0

    @property
    def place(self) -> Place:
        """File and line of the fence."""
        return find_fence(self.record.page, self.language, self.source, self.options, nth=self.nth)


Check = Callable[[Block], None]
"""Holds a block to what can be known without running it. Raises BlockError."""

Render = Callable[[Block], str]
"""Runs, checks or includes a block, and returns its HTML. Raises BlockError, or whatever went wrong."""


@dataclass(frozen=True)
class Treatment:
    """What the build does with the blocks of some languages.

    `does` completes "this block was ...". `options` holds, for each option, how it is written: `{"expect": "404"}`, or
    `{"example": ""}` for one without a value. `check` is all that is done with a block in a file beside the handbook,
    such as the README, and `check_not_run` with a block that is not run.
    """

    does: str
    render: Render
    options: Mapping[str, str] = field(default_factory=dict)
    check: Check | None = None
    check_not_run: Check | None = None


# Whoever renders a page makes a Markdown instance for it, and drops it afterwards.
_records: WeakKeyDictionary[Markdown, PageRecord] = WeakKeyDictionary()


def record_of(md: Markdown) -> PageRecord:
    """Return the record of the page that `md` renders now, an empty one when it is another page than before."""
    page = page_path(md)
    record = _records.get(md)
    if record is None or record.page != page:
        record = _records[md] = PageRecord(page)
    return record


def render_broken(block: Block, error: Exception) -> str:
    """Log what is wrong with a block, with file and line, which fails a strict build; return the box for its place."""
    block.record.broken.append(block)
    is_ours = type(error).__module__.startswith("hub.")
    message = str(error) if is_ours else f"{type(error).__name__}: {error}"
    place = block.place
    if isinstance(error, BlockError) and error.line:
        place = Place(place.path, place.line + error.line)
    log.warning("%s: %s", place, message, extra={"broken": error, "place": place})
    return render_error(str(place), message, block.source)
