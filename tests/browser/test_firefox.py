"""The API inside the page, in an engine other than Chromium's: it boots in Firefox, either way."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hub.npm import node
from tests.browser.page_api import loaded

VISIT = Path(__file__).with_name("firefox.mjs")


def run_console(firefox: str, address: str) -> dict[str, Any]:
    """Press Run in the first console of a page, in a fresh profile; what came of it, as firefox.mjs tells it."""
    done = subprocess.run(
        [node(), str(VISIT), firefox, address],
        capture_output=True, text=True, encoding="utf-8", timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    came_of_it: dict[str, Any] = json.loads(done.stdout)
    return came_of_it


@pytest.mark.parametrize(
    ("address", "way", "other"),
    [("demo-api/", "snapshot", "core-site"), ("demo-api/?zip", "core-site", "snapshot")],
    ids=["snapshot", "zip"],
)
def test_it_boots_in_firefox(firefox, hosted, manifest, address, way, other):
    if way not in {name for names in manifest["ways"].values() for name in names}:
        pytest.skip("this build could make no snapshot, and said so")
    visit = run_console(firefox, hosted + address)
    assert (visit["state"], visit["failure"]) == ("answered", "")
    assert visit["status"] == "200 OK"
    assert "answered in this page" in visit["note"]
    names = loaded(visit["addresses"])
    assert way in names
    assert other not in names, "Firefox needs no second try"
    assert visit["complaints"] == []
    assert [url for url in visit["addresses"] if not url.startswith((hosted, "data:", "blob:"))] == []
