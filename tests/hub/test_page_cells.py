"""Programs of the reader in the page's own Python: the tests of `tests/api/test_cells.py` again, and what differs."""

from collections.abc import Iterator

import pytest

from hub.npm import node
from hub.page_api.build import build_page_api
from hub.source import ROOT
from tests.api import test_cells
from tests.api.test_cells import *  # noqa: F403  # collected here too, with `process` below
from tests.hub.reader import Reader

PROGRAM = ROOT / "tests" / "hub" / "cells.mjs"
# Chromium can stop Python inside a call and go on later (JSPI), and so can Node when asked; other browsers cannot.
FLAGS = {"snapshot": [], "zip": ["--experimental-wasm-jspi"]}


@pytest.fixture(scope="module", params=["snapshot", "zip"])  # type: ignore[no-redef]
def process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The in-page API, booted one way under Node, for all tests."""
    files = ROOT / "docs" / "assets" / "vendor" / "page-api"
    build_page_api(files)
    scratch = tmp_path_factory.mktemp("node")
    command = [node(), *FLAGS[request.param], str(PROGRAM), str(files), request.param, str(scratch)]
    with Reader(command) as reader:
        yield reader


def test_the_process_can_stop_inside_a_call_where_it_was_asked_to(reader, request):
    can = test_cells.succeed(reader, "from pyodide.ffi import can_run_sync\ncan_run_sync()")["value"]
    assert can == str(bool(FLAGS[request.node.callspec.params["process"]]))


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("import pdb", "The page's Python comes without pdb. An installed Python has it."),
        ("help(len)", "The page's Python comes without pydoc. An installed Python has it."),
        ("import numpy.linalg", "The page's Python has its standard library, Django and what demo_api needs"),
        ("import threading\nthreading.Thread(target=print).start()", "A page has one thread."),
        (
            f"{test_cells.SCRIPT}\nfrom asgiref.sync import async_to_sync\nasync_to_sync(count)()",
            "A page has one thread.",
        ),
        ("import zoneinfo\nzoneinfo.ZoneInfo('Europe/Berlin')", "The page's Python knows one time zone, UTC."),
        ("from django.core.management import call_command\ncall_command('shell')", "The page's Django comes without"),
        (
            "import urllib.request\nurllib.request.urlopen('http://localhost:1')",
            "The page's Python reaches no network.",
        ),
        ("import asyncio\nasyncio.run(asyncio.Event().wait())", "RuntimeError: Every task waits for another one"),
    ],
)
def test_what_a_page_lacks_is_said(reader, source, hint):
    test_cells.succeed(reader, f"{test_cells.SCRIPT}\nawait count()")  # a loop has run before
    error = test_cells.failure(reader, source)
    assert error["traceback"].splitlines()[-1].startswith(hint)


@pytest.mark.parametrize(
    "name",
    ["asyncio", "collections", "concurrent.futures", "contextlib", "csv", "dataclasses", "datetime", "decimal", "dis",
     "enum", "functools", "hashlib", "inspect", "itertools", "json", "logging", "pathlib", "pprint", "random", "re",
     "sqlite3", "statistics", "string", "textwrap", "time", "timeit", "typing", "unittest.mock", "uuid"],
)  # fmt: skip
def test_modules_that_programs_use_most_are_there(reader, name):
    test_cells.succeed(reader, f"import {name}")


def test_a_task_that_exits_ends_itself_and_nothing_else(reader):
    program = """
        import asyncio, sys
        async def leave(): sys.exit(5)
        task = asyncio.create_task(leave())
        await asyncio.sleep(0.01)
        task.exception().code
        """
    assert test_cells.succeed(reader, program)["value"] == "5"
    assert test_cells.succeed(reader, "1 + 1")["value"] == "2"
