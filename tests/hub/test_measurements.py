"""The measurements: every entry of the file is checked, figures agree with what was built, and the page shows them."""

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hub.measurements.book import FILE, Book, Measurement, MeasurementError, read, shown, write
from hub.measurements.cache import TAKERS as WITHOUT_BROWSER
from hub.measurements.command import add_options, changed_exactly, line, measure
from hub.measurements.figures import FIGURES, TAKERS
from hub.measurements.machine import Machine, cpu_name, system_name
from hub.measurements.page import measurements_markdown
from hub.measurements.page_api import FOLLOW
from hub.measurements.page_api import TAKERS as FUNCTIONS
from hub.page_api.build import build_page_api
from hub.source import ROOT
from tests.hub.conftest import Handbook

MACHINE = Machine("A processor", 2, "An OS 1", "3.11.7", "Chromium 1")


def taken(name: str, value: float, **changes: Any) -> Measurement:
    figure = FIGURES[name]
    parts = {"commit": "abc", "date": "2026-11-23", "machine": "m", "command": figure.command} | changes
    return Measurement(name, value, figure.unit, figure.kind, figure.tolerance, **parts)


@pytest.fixture
def document() -> dict[str, Any]:
    """The committed file, to be broken."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return copy.deepcopy(found)


def broken(folder: Path, document: dict[str, Any]) -> Path:
    file = folder / "measurements.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


# The file ---------------------------------------------------------------------------------------------------------


def test_the_file_holds_every_figure_and_no_other():
    assert set(read().measurements) == set(FIGURES)


def test_every_figure_was_taken_on_a_commit_a_day_and_a_machine():
    book = read()
    for item in book.measurements.values():
        assert not item.commit.endswith("+"), f"{item.id} was taken with changes that are in no commit"
        assert item.machine in book.machines
        if item.low is not None and item.high is not None:
            assert item.low <= item.value <= item.high, item.id


def test_the_machine_is_described_without_its_name():
    assert set(vars(MACHINE)) == {"cpu", "cores", "system", "python", "browser"}
    assert cpu_name()
    assert system_name()


def test_what_is_written_is_read_again(tmp_path):
    book = Book()
    key = book.add_machine(MACHINE)
    book.add_machine(Machine("Another, which nothing names", 1, "", "", ""))
    items = [taken("page-api.list.queries", 4, machine=key), taken("page-api.list.median", 9.5, machine=key, load=0.1)]
    book.measurements = {item.id: item for item in items}
    write(book, tmp_path / "m.json")
    again = read(tmp_path / "m.json")
    assert again.measurements == book.measurements
    assert again.machines == {key: MACHINE}


def test_a_missing_id_names_the_nearest():
    with pytest.raises(MeasurementError, match=r"no measurement `page-api.list.medain`. Is it page-api.list.median"):
        read().find("page-api.list.medain")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "page-api.nothing"}, "`page-api.nothing` is not a figure"),
        ({"value": "fast"}, "value must be a number"),
        ({"value": -1}, "value must be a number"),
        ({"unit": "ms"}, "unit is ms, and s is asked for"),
        ({"kind": "exact"}, "kind is exact, and timing is asked for"),
        ({"tolerance": 9}, "tolerance is 9"),
        ({"machine": "elsewhere"}, "the machine elsewhere is not described"),
        ({"host": "somewhere"}, "look at host"),
        ({"commit": None}, "look at commit"),
    ],
)
def test_a_malformed_entry_is_a_clear_error(tmp_path, document, change, says):
    item = document["measurements"][0]
    item.update(change)
    document["measurements"][0] = {key: value for key, value in item.items() if value is not None}
    with pytest.raises(MeasurementError, match=says):
        read(broken(tmp_path, document))


def test_a_measurement_that_stands_there_twice_is_an_error(tmp_path, document):
    document["measurements"].append(document["measurements"][0])
    with pytest.raises(MeasurementError, match="twice"):
        read(broken(tmp_path, document))


@pytest.mark.parametrize("text", ["", "[]", '{"machines": {}}', '{"machines": {"a": {"host": 1}}, "measurements": []}'])
def test_a_file_that_is_something_else_is_an_error(tmp_path, text):
    (tmp_path / "m.json").write_text(text, encoding="utf-8")
    with pytest.raises(MeasurementError, match=r"m\.json is no file of measurements"):
        read(tmp_path / "m.json")


# The figures ------------------------------------------------------------------------------------------------------


def test_every_figure_has_a_program_that_takes_it():
    assert set(TAKERS) == {*FUNCTIONS, *WITHOUT_BROWSER, "import"}


def test_what_needs_no_browser_is_taken_without_one(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.measurements.command.launched", None)
    file = tmp_path / "m.json"
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert measure(parser.parse_args(["--only", "cache", "--quick", "--file", str(file)])) == 0
    book = read(file)
    assert set(book.measurements) == {"cache.hit", "cache.not-modified"}
    assert not [str(machine) for machine in book.machines.values() if "Chromium" in str(machine)]


@pytest.mark.parametrize(
    ("value", "unit", "places", "words"),
    [
        (13_058_283, "bytes", None, "13.1 MB"),
        (13_058_283, "bytes", 2, "13.06 MB"),
        (1.5, "s", None, "1.50 s"),
        (9.46, "ms", None, "9.5 ms"),
        (4, "queries", None, "4 queries"),
        (1, "queries", None, "1 query"),
        (1, "tasks", None, "1 task"),
        (0, "tasks", None, "0 tasks"),
    ],
)
def test_values_are_shown_with_their_unit(value, unit, places, words):
    assert shown(value, unit, places) == words


def test_an_exact_figure_that_changed_is_told_from_a_time_that_did():
    known = Book({name: taken(name, 4) for name in ("page-api.list.queries", "page-api.list.median")})
    assert changed_exactly(taken("page-api.list.queries", 5), known)
    assert not changed_exactly(taken("page-api.list.queries", 4), known)
    assert not changed_exactly(taken("page-api.list.median", 400), known)
    assert changed_exactly(taken("page-api.detail.queries", 1), known), "nothing was written down to compare with"


def test_a_timing_outside_its_tolerance_is_told_and_one_inside_is_not():
    names = ("page-api.list.queries", "page-api.list.median", "page-api.detail.median")
    known = Book({name: taken(name, 10) for name in names})
    now = Book({name: taken(name, value) for name, value in zip(names, (90, 40, 14), strict=True)})
    assert known.moved(now) == [
        (
            "page-api.list.median is 40.0 ms here and now, and 10.0 ms was written down: outside its tolerance of 50%. "
            "To take it on a quiet machine: python -m hub measure --only answers"
        )
    ]


def test_a_line_says_what_changed_and_what_misses_its_target():
    words = line(taken("page-api.list.median", 40, samples=50, low=8, high=90), taken("page-api.list.median", 10))
    assert words == (
        "page-api.list.median: 40.0 ms (8.0 ms to 90.0 ms, 50 times) MISSES its target, 15.0 ms CHANGED from 10.0 ms"
    )


def test_the_sizes_written_down_are_those_of_the_built_files():
    folder = ROOT / "docs" / "assets" / "vendor" / "page-api"
    build_page_api(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    sizes = {name: file["bytes"] for name, file in manifest["files"].items()}
    book = read()
    for way, names in manifest["ways"].items():
        item = book.find(f"page-api.transfer.{way}")
        built = sum(sizes[name] for name in names)
        script = 10_000  # the worker's own script, which the manifest does not count
        again = f"take it again: {item.command}"
        assert built * (1 - item.tolerance) <= item.value <= (built + script) * (1 + item.tolerance), again
        assert item.figure.target
        assert built <= item.figure.target, f"{way}: a visitor waits for more than was promised"
    rest = book.find("page-api.transfer.rest")
    assert rest.value == pytest.approx(sum(sizes[name] for name in FOLLOW), rel=rest.tolerance), rest.command


# The page ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_every_figure_with_its_verdict():
    text = measurements_markdown("docs/reference/measurements.json", ROOT)
    for item in read().measurements.values():
        assert f'<span id="{item.id}">' in text
        assert f"`{item.command}`" in text
        assert f"Taken on {item.date}, commit `{item.commit}`" in text
    missed = [item for item in read().measurements.values() if item.is_met is False]
    assert text.count(">missed<") == len(missed)
    assert text.count(">met<") == sum(1 for item in read().measurements.values() if item.is_met)


def test_a_page_that_names_another_file_fails_the_build(tmp_path):
    handbook = Handbook(tmp_path)
    handbook.page("index.md", "# One\n\n[[measurements: docs/none.json]]\n")
    assert [found.split(": ", 1)[0] for found in handbook.build()] == ["docs/index.md:3"]
