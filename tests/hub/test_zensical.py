"""The same tree builds with Zensical, MkDocs Material's successor: the same pages, with what the hub puts into them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hub.assets import copy_assets
from hub.capture import CACHE_VARIABLE
from hub.cost import KEPT
from hub.source import ROOT
from tests.hub.conftest import KeepTags

TREE = ("docs", "overrides", "hub", "demo_api", "mkdocs.yml", "requirements.txt", "scripts", "tests")
FILES_BESIDE = (
    "manage.py",
    "pyproject.toml",
    ".env.example",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook built by Zensical from a copy of the tree, for it writes a cache beside mkdocs.yml."""
    folder = tmp_path_factory.mktemp("zensical")
    for name in TREE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for name in FILES_BESIDE:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, folder / name)
    copy_assets(folder / "docs")
    # What this run's builds have asked the API need not be asked again: it is the rendering that is compared.
    for kept in KEPT:
        if (ROOT / ".cache" / kept).is_dir():
            shutil.copytree(ROOT / ".cache" / kept, folder / ".cache" / kept, ignore=shutil.ignore_patterns(".*"))
    environment = {**os.environ, CACHE_VARIABLE: "1", "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "zensical", "build"],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "site"


def address(page: Path) -> str:
    """Return where a page of docs/ ends up."""
    return (page.parent if page.stem == "index" else page.with_suffix("")).joinpath("index.html").as_posix()


def test_every_page_of_the_handbook_is_there(site):
    docs = ROOT / "docs"
    wanted = {address(path.relative_to(docs)) for path in docs.rglob("*.md")}
    built = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}
    assert wanted == built
    assert len(wanted) > 10


def test_requests_are_answered_by_the_api(site):
    html = (site / "index.html").read_text(encoding="utf-8")
    assert "nx-console__answer" in html
    assert "<b>200</b> OK" in html
    assert "Lagoon" in html


def test_no_fence_was_left_broken(site):
    broken = [path for path in site.rglob("*.html") if "nx-console--broken" in path.read_text(encoding="utf-8")]
    assert broken == []


def test_the_reference_has_its_operations_and_the_source_its_functions(site):
    reference = (site / "demo-api" / "reference" / "index.html").read_text(encoding="utf-8")
    assert 'id="list_products"' in reference
    source = (site / "reference" / "source" / "catalog" / "index.html").read_text(encoding="utf-8")
    assert 'id="demo_api.catalog.services.reserve' in source


def test_the_problem_types_are_listed(site):
    page = (site / "demo-api" / "problem-types" / "index.html").read_text(encoding="utf-8")
    assert len(re.findall(r"<h2 id=", page)) > 10


def test_its_own_files_and_overrides_come_along(site):
    html = (site / "index.html").read_text(encoding="utf-8")
    assert 'class="nx-logo"' in html
    assert (site / "assets" / "js" / "main.js").is_file()
    assert (site / "sw.js").is_file(), "at the root, for a worker reaches no further than its folder"
    assert (site / "assets" / "vendor" / "swagger-ui" / "swagger-ui-bundle.js").is_file()
    assert (site / "reference" / "openapi.yaml").is_file()


def test_the_configuration_uses_nothing_that_zensical_would_drop_without_a_word():
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=KeepTags)  # noqa: S506
    plugins = {name for plugin in config["plugins"] for name in ([plugin] if isinstance(plugin, str) else plugin)}
    assert "hooks" not in config
    assert plugins <= {"search", "mkdocstrings"}


def test_programs_ran_in_the_order_of_the_page(site):
    html = (site / "demo-api" / "python-cells" / "index.html").read_text(encoding="utf-8")
    numbers = re.findall(r'data-page="demo-api/python-cells" data-number="(\d+)"', html)
    assert numbers == [str(number + 1) for number in range(len(numbers))]
    assert len(numbers) >= 4
    assert "21 queries" in html
