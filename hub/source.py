"""Where a piece of Markdown came from: the page being rendered, and the line of a fence in it.

SuperFences hands a formatter the text of a fence and the Markdown instance, but neither the file nor the line.
Both site generators leave the page on the Markdown instance, each in its own place, so this module asks both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Markdown

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder: paths in messages are relative to it."""

FENCE = re.compile(r"^[\s>]*(?P<fence>`{3,}|~{3,})[ \t]*\.?(?P<language>[\w#.+-]*)(?P<header>.*)$")


@dataclass(frozen=True)
class Place:
    """A line of a file, printed as editors understand it: `docs/page.md:41`."""

    path: Path
    line: int = 1

    def __str__(self) -> str:
        return f"{display_path(self.path)}:{self.line}"


def display_path(path: Path) -> str:
    """Return the path relative to the working folder or the project where it can be, with forward slashes."""
    for base in (Path.cwd(), ROOT):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def page_path(md: Markdown) -> Path | None:
    """Return the absolute path of the Markdown file that `md` is rendering, or None when neither generator says."""
    return _mkdocs_page(md) or _zensical_page(md)


def _mkdocs_page(md: Markdown) -> Path | None:
    # MkDocs registers a tree processor that rewrites relative links; it knows the file.
    if "relpath" not in md.treeprocessors:
        return None
    file = getattr(md.treeprocessors["relpath"], "file", None)
    path = getattr(file, "abs_src_path", None)
    return Path(path) if path else None


def _zensical_page(md: Markdown) -> Path | None:
    # Zensical registers a preprocessor that does nothing but carry the page and the configuration.
    if "rendering_context" not in md.preprocessors:
        return None
    context: Any = md.preprocessors["rendering_context"]
    return Path(context.config["root_dir"], context.config["docs_dir"], context.page.path).resolve()


def docs_folder(page: Path | None) -> Path:
    """Return the `docs` folder the page lies in, or the project's own."""
    for parent in page.parents if page else ():
        if (parent.parent / "mkdocs.yml").is_file():
            return parent
    return ROOT / "docs"


def find_fence(page: Path | None, language: str, source: str, options: Mapping[str, object], *, nth: int = 0) -> Place:
    """Return the place of the fence with this text and these options, after `nth` others with the same text.

    The page is searched first, then every other Markdown file of the handbook, because a snippet may have
    brought the fence in from elsewhere. Without a match the first line of the page is returned.
    """
    wanted = [line.strip() for line in source.strip().splitlines()]
    files = [page] if page else []
    files += sorted(path for path in docs_folder(page).rglob("*.md") if path != page)
    for path in files:
        alike = [(line, header) for line, header, text in fences(path.read_text("utf-8"), language) if text == wanted]
        for line, header in alike[nth:] or alike:
            if all(f"{key}=" in header for key in options):
                return Place(path, line)
    return Place(page or docs_folder(page))


def fences(text: str, language: str) -> Iterator[tuple[int, str, Sequence[str]]]:
    """Yield every fence of one language as (line number, header after the language, stripped lines)."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        number += 1
        if not opening:
            continue
        end = _closing_line(lines, number, opening["fence"])
        if opening["language"] == language:
            inside = "\n".join(line.strip(" \t>") for line in lines[number:end]).strip()
            yield number, opening["header"].strip(), inside.splitlines()
        number = end + 1


def _closing_line(lines: Sequence[str], start: int, fence: str) -> int:
    for number in range(start, len(lines)):
        if lines[number].strip(" \t>") == fence:
            return number
    return len(lines)


def find_text(path: Path, *needles: str) -> Place:
    """Return the first line of the file that holds one of the texts, tried in order; line 1 when none does."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for needle in needles:
        for number, line in enumerate(lines, start=1):
            if needle and needle in line:
                return Place(path, number)
    return Place(path)
