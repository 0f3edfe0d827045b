"""The `section` block: code of the project, taken from the file that runs.

The block holds a path and, after a space, the name of a section: for Python the name of a function, a class or a
constant, with the class before a method (`ProductQuerySet.active`); for any file a name that the file gives in
comments, `[start: name]` and `[end: name]`. Without a name it is the whole file. A file or a section that is gone
fails the build.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import dedent

from hub.blocks.block import Block, BlockError, Treatment
from hub.commit import commit
from hub.render import code, colour, lexer
from hub.source import ROOT

MARK = re.compile(r"\[(start|end): ([\w.-]+)\]")
SECTION = re.compile(r"(?P<path>[^\s]+)(?:[ \t]+(?P<name>[\w.-]+))?")
MOST_LINES = 80
"""A longer piece is a file to read, not an example: name a part of it."""


@dataclass(frozen=True)
class Section:
    """Some lines of a file: `text` without their common indentation, `first` and `last` as line numbers from 1."""

    path: str
    name: str
    first: int
    last: int
    text: str


def render(block: Block) -> str:
    """Return the section's code under its path, which links to its lines."""
    found = find_section(block.source.strip(), ROOT)
    block.record.sections.append(f"{found.path} {found.name}".strip())
    label = f"{found.path}:{found.first}"
    name = f" <b>{escape(found.name)}</b>" if found.name else ""
    return (
        '<div class="nx-console nx-section"><div class="nx-console__bar">'
        f'<a href="{escape(address(found))}">{escape(label)}</a>{name}</div>'
        f'<div class="nx-console__source">{code(colour(found.text, lexer(file=found.path)))}</div></div>'
    )


def address(section: Section) -> str:
    """Return where the section's lines can be read in the repository, as they were at this commit."""
    revision = commit() or "main"
    return f"{repository()}/blob/{revision}/{section.path}#L{section.first}-L{section.last}"


def repository() -> str:
    """Return the repository's address, which only mkdocs.yml names."""
    found = re.search(r"^repo_url: *(\S+)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    return found[1].rstrip("/") if found else ""


# Finding -----------------------------------------------------------------------------------------------------------


def find_section(reference: str, root: Path) -> Section:
    """Return the section that a reference such as `demo_api/catalog/services.py reserve` names. Raises BlockError."""
    found = SECTION.fullmatch(reference)
    if not found:
        raise BlockError("a section is a path and a name, such as `demo_api/catalog/services.py reserve`")
    path, name = found["path"], found["name"] or ""
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file():
        raise BlockError(f"there is no file {path} in this project")
    text = file.read_text(encoding="utf-8")
    first, last = lines_of(path, name, text) if name else (1, len(text.splitlines()))
    if last - first >= MOST_LINES:
        raise BlockError(f"{reference} has {last - first + 1} lines, which is no example: name a part of it")
    lines = [line for line in text.splitlines()[first - 1 : last] if not MARK.search(line)]
    return Section(path, name, first, last, dedent("\n".join(lines)).strip("\n"))


def lines_of(path: str, name: str, text: str) -> tuple[int, int]:
    """Return the first and the last line of a named section. Raises BlockError that lists the nearest names."""
    sections = dict(marked_sections(path, text))
    if path.endswith(".py"):
        sections = dict(python_sections(ast.parse(text))) | sections
    if name not in sections:
        near = difflib.get_close_matches(name, sections, n=3, cutoff=0.4)
        hint = f"; is it {' or '.join(near)}?" if near else ""
        raise BlockError(f"{path} has no section {name}{hint}")
    return sections[name]


def marked_sections(path: str, text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the sections that comments mark. Raises BlockError for a mark without its other half."""
    begun: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, name in MARK.findall(line):
            if kind == "start":
                begun[name] = number + 1
            elif name in begun:
                yield name, (begun.pop(name), number - 1)
            else:
                raise BlockError(f"{path}:{number}: [end: {name}] has no [start: {name}] above it")
    for name, number in begun.items():
        raise BlockError(f"{path}:{number - 1}: [start: {name}] has no [end: {name}] below it")


def python_sections(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the functions, classes and constants of a module, those inside a class by its name and theirs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield prefix + node.name, (first, node.end_lineno or node.lineno)
            if isinstance(node, ast.ClassDef):
                yield from python_sections(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, (node.lineno, node.end_lineno or node.lineno)


TREATMENT = Treatment("included from the code", render)
