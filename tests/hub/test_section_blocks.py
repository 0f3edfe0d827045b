"""The section block: code of the project under its path, and a clear error when it is gone."""

from pathlib import Path

import pytest

from hub.blocks.block import BlockError
from hub.blocks.section import find_section
from tests.hub.conftest import Handbook

CODE = '''"""A module."""

LIMIT = 3


class Shop:
    """A shop."""

    @property
    def size(self) -> int:
        return LIMIT
'''
MARKED = "a: 1\n# [start: part]\n  b: 2\n  c: 3\n# [end: part]\nd: 4\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "shop.yml").write_text(MARKED, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "first", "last", "text"),
    [
        ("shop.py LIMIT", 3, 3, "LIMIT = 3"),
        ("shop.py Shop.size", 9, 11, "@property\ndef size(self) -> int:\n    return LIMIT"),
        ("shop.yml part", 3, 4, "b: 2\nc: 3"),
        ("shop.yml", 1, 6, "a: 1\n  b: 2\n  c: 3\nd: 4"),
    ],
)
def test_a_section_is_found_by_its_name(project, reference, first, last, text):
    found = find_section(reference, project)
    assert (found.first, found.last, found.text) == (first, last, text)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("", "a section is a path and a name"),
        ("shop.py Shop size", "a section is a path and a name"),
        ("gone.py Shop", "there is no file gone.py"),
        ("../shop.py Shop", "there is no file ../shop.py"),
        ("shop.py Shop.sizes", "has no section Shop.sizes; is it Shop.size"),
        ("shop.yml whole", "shop.yml has no section whole"),
    ],
)
def test_what_is_gone_is_refused(project, reference, says):
    with pytest.raises(BlockError, match=says):
        find_section(reference, project)


@pytest.mark.parametrize("text", ["# [start: a]\n", "# [end: a]\n"])
def test_half_a_mark_is_refused(project, text):
    (project / "half.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BlockError, match=r"half.yml:1: .* has no "):
        find_section("half.yml a", project)


def test_a_long_piece_is_no_example(project):
    (project / "long.txt").write_text("line\n" * 81, encoding="utf-8")
    with pytest.raises(BlockError, match="81 lines"):
        find_section("long.txt", project)


def test_a_page_shows_the_code_with_a_link_to_its_lines(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```section\ndemo_api/nexus/wsgi.py application\n```\n")
    assert handbook.build() == []
    html = handbook.html("index.html")
    assert 'class="nx-console nx-section"' in html
    assert "/demo_api/nexus/wsgi.py#L" in html
    assert "1 block included from the code" in html


def test_a_renamed_section_fails_the_build_with_file_and_line(handbook: Handbook):
    handbook.page("index.md", "# Home\n\n```section\ndemo_api/nexus/wsgi.py app\n```\n")
    (found,) = handbook.build()
    assert found == "docs/index.md:3: demo_api/nexus/wsgi.py has no section app; is it application?"
