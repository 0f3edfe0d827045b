"""What the hub's SuperFences fences share: options, and an error that names file and line and stands in the page."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markdown import Markdown

from hub.render import render_error
from hub.source import Place, fences, find_fence, page_path

# A child of MkDocs' logger: a strict build counts its warnings.
log = logging.getLogger("mkdocs.hub.fence")


class FenceError(ValueError):
    """A fence that cannot be run as written; the message says what to write instead, `line` where in it (from 1)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def validate(
    language: str, inputs: Mapping[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept every header. SuperFences would show a refused fence as plain code; the formatter names the mistake."""
    options.update(inputs)
    return True


def render_broken(
    md: Markdown, language: str, source: str, options: Mapping[str, Any], error: Exception, *, nth: int = 0
) -> str:
    """Log what is wrong with a fence, with file and line, which fails a strict build; return the box for its place.

    `nth` counts the fences of the page above this one that hold the same text.
    """
    is_ours = type(error).__module__.startswith("hub.")
    message = str(error) if is_ours else f"{type(error).__name__}: {error}"
    place = find_fence(page_path(md), language, source, options, nth=nth)
    if isinstance(error, FenceError) and error.line:
        place = Place(place.path, place.line + error.line)
    log.warning("%s: %s", place, message)
    return render_error(str(place), message, source)


def misspelt_headers(pages: Iterable[Path], examples: Mapping[str, str]) -> list[tuple[Place, str]]:
    """Return the fences whose header SuperFences would not read, and so would print as running text.

    `examples` holds, for each language, options written as they should be, such as `expect=404`.
    """
    return [
        (Place(path, line), f"```{language} {header}: write the options in braces, such as ```{language} {{{example}}}")
        for path in pages
        for language, example in examples.items()
        for line, header, _ in fences(path.read_text(encoding="utf-8"), language)
        if header and not re.fullmatch(r"\{[^{}]*\}", header)
    ]
