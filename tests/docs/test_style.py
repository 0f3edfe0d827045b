"""The Markdown of every text has one style: what one editor writes, another reads without surprises.

Each rule looks at the lines of a text and yields what is wrong, with the line. What stands in a fence is code: only its
fences are looked at, and that no line of it ends in a space or holds a tab.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.docs.pages import Page, texts

OPENING = re.compile(r"(?P<indent>[ >]*)(?P<fence>`{3,}|~{3,})")
LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.) ")
CONTAINER = re.compile(r"(?:===|!!!|\?\?\?\+?) |\[\^\w+\]:|: {3}|:::")
"""What takes the indented lines below it as its own: tabs, admonitions, footnotes, definitions, docstrings."""
HEADING = re.compile(r"(#{1,6}) +\S")
INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
ADDRESS = re.compile(r"(?<![\w(<\"'])https?://[^\s)>\]]+")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Line:
    """A line of a text: its number, what stands there, and whether that is code in a fence, or a fence."""

    number: int
    text: str
    is_code: bool = False
    is_fence: bool = False

    @property
    def is_prose(self) -> bool:
        return not (self.is_code or self.is_fence)


def lines_of(text: str) -> list[Line]:
    """Return the lines below the front matter. A fence that is not closed makes code of all that follows."""
    found, fence = [], ""
    body_from = text.count("\n", 0, text.index("\n---\n") + 5) if text.startswith("---\n") else 0
    for number, line in enumerate(text.split("\n"), 1):
        if number <= body_from:
            continue
        opening = OPENING.match(line)
        if fence:
            is_end = line.strip(" >") == fence
            found.append(Line(number, line, is_code=not is_end, is_fence=is_end))
            fence = "" if is_end else fence
        else:
            found.append(Line(number, line, is_fence=opening is not None))
            fence = opening["fence"] if opening else ""
    return found


Faults = Iterator[tuple[int, str]]
Rule = Callable[[list[Line]], Faults]


# White space --------------------------------------------------------------------------------------------------


def spaces_at_the_end(lines: list[Line]) -> Faults:
    """A space at the end of a line is invisible, and two of them are a line break."""
    yield from ((line.number, "a space at the end") for line in lines if line.text != line.text.rstrip())


def tabs(lines: list[Line]) -> Faults:
    """A tab is as wide as each program likes."""
    yield from ((line.number, "a tab") for line in lines if "\t" in line.text)


def several_empty_lines(lines: list[Line]) -> Faults:
    """One empty line separates; more mean nothing."""
    for above, line in itertools.pairwise(lines):
        is_second = line.is_prose and above.is_prose and not line.text.strip() and not above.text.strip()
        if is_second and line is not lines[-1]:
            yield line.number, "more than one empty line"


# Blocks ---------------------------------------------------------------------------------------------------------


def indented_code(lines: list[Line]) -> Faults:
    """Code without a fence has no language, so nothing could be done with it.

    An indented line belongs to a list, a tab or another container above it, or it is code.
    """
    owner = False
    before = ""
    for line in lines:
        if not line.is_prose or not line.text.strip():
            before = line.text.strip()
            continue
        indented = line.text.startswith("    ")
        if not indented:
            owner = bool(LIST_ITEM.match(line.text) or CONTAINER.match(line.text) or (owner and before))
        elif not owner and not before:
            yield line.number, "code that is indented; put it into a fence with a language"
        before = line.text.strip()


def fences(lines: list[Line]) -> Faults:
    """Fences are backticks, three or more, and each has an end."""
    is_open = False
    for line in lines:
        if line.is_fence:
            if "~~~" in line.text[:12] and not is_open:
                yield line.number, "a fence of tildes; write backticks"
            is_open = not is_open
    if is_open:
        yield next(line.number for line in reversed(lines) if line.is_fence), "a fence that nothing closes"


def fences_without_empty_lines(lines: list[Line]) -> Faults:
    """An empty line stands before and after a block of code."""
    is_open = False
    for number, line in enumerate(lines):
        if not line.is_fence:
            continue
        other = lines[number + 1 : number + 2] if is_open else lines[max(number - 1, 0) : number]
        if other and other[0].text.strip(" >") and not other[0].is_code:
            yield line.number, f"no empty line {'after' if is_open else 'before'} a fence"
        is_open = not is_open


# Headings -------------------------------------------------------------------------------------------------------


def headings_without_empty_lines(lines: list[Line]) -> Faults:
    """An empty line stands before and after a heading."""
    for number, line in enumerate(lines):
        if line.is_prose and HEADING.match(line.text):
            before, after = lines[max(number - 1, 0) : number], lines[number + 1 : number + 2]
            if any(other.text.strip() for other in (*before, *after)):
                yield line.number, "no empty line around a heading"


def underlined_headings(lines: list[Line]) -> Faults:
    """A heading begins with number signs; it is not underlined."""
    for above, line in itertools.pairwise(lines):
        if line.is_prose and above.is_prose and above.text.strip() and re.fullmatch(r"=+|-{2,}", line.text.strip()):
            yield line.number, "an underlined heading; write # before it"


def jumping_levels(lines: list[Line]) -> Faults:
    """A heading is at most one level deeper than the one above."""
    level = 0
    for line in lines:
        if line.is_prose and (found := HEADING.match(line.text)):
            if len(found[1]) > level + 1:
                yield line.number, f"a heading of level {len(found[1])} below one of level {level}"
            level = len(found[1])


# Links ----------------------------------------------------------------------------------------------------------


def without_code(text: str) -> str:
    return INLINE_CODE.sub(lambda found: "x" * len(found[0]), text)


def bare_addresses(lines: list[Line]) -> Faults:
    """An address stands in a link with words, in angle brackets or in code."""
    for line in lines:
        if line.is_prose and not re.match(r"\s*\[[^\]]+\]: ", line.text):
            for found in ADDRESS.finditer(without_code(line.text)):
                yield line.number, f"a bare address, {found[0]}; write [words](address)"


def links_to_addresses(lines: list[Line]) -> Faults:
    """A link to another page is the relative path of its file, so that editors and Git hosts can follow it."""
    for line in lines:
        for target in LINK.findall(without_code(line.text)) if line.is_prose else ():
            path = target.partition("#")[0]
            is_file = re.search(r"(?:\.\w+|^LICENSE)$", path) is not None
            if path and not re.match(r"[a-z]+:", path) and (path.startswith("/") or not is_file):
                yield line.number, f"a link to {target}; write the relative path of the file, such as ../page.md"


# Tables ---------------------------------------------------------------------------------------------------------


def cells(row: str) -> int:
    """Return how many cells a row has; a bar in code, or behind a backslash, is no border."""
    return without_code(row).replace("\\|", "x").strip().strip("|").count("|") + 1


def uneven_tables(lines: list[Line]) -> Faults:
    """Each row of a table has as many cells as its head: more are dropped without a word."""
    head = 0
    for line in lines:
        if not line.is_prose or not line.text.strip().startswith("|"):
            head = 0
            continue
        head = head or cells(line.text)
        if cells(line.text) != head:
            yield line.number, f"a row of {cells(line.text)} cells below a head of {head}"


def wide_tables(lines: list[Line]) -> Faults:
    """A table with more columns would have to be moved sideways on a phone."""
    for line in lines:
        if line.is_prose and line.text.strip().startswith("|") and cells(line.text) > MOST_COLUMNS:
            yield line.number, f"a table of {cells(line.text)} columns; {MOST_COLUMNS} fit a phone"


MOST_COLUMNS = 4

RULES: list[Rule] = [
    spaces_at_the_end,
    tabs,
    several_empty_lines,
    indented_code,
    fences,
    fences_without_empty_lines,
    headings_without_empty_lines,
    underlined_headings,
    jumping_levels,
    bare_addresses,
    links_to_addresses,
    uneven_tables,
    wide_tables,
]


def faults(text: str, name: str = "planted.md") -> list[str]:
    """Return what is wrong with a text, in the order of its lines."""
    lines = lines_of(text)
    found = sorted(fault for rule in RULES for fault in rule(lines))
    return [f"{name}:{number}: {message}" for number, message in found]


@pytest.mark.parametrize("page", texts(), ids=lambda page: page.name)
def test_a_text_has_the_style_of_all(page: Page) -> None:
    assert faults(page.path.read_text(encoding="utf-8"), page.name) == []


# --- Each rule finds what it is about ---------------------------------------------------------------------------

PLANTED = [
    ("# One\n\nText. \n", "3: a space at the end"),
    ("# One\n\n```sh\nls \n```\n", "4: a space at the end"),
    ("# One\n\n- a\tb\n", "3: a tab"),
    ("# One\n\n\nText.\n", "3: more than one empty line"),
    ("# One\n\nText.\n\n    ls\n", "5: code that is indented; put it into a fence with a language"),
    ("# One\n\n- item\n\nText.\n\n    ls\n    ls\n", "7: code that is indented; put it into a fence with a language"),
    ("# One\n\n~~~sh\nls\n~~~\n", "3: a fence of tildes; write backticks"),
    ("# One\n\n```sh\nls\n", "3: a fence that nothing closes"),
    ("# One\n\nText.\n```sh\nls\n```\n", "4: no empty line before a fence"),
    ("# One\n\n```sh\nls\n```\nText.\n", "5: no empty line after a fence"),
    ("# One\nText.\n", "1: no empty line around a heading"),
    ("# One\n\nText.\n## Two\n\nText.\n", "4: no empty line around a heading"),
    ("One\n===\n\nText.\n", "2: an underlined heading; write # before it"),
    ("# One\n\n### Three\n\nText.\n", "3: a heading of level 3 below one of level 1"),
    ("## Two\n\nText.\n", "1: a heading of level 2 below one of level 0"),
    ("# One\n\nSee https://example.org/a now.\n", "3: a bare address, https://example.org/a; write [words](address)"),
    ("# One\n\n[a](/b/)\n", "3: a link to /b/; write the relative path of the file, such as ../page.md"),
    ("# One\n\n[a](../b/#c)\n", "3: a link to ../b/#c; write the relative path of the file, such as ../page.md"),
    ("# One\n\n| a | b |\n|---|---|\n| 1 | 2 | 3 |\n", "5: a row of 3 cells below a head of 2"),
    ("# One\n\n|a|b|c|d|e|\n|-|-|-|-|-|\n", "3: a table of 5 columns; 4 fit a phone"),
]


@pytest.mark.parametrize(("text", "found"), PLANTED)
def test_a_fault_is_found_in_its_line(text: str, found: str) -> None:
    assert faults(text)[:1] == [f"planted.md:{found}"]


def test_each_rule_finds_one_of_them() -> None:
    finding = {rule.__name__ for rule in RULES for text, _ in PLANTED if list(rule(lines_of(text)))}
    assert finding == {rule.__name__ for rule in RULES}


def test_what_is_in_good_style_passes() -> None:
    text = """---
title: https://example.org/
---
# One

Text with `https://example.org/`, <https://example.org/>, [words](https://example.org/) and [a page](../b.md#c).

- item

    ```sh
    # no heading
    ls | wc
    ```

    More of the item.

    And more.

=== "Tab"

    Text.

    ## Two

    ````markdown
    ```text
    a
    ```
    ````

| `a | b` | c \\| d |
|---|---|
| 1 | 2 |
"""
    assert faults(text) == []
