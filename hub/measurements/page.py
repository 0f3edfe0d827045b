"""The `[[measurements]]` directive: every measurement in tables, one for each group, and the machines."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from hub.directives import DirectiveExtension
from hub.measurements.book import Book, Measurement, read, shown

HEAD = "| Figure | Value | Target |\n| --- | --- | --- |"


def measurements_markdown(argument: str, project: Path) -> str:
    """Return the tables of the measurements in the file `argument`. Raises MeasurementError or OSError."""
    book = read(project / argument)
    letters = {key: chr(ord("A") + number) for number, key in enumerate(book.machines)}
    groups = groupby(book.measurements.values(), key=lambda item: item.figure.group)
    parts = [section(title, list(items), letters) for title, items in groups]
    return "\n\n".join([*parts, machines(book, letters)])


def section(title: str, items: list[Measurement], letters: dict[str, str]) -> str:
    """One group: its heading, its table, when and where it was taken, and what to type to take it again."""
    rows = "\n".join(map(row, items))
    kinds: dict[str, list[str]] = {}
    for item in items:
        kinds.setdefault(taken(item, letters[item.machine]), []).append(item.figure.title)
    whose = (f"{words}: {'; '.join(titles)}." if len(kinds) > 1 else f"{words}." for words, titles in kinds.items())
    again = " and ".join(f"`{command}`" for command in dict.fromkeys(item.command for item in items))
    return f"## {title}\n\n{HEAD}\n{rows}\n\n{' '.join(whose)} Take them again with {again}."


def row(item: Measurement) -> str:
    """One figure, with its id as an anchor."""
    value = f"**{shown(item.value, item.unit)}**"
    if item.low is not None and item.high is not None and item.high > item.low:
        lowest = shown(item.low, item.unit).split()[0]  # without its unit
        value += f"<br>{lowest} to {shown(item.high, item.unit)}, {item.samples} times"
    return f'| <span id="{item.id}">{escape(item.figure.title)}</span> | {value} | {target(item)} |'


def taken(item: Measurement, letter: str) -> str:
    """When, on which commit and where a figure was taken."""
    load = "" if item.load is None else f", load {item.load:.1f}"
    return f"Taken on {item.date}, commit `{item.commit}`, machine [{letter}](#machine-{letter.lower()}){load}"


def target(item: Measurement) -> str:
    """What the figure should stay below, and whether it does."""
    if item.figure.target is None:
        return "none"
    verdict = "met" if item.is_met else "missed"
    limit = shown(item.figure.target, item.unit) if item.figure.target else "none at all"
    return f'{limit}<br><span class="nx-verdict nx-verdict--{verdict}">{verdict}</span>'


def machines(book: Book, letters: dict[str, str]) -> str:
    """The machines, each with an anchor."""
    lines = (
        f'- <span id="machine-{letter.lower()}">**{letter}**</span>: {escape(str(book.machines[key]))}'
        for key, letter in letters.items()
    )
    return "\n".join(["## Machines", "", *lines])


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("measurements", measurements_markdown)
