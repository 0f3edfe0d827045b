"""Every program of the handbook gives the same in the page's own Python as in the one that built the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown.extensions.attr_list import get_attrs_and_remainder

from hub.blocks import NOT_RUN
from hub.capture import CACHE_VARIABLE, CellError, CellResult, capture_cell
from hub.npm import node
from hub.page_api.build import build_page_api
from hub.source import Place, every_fence
from tests.docs.pages import DOCS, ROOT
from tests.hub.reader import Reader

PROGRAM = ROOT / "tests" / "hub" / "cells.mjs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "```python" in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def page_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The page's Python under Node, booted once for all pages."""
    files = ROOT / "docs" / "assets" / "vendor" / "page-api"
    build_page_api(files)
    with Reader([node(), str(PROGRAM), str(files), "snapshot", str(tmp_path_factory.mktemp("node"))]) as reader:
        yield reader


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the build of this run has asked this Python need not be asked again."""
    monkeypatch.setenv(CACHE_VARIABLE, "1")


def programs(page: Path) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield the programs of a page that run in it: the line of the fence, the text, and the options."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    for fence in every_fence(text):
        options = dict(get_attrs_and_remainder(fence.header.strip("{}"))[0])
        if fence.language == "python" and not {NOT_RUN, "engine"} & set(options):
            indent = len(lines[fence.line - 1]) - len(lines[fence.line - 1].lstrip())
            yield fence.line, "\n".join(line[indent:] for line in lines[fence.line : fence.end - 1]), options


def differences(reader: Reader, page: Path) -> list[str]:
    """Return what the programs of a page do otherwise in the page's Python, each with its place."""
    reader.restore()
    reader.forget("")
    found, above = [], list[str]()
    for line, source, options in programs(page):
        here, there = capture_cell(above, source), reader.run(source)
        same = comparable(here, options) == comparable(result(there), options)
        if same == ("differs" in options):
            said = f"{comparable(here, options)} here, {comparable(result(there), options)} in the page"
            found.append(
                f"{Place(page, line)}: it differs and does not say so: {said}"
                if not same
                else f"{Place(page, line)}: it says that it differs, and gives the same"
            )
        above.append(source)
    return found


def result(answer: dict[str, Any]) -> CellResult:
    """What the page's Python answered, as the build keeps it; of the error only its type is compared."""
    error = CellError(answer["error"]["type"], "", "") if answer["error"] else None
    return CellResult(answer["output"], answer["value"], error)


def comparable(done: CellResult, options: dict[str, str]) -> tuple[str, str, str]:
    """What must agree: what was printed, the value and the type of the error, without what may change."""
    parts = (done.output, done.value, done.error.type if done.error else "")
    volatile = options.get("volatile")
    return tuple(re.sub(volatile, "…", part) if volatile else part for part in parts)  # type: ignore[return-value]


def test_there_are_programs_to_compare() -> None:
    assert sum(1 for page in PAGES for _ in programs(page)) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_programs_of_a_page_give_the_same_in_both_pythons(page_python: Reader, page: Path) -> None:
    assert differences(page_python, page) == []


def test_names_and_data_are_those_of_one_page(page_python: Reader, tmp_path: Path) -> None:
    make = "from demo_api.catalog.models import Category\nCategory.objects.create(name='Maps', slug='maps').slug"
    ask = "Category.objects.filter(slug='maps').exists(), 'ours' in globals()"
    look = f"from demo_api.catalog.models import Category\n{ask}"
    one, other = tmp_path / "one.md", tmp_path / "other.md"
    one.write_text(f"```python\nours = 1\n{make}\n```\n\n```python\n{ask}\n```\n")
    other.write_text(f"```python\n{look}\n```\n")
    assert differences(page_python, one) == differences(page_python, other) == []
    assert page_python.run("1")["value"] == "1"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import sys\nprint(sys.platform)", "'emscripten\\n'"),
        ("import sys\nsys.platform", "\"'emscripten'\""),
        ("import threading\nthreading.Thread(target=print).start()", "'RuntimeError') in the page"),
    ],
)
def test_a_difference_is_found_with_its_line_unless_it_is_declared(page_python: Reader, tmp_path: Path, source, says):
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n```python\n{source}\n```\n")
    [found] = differences(page_python, page)
    assert f"{page.as_posix()}:3: it differs and does not say so" in found
    assert says in found
    page.write_text(f'# Page\n\n```python {{differs="it names the machine"}}\n{source}\n```\n')
    assert differences(page_python, page) == []


def test_a_declared_difference_that_is_none_is_found(page_python: Reader, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# Page\n\n```python {differs="it did once"}\n1 + 1\n```\n')
    assert differences(page_python, page) == [f"{page.as_posix()}:3: it says that it differs, and gives the same"]


def test_what_may_change_from_run_to_run_is_not_compared(page_python: Reader, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# Page\n\n```python {volatile="[0-9.]+"}\nimport time\nprint("at", time.time())\n```\n')
    assert differences(page_python, page) == []
