"""A block as coloured text, with nothing done to it."""

from __future__ import annotations

from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

from hub.render import code, colour


def plain(source: str, language: str) -> str:
    """Return a block as coloured text."""
    return code(colour(source.strip("\n"), lexer(language)))


def lexer(language: str) -> Lexer:
    """Return the lexer that colours a language; one that colours nothing when there is none."""
    try:
        found: Lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        found = TextLexer(stripnl=False)
    return found
