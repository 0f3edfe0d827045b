"""Blocks that need an engine: their recordings are true where the engine is, and shown elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import update as module
from hub.blocks import recordings
from hub.blocks.recordings import Ask, on_engines, unused
from hub.build import CONFIG_FILE
from hub.commit import commit
from hub.engines.live import postgres_worker
from hub.engines.postgres import NoPostgres, connect, provide_postgres, server_from_settings, server_version
from hub.source import ROOT
from tests.conftest import NOTES
from tests.hub.conftest import Handbook

SQL = "```sql {engine=postgresql}\nSELECT 1 AS one\n```\n"
ANSWER = {"columns": ["one"], "rows": [["1"]], "count": 1, "plan": "Result", "error": None}
Engines = dict[str, tuple[str, Ask]]


def engine(answer: object = ANSWER, asked: list | None = None) -> Engines:
    """An engine that gives one answer to everything."""

    def ask(question):
        if asked is not None:
            asked.append(question)
        return answer

    return {"postgresql": ("15.1", ask)}


def record(handbook: Handbook, engines: Engines, *, write: bool = True) -> list[str]:
    """Run the handbook's blocks where the engine is; return what is wrong."""
    handbook.write_config()
    with on_engines(engines, write=write):
        return [
            said.replace(f"{handbook.folder.as_posix()}/", "") for said in module.render_pages(handbook.config).broken
        ]


def files(handbook: Handbook) -> list[Path]:
    return sorted((handbook.folder / "docs" / "recordings").rglob("*.json"))


# Without the engine -----------------------------------------------------------------------------------------------


def test_a_recording_is_shown_with_engine_day_and_commit_in_plain_view(handbook: Handbook):
    handbook.page("deep/page.md", f"# Page\n\n{SQL}")
    assert record(handbook, engine()) == []
    [file] = files(handbook)
    assert file.parent == handbook.folder / "docs" / "recordings" / "deep" / "page"
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["version"] == "15.1"
    assert kept["commit"] == commit()
    assert kept["question"]["source"] == "SELECT 1 AS one"
    file.write_text(json.dumps(kept | {"date": "2026-11-05", "commit": "0123456789ab"}), encoding="utf-8")
    assert handbook.build() == []
    html = handbook.html("deep/page/index.html")
    assert "recorded on PostgreSQL 15.1, 5 November 2026, commit 0123456789ab" in html
    assert "SQL on PostgreSQL" in html
    assert '<td class="nx-sql__number">1</td>' in html


