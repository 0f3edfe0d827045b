"""Programs of the reader in the page's own Python: the tests of `tests/api/test_cells.py` again, and what differs there."""

from collections.abc import Iterator

import pytest

from hub.page_api.build import build_page_api, node
from hub.source import ROOT
from tests.api.test_cells import *  # noqa: F403  # collected here too, with the process below
from tests.api.test_cells import failure, succeed
from tests.reader import Reader

PROGRAM = ROOT / "tests" / "hub" / "cells.mjs"


@pytest.fixture(scope="module", params=["snapshot", "zip"])
def process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The in-page API, booted one way under Node, for all tests."""
    files = ROOT / "docs" / "assets" / "vendor" / "page-api"
    build_page_api(files)
    # Chromium lets a program wait inside a call (JSPI), and Node when it is asked to.
    flags = ["--experimental-wasm-jspi"] if request.param == "snapshot" else []
    scratch = tmp_path_factory.mktemp("node")
    with Reader([node(), *flags, str(PROGRAM), str(files), request.param, str(scratch)]) as reader:
        yield reader
