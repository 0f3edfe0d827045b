"""The API as the page runs it: the files that the build makes, booted both ways under Node, and the way in itself."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.npm import node
from hub.page_api.build import ENVIRONMENT, WAYS, WORK, build_page_api
from hub.page_api.sources import wanted
from hub.source import ROOT

BASE = "https://reader.example/alx-project-nexus"
BOOT = Path(__file__).with_name("boot.mjs")
# What differs between two runs of the same request, wherever they run.
VOLATILE = {"X-Request-ID", "Server-Timing", "Date"}


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of the in-page API's files, made anew only when something they are made from has changed."""
    folder = ROOT / "docs" / "assets" / "vendor" / "page-api"
    build_page_api(folder)
    return folder


@pytest.fixture(scope="session")
def manifest(files: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files / "manifest.json").read_text(encoding="utf-8"))
    return found


def get(path: str, **headers: str) -> dict[str, Any]:
    return {"method": "GET", "url": BASE + path, "headers": [list(pair) for pair in headers.items()], "body": ""}


def post(path: str, body: object) -> dict[str, Any]:
    headers = [["Content-Type", "application/json"]]
    return {"method": "POST", "url": BASE + path, "headers": headers, "body": json.dumps(body)}


REQUESTS = [
    get("/api/v1/products/?page_size=3"),
    get("/api/v1/products/?category=coffee-and-tea&ordering=price&max_price=40"),
    get("/api/v1/products/lagoon-speaker/"),
    get("/api/v1/products/?page_size=0&colour=red"),
    get("/api/v1/categories/"),
    get("/api/v1/products/no-such-thing/"),
    get("/api/v1/products/", Accept="text/html"),
    get("/health/ready/"),
    get("/api/problems/"),
    get("/api/schema/?format=json"),
    post("/api/v1/products/", {"name": "Cup"}),
    post("/api/v1/auth/sign-in/", {"username": "demo-staff", "password": "wrong"}),
    post("/api/v1/auth/register/", {"username": "ada", "password": "password"}),
    get("/nope"),
]


# The way in, under CPython ------------------------------------------------------------------------------------------

ASK = """
import json, sys
from pathlib import Path
from demo_api.nexus import browser
browser.begin(sys.argv[1], Path(sys.argv[2]).read_bytes())
for line in sys.stdin:
    request = json.loads(line)
    answer = browser.handle(request | {"body": request["body"].encode()})
    print(json.dumps(answer | {"body": answer["body"].decode()}))
"""


def ask_cpython(folder: Path, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each request's answer from `browser.handle`, in a process with the page's settings."""
    places = {"SQLITE_PATH": str(folder / "db.sqlite3"), "MEDIA_ROOT": str(folder / "media"), "POSTGRES_HOST": ""}
    done = subprocess.run(
        [sys.executable, "-c", ASK, BASE, str(WORK / "packed" / "database.sqlite3")],
        cwd=ROOT, env=os.environ | ENVIRONMENT | places | {"HOME": str(Path.home())},
        input="\n".join(map(json.dumps, requests)), capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def cpython(files: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return ask_cpython(tmp_path_factory.mktemp("cpython"), REQUESTS)


def test_links_and_pictures_stand_below_the_site(cpython):
    page = json.loads(cpython[0]["body"])
    assert page["next"].startswith(f"{BASE}/api/v1/products/?")
    assert page["results"][0]["image"].startswith(f"{BASE}/media/products/seed/")


def test_the_trace_has_each_statement_with_its_values_and_its_plan(cpython):
    trace = cpython[2]["trace"]
    assert trace["count"] == len(trace["queries"]) == 1
    (query,) = trace["queries"]
    assert "'lagoon-speaker'" in query["sql"]
    assert "%s" not in query["sql"]
    assert any("slug" in line for line in query["plan"])


def test_what_is_written_is_gone_after_a_restore(files, tmp_path):
    account = {"username": "grace", "password": "a-long-pass-phrase"}
    register = post("/api/v1/auth/register/", account)
    assert [answer["status"] for answer in ask_cpython(tmp_path, [register, register])] == [201, 400]
    assert ask_cpython(tmp_path, [register])[0]["status"] == 201


# The files --------------------------------------------------------------------------------------------------------


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


# The page's Python gives the same answers -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["snapshot", "zip"])
def in_page(
    request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """Each request's answer from the built files, booted one way under Node."""
    asked = tmp_path_factory.mktemp("node") / "requests.json"
    asked.write_text(json.dumps(REQUESTS), encoding="utf-8")
    done = subprocess.run(
        [node(), str(BOOT), str(files), request.param, BASE, str(asked)],
        capture_output=True, text=True, encoding="utf-8", timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, "\n".join(line[:300] for line in done.stderr.splitlines()[-20:])
    answers: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return answers


def comparable(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from run to run."""
    body = re.sub(r'"request_id": ?"[^"]*"', '"request_id": ""', answer["body"])
    headers: dict[str, object] = {name: value for name, value in answer["headers"] if name not in VOLATILE}
    policy = str(headers.pop("Content-Security-Policy", ""))  # the order of its directives is that of a set
    headers["Content-Security-Policy"] = sorted(policy.split("; "))
    return {"status": answer["status"], "headers": headers, "body": body}


def test_the_answers_are_the_same_to_the_byte(in_page, cpython):
    for request, page, reference in zip(REQUESTS, in_page, cpython, strict=True):
        assert comparable(page) == comparable(reference), request["url"]


def test_the_statements_and_their_plans_are_the_same_in_number(in_page, cpython):
    assert [answer["trace"]["count"] for answer in in_page] == [answer["trace"]["count"] for answer in cpython]
