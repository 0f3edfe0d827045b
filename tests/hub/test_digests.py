"""A digest changes with what a product is made from, and with nothing else."""

import shutil
from pathlib import Path

import pytest

from hub.digests import digest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with one input."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "index.md").write_text("# One", encoding="utf-8")
    return folder


def test_the_same_contents_give_the_same_digest(tree: Path) -> None:
    assert digest([tree], tree.parent) == digest([tree], tree.parent)


@pytest.mark.parametrize(("name", "text"), [("index.md", "# Two"), ("more.md", ""), ("sub/index.md", "# One")])
def test_a_changed_or_new_file_changes_the_digest(tree: Path, name: str, text: str) -> None:
    before = digest([tree], tree.parent)
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text(text, encoding="utf-8")
    assert digest([tree], tree.parent) != before


def test_a_removed_file_changes_the_digest(tree: Path) -> None:
    before = digest([tree], tree.parent)
    (tree / "index.md").unlink()
    assert digest([tree], tree.parent) != before


@pytest.mark.parametrize("name", ["__pycache__/x.pyc", "assets/vendor/swagger.js", ".DS_Store"])
def test_caches_and_copies_do_not_count(tree: Path, name: str) -> None:
    before = digest([tree], tree.parent)
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text("new", encoding="utf-8")
    assert digest([tree], tree.parent) == before


@pytest.mark.parametrize("parent", ["vendor", "media"])
def test_where_a_checkout_lies_does_not_count(tree: Path, parent: str) -> None:
    before = digest([tree], tree.parent)
    elsewhere = tree.parent / parent / "project"
    elsewhere.mkdir(parents=True)
    (tree / "index.md").write_bytes(b"# One")
    shutil.copytree(tree, elsewhere / "docs")
    assert digest([elsewhere / "docs"], elsewhere) == before
    (elsewhere / "docs" / "index.md").write_bytes(b"# Two")
    assert digest([elsewhere / "docs"], elsewhere) != before


def test_line_endings_do_not_count(tree: Path) -> None:
    (tree / "index.md").write_bytes(b"# One\nText\n")
    before = digest([tree], tree.parent)
    (tree / "index.md").write_bytes(b"# One\r\nText\r\n")
    assert digest([tree], tree.parent) == before


def test_files_can_be_picked_by_their_suffix(tree: Path) -> None:
    before = digest([tree], tree.parent, suffixes=(".md",))
    (tree / "notes.txt").write_text("new", encoding="utf-8")
    assert digest([tree], tree.parent, suffixes=(".md",)) == before
    (tree / "more.md").write_text("new", encoding="utf-8")
    assert digest([tree], tree.parent, suffixes=(".md",)) != before


def test_a_file_named_itself_always_counts(tree: Path) -> None:
    before = digest([tree / "index.md"], tree.parent, suffixes=(".py",))
    (tree / "index.md").write_text("# Two", encoding="utf-8")
    assert digest([tree / "index.md"], tree.parent, suffixes=(".py",)) != before
