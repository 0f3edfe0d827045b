"""The rooms import in one direction only, and the rule is one that can fail."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.nexus import ROOT, Environment

ROOMS = ("demo_api", "hub", "scripts")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Environment(ROOT).tool("lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python of the three rooms, to plant imports in."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=only_python)
    return tmp_path


def only_python(folder: str, names: list[str]) -> list[str]:
    """What not to copy: caches, pictures, data."""
    return [
        name for name in names if name == "__pycache__" or (Path(folder, name).is_file() and not name.endswith(".py"))
    ]


def test_the_rooms_keep_the_rules() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_the_copy_keeps_them_before_anything_is_planted(copy: Path) -> None:
    assert lint_imports(copy).returncode == 0


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("demo_api/nexus/planted.py", "hub"),
        ("demo_api/catalog/planted.py", "scripts.nexus"),
        ("hub/planted.py", "scripts.nexus"),
        ("demo_api/catalog/selectors.py", "demo_api.catalog.api"),
        ("demo_api/catalog/models.py", "demo_api.catalog.services"),
    ],
)
def test_an_import_against_the_direction_is_found(copy: Path, importer: str, imported: str) -> None:
    with (copy / importer).open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout


def test_rest_and_graphql_may_not_meet(copy: Path) -> None:
    graphql = copy / "demo_api" / "catalog" / "graphql"
    graphql.mkdir(exist_ok=True)
    (graphql / "__init__.py").write_text("import demo_api.catalog.api\n", encoding="utf-8")
    assert lint_imports(copy).returncode == 1
