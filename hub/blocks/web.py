"""Blocks of what a browser reads: `js` is parsed by Node as a module, `html` and `css` for their nesting."""

from __future__ import annotations

import re
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from hub.blocks.block import BlockError
from hub.blocks.data import treatment
from hub.npm import node

VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
}
"""Elements without an end tag: https://html.spec.whatwg.org/multipage/syntax.html#void-elements."""

OPTIONAL_END = {"li", "dt", "dd", "p", "option", "thead", "tbody", "tr", "td", "th"}
"""Elements whose end tag may be left out, as far as examples leave it out."""


def parse_js(source: str) -> object:
    """Parse a JavaScript module, and run nothing. Raises BlockError with the line."""
    with tempfile.TemporaryDirectory(prefix="nexus-js-") as folder:
        file = Path(folder) / "block.mjs"
        file.write_text(source, encoding="utf-8")
        done = subprocess.run(
            [node(), "--check", str(file)], capture_output=True, text=True, encoding="utf-8", timeout=60
        )
    if done.returncode:
        line = re.search(r"block\.mjs:(\d+)", done.stderr)
        said = re.search(r"^\w*Error: .+$", done.stderr, re.MULTILINE)
        raise BlockError(f"Node refuses this: {said[0] if said else 'no reason given'}", int(line[1]) if line else 0)
    return None


class Nesting(HTMLParser):
    """Follows the elements, and refuses an end tag that closes nothing or something else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element. Raises BlockError for an attribute that stands twice."""
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            raise BlockError(f"<{tag}> has an attribute twice", self.getpos()[0])
        if tag not in VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Ignore the slash, as browsers do outside SVG; `<path/>` closes itself here."""

    def handle_endtag(self, tag: str) -> None:
        """Close an element. Raises BlockError when another one is open."""
        while self.open and self.open[-1][0] != tag and self.open[-1][0] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open[-1][0] != tag:
            inside = f"<{self.open[-1][0]}> is open" if self.open else "nothing is open"
            raise BlockError(f"</{tag}> closes nothing: {inside}", self.getpos()[0])
        self.open.pop()


def parse_html(source: str) -> object:
    """Follow the nesting of HTML. Raises BlockError with the line."""
    nesting = Nesting()
    nesting.feed(source)
    nesting.close()
    left = [entry for entry in nesting.open if entry[0] not in OPTIONAL_END]
    if left:
        raise BlockError(f"<{left[-1][0]}> is not closed", left[-1][1])
    if nesting.rawdata.strip():
        raise BlockError("the last tag is not complete", nesting.getpos()[0])
    return None


def parse_css(source: str) -> object:
    """Follow the brackets of CSS, and see that each declaration has a name and a value. Raises BlockError."""
    blank = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'", without_signs, source, flags=re.DOTALL)
    for mark in ("/*", '"', "'"):
        if mark in blank:
            raise BlockError(f"what {mark} begins is not closed", line_at(blank, blank.index(mark)))
    check_brackets(blank)
    values = re.sub(r"\([^()]*\)", without_signs, blank)
    for found in re.finditer(r"[^{};]+(?=[;}])", values):
        text = found[0].strip()
        is_rule = text.startswith("@")  # such as `@import url(a.css)`
        if text and not is_rule and not re.fullmatch(r"[-\w]+\s*:\s*\S.*", text, re.DOTALL):
            line = line_at(values, found.start() + found[0].index(text))
            raise BlockError(f"{text.splitlines()[0]!r} is no declaration; write `name: value;`", line)
    return None


def check_brackets(text: str) -> None:
    """Raise BlockError for a bracket that closes nothing, or is not closed."""
    opened: list[tuple[str, int]] = []
    for place, sign in enumerate(text):
        if sign in "([{":
            opened.append((sign, place))
        elif sign in ")]}" and (not opened or opened.pop()[0] + sign not in ("()", "[]", "{}")):
            raise BlockError(f"{sign} closes nothing", line_at(text, place))
    if opened:
        raise BlockError(f"{opened[-1][0]} is not closed", line_at(text, opened[-1][1]))


def line_at(text: str, place: int) -> int:
    """Return the line of a place in a text, from 1."""
    return text.count("\n", 0, place) + 1


def without_signs(found: re.Match[str]) -> str:
    """Return what stands for a comment, a text or an argument, which may hold any sign: line breaks, or a word too."""
    lines = "\n" * found[0].count("\n")
    return lines if found[0].startswith("/*") else f"text{lines}"


TREATMENTS = {
    "js": treatment("parsed by Node as JavaScript modules", parse_js),
    "html": treatment("held to the nesting of HTML", parse_html),
    "css": treatment("held to the brackets and declarations of CSS", parse_css),
}
