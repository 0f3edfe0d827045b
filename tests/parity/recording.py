"""Runs the recorder over tests/api and tests/graphql, asks the same in the page, and reads what both wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.source import ROOT
from tests.parity.boot import PATIENCE, in_page
from tests.parity.compare import Answer

BASE = "http://testserver"  # where Django's test client thinks the service is
# Tests that make no request of the API, or only wait for servers that do not answer, and take a third of the time.
NOT_RECORDED = {
    "test_admin.py": "the admin is not a part of the API",
    "test_caching.py": "answers are kept by servers only",
    "test_caching_freshness.py": "answers are kept by servers only",
    "tests/graphql/test_permissions.py": "looks at the database between its requests, and changes it back",
    "tests/graphql/test_schema.py": "compares documents",
    "test_constraints.py": "asks the database only",
    "test_import_run.py::test_memory_does_not_grow_with_the_file": "measures memory",
    "test_import_kills.py": "breaks off what a worker does",
    "test_metrics.py": "nobody scrapes a page",
    "test_openapi.py": "compares documents",
    "test_outbox.py": "asks the workers' side only",
    "test_seed.py": "starts programs",
    "test_schema.py::test_it_is_limited_like_any_read": "changes a limit that the document, made once, holds",
    "test_settings.py": "starts programs",
    "test_thumbnails.py": "needs Pillow, which a page does not have",
    "test_stock_races.py": "needs threads, and a database other than SQLite",
    "test_health.py::test_a_check_that_hangs_is_not_waited_for": "only waits",
    "test_hostile_images.py::test_every_byte_of_a_small_picture_may_be_wrong": "asks the readers of pictures only",
    "test_health.py::test_a_server_that_refuses_is_reported_in_two_seconds": "starts programs",
    "test_health.py::test_a_server_that_is_silent_is_reported_in_two_seconds": "starts programs",
}


@dataclass(frozen=True)
class Exchange:
    """A request that a test made, and what both sides answered."""

    test: str
    request: str
    server: Answer
    page: Answer


@dataclass(frozen=True)
class Recording:
    """`restored`: how often the page's state had to be put back; all other requests were asked on its own state."""

    exchanges: list[Exchange]
    left_out: list[dict[str, str]]
    restored: int


def record(folder: Path) -> Recording:
    """Both sides' answers to every request of those tests that a page can make."""
    places = [name if name.startswith("tests/") else f"tests/api/{name}" for name in NOT_RECORDED]
    taken = [f"--deselect={place}" if "::" in place else f"--ignore={place}" for place in places]
    options = [f"--written-to={folder}", "-o", f"cache_dir={folder / 'cache'}", *taken]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.parity.recorder", *options, "tests/api", "tests/graphql"],
        cwd=ROOT, env=os.environ | {"POSTGRES_HOST": ""},
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    restored = in_page(folder, "snapshot", BASE, "stage.replay")
    return Recording(list(read(folder)), lines(folder / "left-out.jsonl"), restored)


def read(folder: Path) -> Iterator[Exchange]:
    rows = (lines(folder / f"{name}.jsonl") for name in ("asked", "expected", "answers"))
    for asked, expected, found in zip(*rows, strict=True):
        assert asked["number"] == expected["number"] == found["number"]
        request = f"{asked['message']['method']} {asked['message']['url']}"
        yield Exchange(expected["test"], request, answer(folder, expected), answer(folder, found))


def answer(folder: Path, row: Any) -> Answer:
    body = (folder / "blobs" / row["body"]).read_bytes() if row["body"] else b""
    return Answer(row["status"], row["reason"], row["headers"], body, row["queries"], row["rows"])


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