def test_a_block_without_a_recording_fails_with_what_to_do(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    [found] = handbook.build()
    assert found.startswith("docs/index.md:3: there is no recording of this block on PostgreSQL")
    assert "run `python scripts/nexus.py docs --update` where PostgreSQL is, and commit docs/recordings/index/" in found


@pytest.mark.parametrize(("old", "new"), [("SELECT 1", "SELECT 2"), ("engine=", "rows=3 engine=")])
def test_a_block_that_changed_has_no_recording(handbook: Handbook, old, new):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    assert record(handbook, engine()) == []
    assert handbook.build() == []
    handbook.page("index.md", f"# Home\n\n{SQL.replace(old, new)}")
    assert handbook.build()[0].startswith("docs/index.md:3: there is no recording")


def test_a_program_above_that_changed_makes_a_recording_of_a_program_stale(handbook: Handbook):
    ask = "```python {engine=postgresql}\nn\n```\n\n```output\n1\n```\n\n"
    text = f"# Home\n\n```python\nn = 1\n```\n\n{ask}```python\nn\n```\n"
    answer = {"output": "", "value": "1", "error": None, "queries": ["SELECT 1"], "count": 1}
    asked: list = []
    handbook.page("index.md", text)
    assert record(handbook, engine(answer, asked)) == []
    assert asked == [{"kind": "cell", "earlier": ["n = 1"], "source": "n"}]
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert html.count('data-page="index"') == 2, "the page's script leaves the one in the middle alone"
    assert 'data-number="2"' in html
    assert 'data-number="3"' not in html
    handbook.page("index.md", text.replace("n = 1", "n = 1  # changed"))
    assert [line[:40] for line in handbook.build()] == ["docs/index.md:7: there is no recording o"]


def test_a_file_that_is_no_recording_is_named(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    assert record(handbook, engine()) == []
    [file] = files(handbook)
    file.write_text("{}", encoding="utf-8")
    [found] = handbook.build()
    assert found.startswith(f"docs/index.md:3: docs/recordings/index/{file.name} is not a recording")


@pytest.mark.parametrize("name", ["rabbitmq", "docker", ""])
def test_an_engine_that_nothing_can_run_is_refused(handbook: Handbook, name):
    handbook.page("index.md", f"# Home\n\n```python {{engine='{name}'}}\n1\n```\n")
    says = "is not one that can be run; write engine=postgresql, or leave it out for SQLite"
    assert handbook.build() == [f"docs/index.md:3: engine={name} {says}"]


def test_a_program_that_needs_an_engine_has_no_difference_to_declare(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```python {engine=postgresql differs='it has no server'}\n1\n```\n")
    assert handbook.build()[0].startswith("docs/index.md:3: differs and engine exclude each other")


def test_a_difference_of_the_page_needs_a_reason_and_prints_it(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```python {differs='no threads in a page'}\n1\n```\n")
    assert handbook.build() == []
    assert "In the page it differs: no threads in a page." in handbook.html("index.html")
    handbook.page("index.md", "# Home\n\n```python {differs=yes}\n1\n```\n")
    assert handbook.build()[0].startswith("docs/index.md:3: differs needs a reason")


# Where the engine is, as far as no engine is needed to try it -------------------------------------------------------


def test_a_recording_that_is_no_longer_true_is_found_and_written_anew(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    assert record(handbook, engine()) == []
    [file] = files(handbook)
    before = file.read_bytes()
    assert record(handbook, engine(), write=False) == []
    assert record(handbook, engine()) == []
    assert file.read_bytes() == before, "what is still true keeps its date"
    other = engine({**ANSWER, "plan": "Seq Scan on x"})
    [found] = record(handbook, other, write=False)
    assert found.startswith("docs/index.md:3: the recording is no longer what comes out")
    assert '-  "plan": "Result"'.replace("  ", " ") in found
    assert file.read_bytes() == before
    assert record(handbook, other) == []
    assert "Seq Scan on x" in file.read_text()


def test_what_may_change_does_not_make_a_recording_false(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n" + SQL.replace("postgresql", 'postgresql volatile="[0-9]+ ms"'))
    assert record(handbook, engine({**ANSWER, "plan": "Result 4 ms"})) == []
    assert record(handbook, engine({**ANSWER, "plan": "Result 17 ms"}), write=False) == []
    assert len(record(handbook, engine({**ANSWER, "plan": "Other 17 ms"}), write=False)) == 1


def test_frames_of_a_traceback_do_not_count_for_they_name_files_of_one_machine():
    error = {"type": "E", "message": "m", "line": 1}
    one = {"error": {**error, "traceback": 'File "/a.py"\nE: m'}}
    assert recordings.comparable(one, "") == recordings.comparable({"error": {**error, "traceback": "File\nE: m"}}, "")
    assert recordings.comparable(one, "") != recordings.comparable({"error": {**error, "traceback": "File\nE: n"}}, "")


def test_an_answer_that_is_not_expected_is_never_recorded(handbook: Handbook):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    error = {"type": "ProgrammingError", "message": "no", "line": 1}
    assert record(handbook, engine({**ANSWER, "error": error})) == [
        "docs/index.md:4: the database answered ProgrammingError: no"
    ]
    assert files(handbook) == []


def test_update_says_what_it_recorded_and_removes_what_no_block_shows(handbook: Handbook, monkeypatch, capsys):
    monkeypatch.setattr(module, "engines_here", lambda: Here(engine(), {}))
    handbook.page("index.md", f"# Home\n\n{SQL}")
    handbook.write_config()
    assert module.update(handbook.config) == 0
    [first] = files(handbook)
    assert f"{first.name}: recorded on PostgreSQL 15.1, " in capsys.readouterr().out
    assert module.update(handbook.config) == 0
    assert capsys.readouterr().out == "Nothing to update.\n"
    handbook.page("index.md", f"# Home\n\n{SQL.replace('1', '2')}")
    assert module.update(handbook.config) == 0
    assert f"{first.name}: removed, for no block shows it" in capsys.readouterr().out
    assert len(files(handbook)) == 1
    assert first not in files(handbook)


def test_update_without_the_engine_leaves_recordings_and_says_so(handbook: Handbook, monkeypatch, capsys):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    assert record(handbook, engine()) == []
    monkeypatch.setattr(module, "engines_here", lambda: Here({}, {"postgresql": "not installed"}))
    assert module.update(handbook.config) == 0
    assert capsys.readouterr().out == "PostgreSQL: no recording was taken anew (not installed).\nNothing to update.\n"
    handbook.page("index.md", f"# Home\n\n{SQL.replace('1', '2')}")
    assert module.update(handbook.config) == 1
    assert "there is no recording of this block" in capsys.readouterr().err
    assert len(files(handbook)) == 1


class Here:
    """What `engines_here` gives."""

    def __init__(self, *found: object) -> None:
        self.found = found

    def __enter__(self):
        return self.found

    def __exit__(self, *_: object) -> None:
        pass


# On the real engine -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A PostgreSQL server: the one that the pass on PostgreSQL brings, else a private one."""
    notes = request.config.stash[NOTES]
    if notes and not notes.process and not server_from_settings():
        pytest.skip("examples on PostgreSQL are for the pass on PostgreSQL")
    provided = provide_postgres()
    try:
        found, _ = provided.__enter__()
    except NoPostgres as absence:
        pytest.skip(f"PostgreSQL: {absence}")
    yield found
    provided.__exit__(None, None, None)


@pytest.fixture(scope="module")
def postgresql(server: dict[str, str]) -> Iterator[Engines]:
    with postgres_worker(server) as ask:
        yield {"postgresql": (server_version(server), ask)}


@pytest.mark.database
def test_the_recordings_of_the_handbook_are_what_postgresql_gives(postgresql: Engines):
    with on_engines(postgresql, write=False) as session:
        found = module.render_pages(CONFIG_FILE)
    assert [said for said in found.broken if "recording" in said] == []
    assert session.used, "no block was run"
    assert unused(ROOT / "docs", session.used) == []


@pytest.mark.database
def test_programs_and_statements_run_on_a_seeded_postgresql_of_their_own(postgresql: Engines):
    _, ask = postgresql["postgresql"]
    imports = "from django.db import connection\nfrom demo_api.catalog.models import Category"
    make = f"{imports}\nconnection.vendor, Category.objects.create(name='Maps', slug='maps').slug"
    assert ask({"kind": "cell", "earlier": [], "source": make})["value"] == "('postgresql', 'maps')"
    count = {"kind": "sql", "source": "SELECT count(*) FROM catalog_category WHERE slug = 'maps'", "rows": 1}
    assert ask(count)["rows"] == [["0"]]
    delete = ask({"kind": "sql", "source": "UPDATE catalog_product SET stock = 0 WHERE price < 12", "rows": 1})
    assert (delete["count"], delete["columns"]) == (3, [])
    assert delete["plan"].startswith("Update on catalog_product")
    percent = ask({"kind": "sql", "source": "SELECT slug FROM catalog_product WHERE slug LIKE 'plain%'", "rows": 1})
    assert percent["rows"] == [["plain-eraser"]]


@pytest.mark.database
@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("SELECT slug\nFROM catalog_product\nWHERE colour = 1", "ProgrammingError", 3),
        ("SELECT 'é\n'\nFROM nowhere", "ProgrammingError", 3),
        ("UPDATE catalog_product SET price = -1", "IntegrityError", 0),
    ],
)
def test_postgresql_says_in_which_line_it_stumbles(postgresql: Engines, source, kind, line):
    _, ask = postgresql["postgresql"]
    error = ask({"kind": "sql", "source": source, "rows": 1})["error"]
    assert (error["type"], error["line"]) == (kind, line)


@pytest.mark.database
def test_a_recording_that_lies_is_found_on_postgresql(handbook: Handbook, postgresql: Engines):
    handbook.page("index.md", f"# Home\n\n{SQL}")
    assert record(handbook, engine({**ANSWER, "rows": [["2"]]})) == []
    [found] = record(handbook, postgresql, write=False)
    assert found.startswith("docs/index.md:3: the recording is no longer what comes out")


@pytest.mark.database
def test_nothing_is_left_on_the_server(server: dict[str, str]):
    with postgres_worker(server) as ask:
        assert ask({"kind": "cell", "earlier": [], "source": "1"})["value"] == "1"
        ours = names(server)
        assert len(ours) >= 2
    assert len(names(server)) == len(ours) - 2


def names(server: dict[str, str]) -> list[str]:
    with connect(server) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'nexus_docs_%'")
        return [name for (name,) in found.fetchall()]
