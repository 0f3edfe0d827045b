"""A strict build fails on what is broken, and says in which file and line."""

import subprocess
import sys

import pytest

from hub.source import ROOT
from tests.hub.conftest import Handbook

OPENAPI = "openapi: 3.1.1\npaths: {}\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("See [there](nowhere.md).", "docs/index.md:4: a link 'nowhere.md', but the target is not found"),
        ("![a picture](nowhere.png)", "docs/index.md:4: a link 'nowhere.png', but the target is not found"),
        ("See [above](#nothing).", "docs/index.md:4: a link '#nothing', but there is no such anchor on this page"),
        ("See [it](other.md#no).", "docs/index.md:4: a link 'other.md#no', but the doc 'other.md' does not contain"),
        ("See [it](/api/docs/).", "docs/index.md:4: an absolute link '/api/docs/'"),
        ("See [it](other).", "docs/index.md:4: an unrecognized relative link 'other'"),
        ('--8<-- "no/such/file.py"', "docs/index.md:4: Snippet at path 'no/such/file.py' could not be found"),
        ('--8<-- "manage.py:nothing"', "docs/index.md:4: Snippet section 'nothing' could not be located"),
        ("[[openapi: nowhere.yaml]]", "docs/index.md:4: "),
        ("[[openapi: mkdocs.yml]]", "docs/index.md:4: mkdocs.yml is not an OpenAPI document"),
        ("::: hub.nothing", "docs/index.md:4: hub.nothing could not be found"),
    ],
)
def test_what_is_broken_is_named_with_file_and_line(handbook: Handbook, monkeypatch, line, says):
    (handbook.folder / "manage.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.chdir(handbook.folder)
    handbook.page("other.md", "# Other\n\nText.\n")
    handbook.page("index.md", f"# Home\n\nText.\n{line}\n")
    found = handbook.build()
    assert any(text.startswith(says) for text in found), found


def test_a_link_by_reference_is_found_too(handbook: Handbook):
    handbook.page("index.md", "# Home\n\nSee [it][a].\n\n[a]: nowhere.md\n")
    (found,) = handbook.build()
    assert found.startswith("docs/index.md:5: ")


def test_a_page_that_is_not_in_the_nav_is_named(handbook: Handbook):
    handbook.page("lost.md", "# Lost\n\nText.\n", in_nav=False)
    assert handbook.build() == ["docs/lost.md:1: this page is not in the nav; add it to `nav:` in mkdocs.yml"]


def test_a_nav_entry_without_a_page_is_named_in_the_configuration(handbook: Handbook):
    handbook.nav.append("gone.md")
    found = handbook.build()
    line = next(n for n, text in enumerate(handbook.config.read_text().splitlines(), 1) if "gone.md" in text)
    assert [text.split(" A reference")[0] for text in found] == [f"mkdocs.yml:{line}:"]


def test_a_wrong_configuration_is_named_in_the_configuration(handbook: Handbook, monkeypatch):
    handbook.write_config()
    text = handbook.config.read_text().replace("docs_dir: docs", "docs_dir: elsewhere")
    handbook.config.write_text(text)
    monkeypatch.setattr(handbook, "write_config", lambda: None)
    line = next(n for n, text in enumerate(text.splitlines(), 1) if text.startswith("docs_dir:"))
    assert any(found.startswith(f"mkdocs.yml:{line}: Config value 'docs_dir'") for found in handbook.build())


def test_everything_broken_on_two_pages_is_told_at_once(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n[a](a.md)\n\n[b](b.md)\n")
    handbook.page("other.md", "# Other\n\n[c](c.md)\n")
    assert sorted(text.split(": ")[0] for text in handbook.build()) == [
        "docs/index.md:3",
        "docs/index.md:5",
        "docs/other.md:3",
    ]


def test_a_handbook_without_fault_is_built(handbook: Handbook):
    assert handbook.build() == []
    assert "Some text." in handbook.html("index.html")


def test_the_command_exits_with_1_and_prints_the_findings(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n[a](a.md)\n")
    handbook.write_config()
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "hub",
            "build",
            "--config-file",
            handbook.config,
            "--site-dir",
            handbook.folder / "site",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.returncode == 1
    assert f"{handbook.folder.as_posix()}/docs/index.md:3: a link 'a.md'" in run.stderr
    assert "The handbook was not built: 1 to mend." in run.stderr
