"""npm's packages: what the lock names and no more, and nothing done twice."""

import json
import sys
from pathlib import Path

import pytest

from hub.npm import install
from hub.programs import ProgramFailed, run, telling_lines


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that asks npm for two folders beside it: nothing has to be fetched."""
    for name in ("page", "tool"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}), encoding="utf-8")
    asked = {"dependencies": {"page": "file:../page"}, "devDependencies": {"tool": "file:../tool"}}
    packages = {
        "": {"name": "planted", **asked},
        "../page": {"version": "1.0.0"},
        "../tool": {"version": "1.0.0", "dev": True},
        "node_modules/page": {"resolved": "../page", "link": True},
        "node_modules/tool": {"resolved": "../tool", "link": True, "dev": True},
    }
    lock = {"name": "planted", "lockfileVersion": 3, "requires": True, "packages": packages}
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"name": "planted", **asked}), encoding="utf-8")
    (project / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "npm"


@pytest.mark.parametrize(("with_tools", "names"), [(False, {"page"}), (True, {"page", "tool"})])
def test_the_page_gets_no_tools(root: Path, folder: Path, with_tools: bool, names: set[str]) -> None:
    assert install(folder, with_tools=with_tools, root=root)
    assert {path.name for path in (folder / "node_modules").iterdir() if path.name[0] != "."} == names


def test_nothing_is_installed_twice_for_the_same_lock(root: Path, folder: Path) -> None:
    assert install(folder, root=root) is True
    assert install(folder, root=root) is False
    assert install(folder, root=root, with_tools=True) is True
    lock = root / "package-lock.json"
    lock.write_text(lock.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert install(folder, root=root, with_tools=True) is True


def test_an_installation_that_failed_does_not_count(root: Path, folder: Path) -> None:
    install(folder, root=root)
    good = (root / "package-lock.json").read_bytes()
    (root / "package-lock.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ProgramFailed, match="npm"):
        install(folder, root=root)
    (root / "package-lock.json").write_bytes(good)
    assert install(folder, root=root) is True


def test_a_failed_program_is_told_by_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=r"^no such wheel$"):
        run([sys.executable, "-c", "import sys; sys.exit('no such wheel')"], tmp_path)


def test_minified_lines_and_the_places_they_were_called_from_are_left_out() -> None:
    assert telling_lines("Error: x\n" + "a" * 600 + "\n    at call (file.mjs:1)\nNode.js\n") == ["Error: x", "Node.js"]
