"""Write what examples give into the handbook: `python -m hub docs --update`.

Every page that holds such blocks is rendered, as in a build but without the site around it. An `output` block that no
longer holds what the block above it gives is rewritten in its file. Where an engine is, the recordings made on it are
taken anew, those that are missing or no longer true are written, and those that no block shows are removed. Nothing
else changes. A file is replaced in one step, and only while it holds what was read from it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from mkdocs.config import load_config
from mkdocs.structure.files import get_files
from mkdocs.structure.pages import Page

from hub.blocks.output import StaleOutput, tidy
from hub.blocks.recordings import FOLDER, Ask, Session, on_engines, unused
from hub.build import CONFIG_FILE, collected_messages
from hub.engines import TITLES
from hub.engines.live import engines_here
from hub.files import replace
from hub.source import Place, display_path, every_fence

ATTEMPTS = 3  # another run, or an editor, may save a file while the blocks run
MAY_GIVE = re.compile(r"^[\s>]*(`{3,}|~{3,})[ \t]*\.?output|engine *=|--8<--", re.M)
"""What a page holds when a block on it may have an output or a recording: a snippet may bring either in."""


@dataclass
class Found:
    """What is wrong with blocks: outputs to write, each with its place, what a person must mend, and what was not
    written because its file changed after it was read."""

    stale: list[tuple[Place, StaleOutput]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


def update(config_file: Path = CONFIG_FILE) -> int:
    """Rewrite what is stale and print each place; return 0, or 1 when a block cannot be run or written."""
    docs = config_file.parent / "docs"
    changed: list[str] = []
    with engines_wanted(docs) as (engines, missing), on_engines(engines, write=True) as session:
        for _ in range(ATTEMPTS):
            found = render_pages(config_file)
            changed += write_outputs(found)
            if not found.moved:
                break
    changed += recordings_done(docs, session, found)
    broken = found.broken + found.moved
    absent = [f"{TITLES[name]}: no recording was taken anew ({why})." for name, why in missing.items()]
    nothing = [] if changed or broken else ["Nothing to update."]
    print("".join(f"{line}\n" for line in [*changed, *absent, *nothing]), end="")
    print("".join(f"{line}\n" for line in broken), end="", file=sys.stderr)
    return 1 if broken else 0


@contextmanager
def engines_wanted(docs: Path) -> Iterator[tuple[dict[str, tuple[str, Ask]], dict[str, str]]]:
    """Give what `engines_here` gives; when no page needs an engine, none is started."""
    with engines_here() if names_engine(docs) else nullcontext() as found:
        yield found or ({}, {})


def names_engine(docs: Path) -> bool:
    """Whether a page may need an engine, or a recording may have lost its block."""
    pages = (path.read_text(encoding="utf-8") for path in docs.rglob("*.md"))
    return any((docs / FOLDER).rglob("*.json")) or any(re.search(r"engine *=", text) for text in pages)


def recordings_done(docs: Path, session: Session, found: Found) -> list[str]:
    """Return what was written; remove the recordings that no block shows, when every block was seen."""
    done = [f"{display_path(file)}: {recording.origin}" for file, recording in session.written]
    if not session.engines or found.broken or found.moved:
        return done
    for file in unused(docs, session.used):
        file.unlink()
        done.append(f"{display_path(file)}: removed, for no block shows it")
    return done


# Rendering --------------------------------------------------------------------------------------------------------


def render_pages(config_file: Path) -> Found:
    """Render every page that may hold outputs or recordings, and return what is wrong with its blocks."""
    config = load_config(config_file=str(config_file), plugins=[])
    files = get_files(config)
    with collected_messages(), complaints() as found:
        for file in files.documentation_pages():
            if MAY_GIVE.search(file.content_string):
                page = Page(None, file, config)
                page.read_source(config)
                page.render(config, files)
    return found


@contextmanager
def complaints() -> Iterator[Found]:
    """Collect what is wrong with blocks, as they say it themselves."""
    handler = Complaints()
    logger = logging.getLogger("mkdocs.hub.blocks")
    logger.addHandler(handler)
    try:
        yield handler.found
    finally:
        logger.removeHandler(handler)


class Complaints(logging.Handler):
    """Keeps the errors of blocks, those that can be written apart."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found = Found()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one error."""
        error = getattr(record, "broken", None)
        if isinstance(error, StaleOutput):
            self.found.stale.append((vars(record)["place"], error))
        else:
            self.found.broken.append(record.getMessage())


# Writing ----------------------------------------------------------------------------------------------------------


def write_outputs(found: Found) -> list[str]:
    """Rewrite the stale blocks of each file; return their places, and note as broken what could not be written."""
    by_file: dict[Path, dict[int, StaleOutput]] = defaultdict(dict)
    for place, error in found.stale:
        known = by_file[place.path].setdefault(place.line, error)
        if known.given != error.given:
            found.broken.append(f"{place}: two pages show this block and give different outputs; write it in each")
    done: list[str] = []
    for path, stale in by_file.items():
        before = path.read_bytes()
        text, places, lost = rewritten(before.decode("utf-8"), stale)
        if places and not replace(path, text.encode("utf-8"), expected=before):
            found.moved.append(f"{display_path(path)}: changed meanwhile; run this again")
            continue
        done += [f"{Place(path, line)}: updated" for line in places]
        found.moved += [
            f"{Place(path, line)}: this block was not found as it was run; write it by hand" for line in lost
        ]
    return done


def rewritten(text: str, stale: dict[int, StaleOutput]) -> tuple[str, list[int], list[int]]:
    """Return a text with other outputs in the fences at these lines, the lines as they are then, and those not found.

    Line endings, indentation and quotation marks stay as the opening fence has them.
    """
    lines = text.splitlines(keepends=True)
    result, places, at = [], [], 0
    left = dict(stale)
    for fence in every_fence(text):
        inside = lines[fence.line : fence.end - 1]
        if fence.line not in left or fence.language != "output" or fence.end > len(lines):
            continue
        opening, closing = lines[fence.line - 1], lines[fence.end - 1]
        indent = re.match(r"[\s>]*", opening)[0]  # type: ignore[index]  # it matches nothing too
        error = left[fence.line]
        if tidy("\n".join(without(indent, line) for line in inside)) != error.written:
            continue
        del left[fence.line]
        result += [*lines[at : fence.line - 1]]
        places.append(len(result) + 1)
        result += block(opening, closing, indent, error.given)
        at = fence.end
    return "".join([*result, *lines[at:]]), places, sorted(left)


def without(indent: str, line: str) -> str:
    """Return a line as the fence holds it: without as much of the indentation as it has, and without its ending."""
    text = line.rstrip("\r\n")
    return text.removeprefix(indent) if text.startswith(indent) else text.lstrip(" \t>")


def block(opening: str, closing: str, indent: str, given: str) -> list[str]:
    """Return the lines of an output block. Its fence grows when the output holds one as long."""
    ending = opening[len(opening.rstrip("\r\n")) :] or "\n"
    fence = re.match(r"[`~]+", opening[len(indent) :])[0]  # type: ignore[index]  # `fences` found one
    runs = [len(run) for run in re.findall(rf"^\s*({re.escape(fence[0])}+)\s*$", given, re.M)]
    longer = fence[0] * max([len(fence), *(run + 1 for run in runs)])
    lines = [(indent + line).rstrip() + ending for line in given.split("\n")] if given else []
    return [opening.replace(fence, longer, 1), *lines, closing.replace(fence, longer, 1)]
