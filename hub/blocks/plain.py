"""A block as coloured text, with nothing done to it."""

from __future__ import annotations

from hub.render import code, colour, lexer


def plain(source: str, language: str) -> str:
    """Return a block as coloured text."""
    return code(colour(source.strip("\n"), lexer(language)))
