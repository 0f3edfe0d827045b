"""A figure in prose: its value from the file of measurements, and a clear error for one that is not there or not so."""

import json
from pathlib import Path

import pytest

from hub import figures
from hub.measurements.book import FILE
from tests.hub.conftest import Handbook


@pytest.fixture
def book(handbook: Handbook) -> Path:
    """The project's own measurements, in the small handbook, with the page that shows them."""
    figures.book_of.cache_clear()
    handbook.page("reference/measurements.md", "# Measurements\n\n[[measurements: docs/reference/measurements.json]]\n")
    copy = handbook.folder / "docs" / "reference" / "measurements.json"
    copy.write_bytes(FILE.read_bytes())
    return copy


def change(book: Path, name: str, **parts: object) -> None:
    data = json.loads(book.read_text(encoding="utf-8"))
    next(item for item in data["measurements"] if item["id"] == name).update(parts)
    book.write_text(json.dumps(data), encoding="utf-8")


def test_a_figure_is_shown_with_its_unit_and_tells_where_it_comes_from(handbook: Handbook, book):
    change(book, "page-api.first-response.zip", value=1.7994, commit="0123456789ab", date="2026-11-20")
    handbook.page("deep/page.md", "# Page\n\nIt takes [[figure: page-api.first-response.zip 1]].\n")
    assert handbook.build() == []
    html = handbook.html("deep/page/index.html")
    assert ">1.8 s</a>" in html
    assert 'href="../../reference/measurements/#page-api.first-response.zip"' in html
    assert "Taken on 2026-11-20, commit 0123456789ab" in html
    assert "Take it again: python -m hub measure --only boot" in html
    assert "1 figure from measurements" in html


def test_a_figure_that_nobody_took_names_the_line_and_the_nearest(handbook: Handbook, book):
    handbook.page("page.md", "# Page\n\nText.\n\nIt takes [[figure: page-api.first-respond.zip]].\n")
    (found,) = handbook.build()
    assert found.startswith("docs/page.md:5: There is no measurement `page-api.first-respond.zip`. Is it ")
    assert "page-api.first-response.zip" in found
    assert "docs/page.md:5" in handbook.html("page/index.html")


def test_a_count_that_changed_fails_until_it_is_accepted(handbook: Handbook, book):
    change(book, "page-api.detail.queries", value=7)
    handbook.page("page.md", "# Page\n\nIt runs [[figure: page-api.detail.queries]].\n")
    (found,) = handbook.build()
    assert found.startswith("docs/page.md:3: page-api.detail.queries is 1 query now, and 7 queries was written down; ")
    assert "python -m hub measure --only answers" in found


def test_a_figure_in_code_is_left_alone(handbook: Handbook, book):
    handbook.page("page.md", "# Page\n\nWrite `[[figure: page-api.detail.queries]]`.\n")
    assert handbook.build() == []
    assert "<code>[[figure: page-api.detail.queries]]</code>" in handbook.html("page/index.html")
