"""A figure in prose: `[[figure: page-api.first-response.snapshot]]`, taken from the file of measurements by its id.

The page shows the value with its unit; a number after the id says how many decimals. Hovering tells on which commit,
when and where it was taken, and how to take it again; the link leads to its row. An id that is not there fails the
build. So does an exact figure that the build can count itself and that is not what was written down: a change must be
accepted by measuring it again. A time that moved is told by `python -m hub measure`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor

from hub.blocks import running
from hub.blocks.block import record_of
from hub.capture import Request, capture
from hub.measurements.book import Book, Measurement, MeasurementError, read, shown
from hub.source import docs_folder, find_text, page_path

PATTERN = r"\[\[figure:\s*(?P<name>[\w.-]+)(?:\s+(?P<places>\d))?\s*\]\]"
PAGE = "reference/measurements.md"
FILE = "reference/measurements.json"

# A child of MkDocs' logger: a strict build counts its warnings.
log = logging.getLogger("mkdocs.hub.figures")


class FigurePattern(InlineProcessor):
    """Replaces a reference to a figure by its value, or by what is wrong with it."""

    def handleMatch(self, m: Any, data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        """Return the element, and the span of text that it stands for."""
        page = page_path(self.md)
        try:
            element = self.element(m["name"], m["places"], page)
        except (MeasurementError, OSError) as error:
            place = find_text(page, m[0]) if page else m[0]
            log.warning("%s: %s", place, error)
            element = Element("strong", {"class": "nx-figure nx-figure--missing"})
            element.text = f"{place}: {error}"
        return element, m.start(0), m.end(0)

    def element(self, name: str, places: str | None, page: Path | None) -> Element:
        """Return the value as a link. Raises MeasurementError, or OSError when there are no measurements."""
        docs = docs_folder(page)
        book = book_of(docs / FILE)
        item = book.find(name)
        check_current(item)
        record_of(self.md).figures.append(name)
        link = os.path.relpath(docs / PAGE, page.parent if page else docs).replace(os.sep, "/")
        element = Element("a", {"class": "nx-figure", "href": f"{link}#{name}", "title": told(item, book)})
        element.text = shown(item.value, item.unit, int(places) if places else None)
        return element


@cache
def book_of(file: Path) -> Book:
    """Return the measurements of a file, read once in a build."""
    return read(file)


def told(item: Measurement, book: Book) -> str:
    """Return what a reader needs to judge a figure."""
    how = f", the median of {item.samples}" if item.samples > 1 else ""
    return (
        f"{item.figure.title}. Taken on {item.date}, commit {item.commit}{how}. {book.machines[item.machine]}. "
        f"Take it again: {item.command}"
    )


# Figures that the build can count ---------------------------------------------------------------------------------


def queries(target: str) -> Callable[[], float]:
    """Return a function that counts the SQL statements of a GET request."""
    return lambda: float(len(capture(Request("GET", target)).queries))


COUNTED = {
    "page-api.list.queries": queries("/api/v1/products/?page_size=20"),
    "page-api.detail.queries": queries("/api/v1/products/lagoon-speaker/"),
}


def check_current(item: Measurement) -> None:
    """Raise MeasurementError when an exact figure is not what the build counts now."""
    count = COUNTED.get(item.id)
    if count is None or not running.get():
        return
    now = count()
    if now != item.value:
        raise MeasurementError(
            f"{item.id} is {shown(now, item.unit)} now, and {shown(item.value, item.unit)} was written down; "
            f"accept it with `{item.command}`"
        )


class FigureExtension(Extension):
    """The reference to a figure."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register it before links, whose brackets it shares."""
        md.inlinePatterns.register(FigurePattern(PATTERN, md), "nexus-figure", 175)


def makeExtension(**_: Any) -> FigureExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return FigureExtension()
