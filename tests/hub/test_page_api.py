"""The in-page API's files, and what the page's way in restores. That the answers are a server's: tests/parity."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hub.page_api.build import WAYS, build_page_api
from hub.page_api.sources import wanted
from hub.source import ROOT
from tests.parity.boot import built


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of the in-page API's files."""
    return built()


@pytest.fixture(scope="session")
def manifest(files: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_the_manifest_names_files_that_are_there_with_their_sizes(files, manifest):
    for entry in manifest["files"].values():
        data = (files / entry["url"]).read_bytes()
        if entry["url"].endswith(".bin"):
            assert entry["bytes"] == len(data)
            assert gzip.decompress(data)
    assert {name for way in WAYS.values() for name in way} <= set(manifest["files"])
    assert {path.name for path in files.iterdir()} == (
        {entry["url"] for entry in manifest["files"].values()} | {"manifest.json", "inputs"}
    )


def test_nothing_changed_means_no_work(files):
    assert build_page_api(files) is False


def test_no_secret_and_no_path_of_the_building_machine_is_in_the_files(files):
    for path in files.glob("*.bin"):
        data = gzip.decompress(path.read_bytes())
        assert str(ROOT).encode() not in data, path.name


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        ("django/db/models/query.py", True),
        ("django/contrib/gis/geos/point.py", False),
        ("django/contrib/admin/static/admin/js/core.js", False),
        ("django/conf/locale/en/formats.py", True),
        ("django/conf/locale/de/formats.py", False),
        ("tzdata/zoneinfo/UTC", True),
        ("tzdata/zoneinfo/Europe/Berlin", False),
        ("../../bin/sqlformat.py", False),
    ],
)
def test_what_is_never_imported_stays_out(name, goes):
    assert wanted(name) is goes
