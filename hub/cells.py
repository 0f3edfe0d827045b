"""The `python` fence: a program in the page, run beside the real API while the page is built.

The programs of a page run from top to bottom. They share their names and a database that starts as `manage.py seed`
leaves it. Options stand in braces after the word `python`:

- `raises`: the exception that the program must end with, such as `{raises=ValueError}`; none by default.
- `not-run`: why this program is shown and not run, such as `{not-run="it needs PostgreSQL"}`. The page prints it.

An exception that was not expected, or an expected one that did not come, is logged as a warning with file and line,
which fails a strict build, and shown in the page in its place. `docs/assets/js/cells.js` makes the programs editable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from markdown import Markdown

from hub.capture import CellResult, capture_cell
from hub.fence import FenceError, render_broken
from hub.render_cell import render_cell, render_program
from hub.source import docs_folder, page_path

LANGUAGE = "python"


@dataclass(frozen=True)
class Options:
    """The options of a fence, checked."""

    raises: str = ""
    not_run: str = ""


@dataclass
class Notebook:
    """The programs of one page that were rendered so far, in order."""

    page: Path | None
    sources: list[str]


# Whoever renders a page makes a Markdown instance for it, and drops it afterwards.
_notebooks: WeakKeyDictionary[Markdown, Notebook] = WeakKeyDictionary()


def render_fence(source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any) -> str:
    """Return the HTML of the program and what it did, or of the error in its place."""
    notebook = notebook_of(md)
    alike = notebook.sources.count(source)
    # SuperFences drops a fence whose formatter raises, without a word: nothing may leave this function.
    try:
        settled = parse_options(options)
        if settled.not_run:
            return render_program(source, settled.not_run)
        earlier = tuple(notebook.sources)
        notebook.sources.append(source)
        result = capture_cell(earlier, source)
        check_error(settled, result)
        return render_cell(page_id(notebook.page), len(notebook.sources), source, result)
    except Exception as error:  # noqa: BLE001  # see above
        return render_broken(md, LANGUAGE, source, options, error, nth=alike)


def notebook_of(md: Markdown) -> Notebook:
    """Return what was rendered of this page, nothing when it is another page than before."""
    page = page_path(md)
    notebook = _notebooks.get(md)
    if notebook is None or notebook.page != page:
        notebook = _notebooks[md] = Notebook(page, [])
    return notebook


def page_id(page: Path | None) -> str:
    """Return the name under which the programs of a page share their names, such as `demo-api/python-cells`."""
    return page.relative_to(docs_folder(page)).with_suffix("").as_posix() if page else "page"


def parse_options(options: Mapping[str, Any]) -> Options:
    """Return the checked options of a fence; raises FenceError that names what is allowed."""
    unknown = sorted(set(options) - {"raises", "not-run"})
    if unknown:
        raise FenceError(f"unknown option {unknown[0]!r}; a python fence takes raises and not-run")
    raises, not_run = str(options.get("raises", "")), str(options.get("not-run", "")).strip()
    if "raises" in options and not re.fullmatch(r"[A-Za-z_]\w*", raises):
        raise FenceError(f"raises={raises} is not the name of an exception; write one such as raises=ValueError")
    if "not-run" in options and len(not_run.split()) < 2:
        raise FenceError('not-run needs a reason, which the page prints: {not-run="it needs PostgreSQL"}')
    if raises and not_run:
        raise FenceError("raises and not-run exclude each other: what is not run raises nothing")
    return Options(raises, not_run)


def check_error(options: Options, result: CellResult) -> None:
    """Raise FenceError, with the line of the program, when it did not end as the fence says."""
    error = result.error
    if (error.type if error else "") == options.raises:
        return
    said = f"the program raised {error.type}: {error.message[:400]}" if error else "the program raised nothing"
    expected = f"expected {options.raises}, " if options.raises else ""
    raise FenceError(f"{expected}{said}", error.line if error else 0)
