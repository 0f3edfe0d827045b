"""The engines of a full run: what was asked for was exercised, and the table says so truthfully."""

import os
import sys
from pathlib import Path

import pytest

from hub.browser import candidates, name_of
from hub.engines.postgres import version_in
from tests.conftest import NOTES, rows
from tests.engines.firefox import NoFirefox, provide_firefox, running_firefox
from tests.engines.report import NOTES_VARIABLE, Engine, Notes, hear, read_notes, table

ALONE = "only `python scripts/nexus.py test` exercises more than one engine"


@pytest.mark.verdict
def test_everything_asked_for_was_exercised(request: pytest.FixtureRequest) -> None:
    notes = request.config.stash[NOTES]
    if not notes or not notes.strict:
        pytest.skip("what is missing fails only a run with --all" if notes else ALONE)
    assert [row.fault for row in rows(request.config, notes) if row.fault] == []


@pytest.mark.verdict
def test_the_database_tests_passed_on_postgresql(request: pytest.FixtureRequest) -> None:
    notes = request.config.stash[NOTES]
    if not notes:
        pytest.skip(ALONE)
    postgresql = notes.engines["postgresql"]
    if not postgresql.title:
        pytest.skip(f"PostgreSQL: {postgresql.missing}")
    # So that the last line of the run, which is about the suite on SQLite, is not green over a red run beside it.
    hear(notes)
    assert notes.engines["postgresql"].exit_code in (0, 5), notes.engines["postgresql"].outcomes


def test_a_pytest_that_a_test_starts_does_not_take_itself_for_a_part_of_the_run() -> None:
    # It would wait at its end for the tests in browsers, as the run itself does.
    assert NOTES_VARIABLE not in os.environ


def notes_with(tmp_path: Path, **engines: Engine) -> Notes:
    return Notes(tmp_path / "notes.json", strict=True, engines=engines)


def faults(notes: Notes, needed: dict[str, int]) -> list[str]:
    return [row.fault for row in table(notes, needed) if row.fault]


def test_an_engine_that_is_needed_and_missing_is_a_fault_with_its_reason(tmp_path: Path) -> None:
    notes = notes_with(
        tmp_path,
        sqlite=Engine("SQLite 3", outcomes={"passed": 2}),
        postgresql=Engine(missing="not installed: install it"),
    )
    assert faults(notes, {"database": 2}) == ["PostgreSQL: not installed: install it"]


def test_an_engine_on_which_no_test_passed_is_a_fault(tmp_path: Path) -> None:
    notes = notes_with(tmp_path, browser=Engine("Chromium 1", outcomes={"passed": 0, "skipped": 3}))
    assert faults(notes, {"browser": 3}) == ["Browser: no test that needs it passed"]


def test_an_engine_that_no_test_needs_is_no_fault_and_says_so(tmp_path: Path) -> None:
    table_rows = {row.name: row for row in table(notes_with(tmp_path), {})}
    assert [row.fault for row in table_rows.values()] == [""] * 6
    assert table_rows["Redis"].text.endswith("no    not used yet by this version: no test needs it")


def test_an_engine_counts_from_the_first_test_that_is_marked_for_it(tmp_path: Path) -> None:
    assert faults(notes_with(tmp_path), {"redis": 1}) == ["Redis: no test that needs it passed"]


def test_notes_come_back_as_they_were_written(tmp_path: Path) -> None:
    notes = notes_with(tmp_path, postgresql=Engine("PostgreSQL 15", outcomes={"passed": 4, "failed": 1}, exit_code=1))
    notes.write()
    assert read_notes(str(notes.path)) == notes


def test_without_notes_pytest_runs_by_itself() -> None:
    assert read_notes(None) is None


def test_browser_path_is_the_only_browser_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/somewhere/else/chrome")
    assert list(candidates()) == ["/somewhere/else/chrome"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/bin/chromium", "Chromium"),
        ("/opt/google/chrome/google-chrome", "Chrome"),
        ("C:/Edge/msedge.exe", "Edge"),
    ],
)
def test_a_browser_is_called_what_people_call_it(path: str, name: str) -> None:
    assert name_of(path) == name


def test_firefox_path_is_the_only_firefox_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREFOX_PATH", sys.executable)  # it tells a version, but is no Firefox
    assert provide_firefox() == (None, f"{sys.executable} (FIREFOX_PATH) is no Firefox")


def test_a_firefox_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(NoFirefox, match="does not start"), running_firefox(sys.executable, tmp_path):
        pass


def test_the_newest_postgresql_is_preferred() -> None:
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in (9, 17, 15)]
    assert max(folders, key=version_in).parent.name == "17"
