"""The `[[graphql-limits]]` directive: what a GraphQL document may ask for at most, from the code that refuses more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo_api.catalog.graphql import limits
from hub.directives import DirectiveExtension

ROWS = (
    ("Tokens", limits.TOKENS, "Names, signs and values of the document."),
    ("Brackets", limits.BRACKETS, "Levels of brackets of whatever kind."),
    ("Depth", limits.DEPTH, "Levels of fields."),
    ("Aliases", limits.ALIASES, "Fields under another name, counted wherever a fragment is spread."),
    ("Cost", limits.COST, "Values that the answer can hold."),
    ("Page", limits.LARGEST_PAGE, f"Objects of one connection; {limits.PAGE} without `first` or `last`."),
    ("Cost of a write", limits.WRITE, "What each field of a mutation counts besides."),
)


def limits_markdown(argument: str, project: Path) -> str:
    """Return the table of the limits and their numbers."""
    rows = [f"| {name} | {most:,} | {meaning} |" for name, most, meaning in ROWS]
    return "\n".join(["| Limit | The most | What is counted |", "| --- | --- | --- |", *rows])


def makeExtension(**_: Any) -> DirectiveExtension:
    """Return the extension; Python-Markdown calls this by name."""
    return DirectiveExtension("graphql-limits", limits_markdown)
