"""A pytest plugin that writes down every request that the API's tests make, with all that its answer depends on.

`pytest -p tests.parity.recorder --written-to=FOLDER tests/api` leaves there: `asked.jsonl`, one
exchange a line, ready to be asked elsewhere; `expected.jsonl`, the answers; `left-out.jsonl`, what cannot be asked in a
page, with its reason; `blobs/`, bodies, files and databases by their content.
"""

import json
import pickle
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http.response import HttpResponseBase
from django.test.client import ClientHandler
from django.utils import timezone

from demo_api.nexus import browser
from demo_api.nexus.handlers import Utf8WSGIRequest
from demo_api.nexus.trace import traced
from tests.parity.stage import SAFE, Json, all_settings, changed_pages, keep, rows, standing_still

# What the tests change for themselves, and no answer shows.
OWN_SETTINGS = {"MEDIA_ROOT", "STATIC_ROOT", "STORAGES", "WHITENOISE_USE_FINDERS", "WHITENOISE_ROOT", "SITE_ROOT"}
# Names of an environ (PEP 3333) that a request brings with it, besides its headers.
OF_A_REQUEST = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR")
# What says the same when it is not there.
DEFAULTS = {"CONTENT_LENGTH": "0", "REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": "", "SCRIPT_NAME": ""}

# Of a test that tries many values so many cases are recorded, spread evenly, and those with a known difference.
MOST_CASES = 6
TRIES_VALUES = {
    *("test_auth_register", "test_cors", "test_hostile", "test_hostile_images", "test_hostile_input"),
    *("test_import_rows", "test_limits", "test_pages", "test_problems"),
    *("test_product_create", "test_product_list", "test_products"),
}
ALWAYS = re.compile(r"a comma too many|1E\+999999999|whose data is no data|\[text/plain")  # the last: 415 of each


class Recorder:
    """Collects the exchanges of one pytest session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs").mkdir(parents=True)
        self.files = {name: (folder / f"{name}.jsonl").open("w") for name in ("asked", "expected", "left-out")}
        self.number = 0
        self.test = ""
        self.patches: Any = None
        self.normal: Json = {}
        self.base = b""
        self.image = b""  # the last database written down, and
        self.image_name = ""  # under which name
        self.digests: dict[str, str] | None = None  # of the rows in it
        self.is_page = False  # whether the page's way in is being asked
        self.after: Any = None  # the state after the last exchange of this test

    def begin(self, test: str, patches: Any) -> None:
        self.test, self.patches, self.after = test, patches, None

    def write(self, name: str, row: Json) -> None:
        self.files[name].write(json.dumps(row) + "\n")

    def record(self, environ: Json, ask: Callable[[Json], Any], answer_of: Callable[[Any], Json]) -> Any:
        """Asks, writes down, and gives back what was answered."""
        self.number += 1
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        message, fault = message_of(environ, body)
        if fault := fault or self.patched():
            self.write("left-out", {"test": self.test, "reason": fault})
            self.after = None
            return ask(environ)
        before, moment = self.state(), timezone.now().isoformat()
        known = self.rows()
        with standing_still(moment, self.number), traced() as trace:
            response = ask(environ)
            answer = answer_of(response)  # a response that is streamed asks the database only now
        after = self.state()
        found = answer | {
            "body": keep(self.folder / "blobs", answer["body"]),
            "queries": [[query["sql"], query["plan"]] for query in trace.queries],
            "count": trace.count,
            "rows": None if message["method"] in SAFE else self.rows(),
        }
        self.write("expected", {"number": self.number, "test": self.test} | found)
        self.write(
            "asked",
            {
                "number": self.number,
                "moment": moment,
                "message": message | {"body": keep(self.folder / "blobs", body)},
                "settings": self.changed_settings(),
                "state": before != self.after,
                "whole": before,
                "known": known,
            },
        )
        self.after = after
        return response

    def patched(self) -> str:
        """Why a request of this test means something else in the page, or nothing."""
        if self.patches is not None and (self.patches._setattr or self.patches._setitem):
            return "the test replaces a part of the program"
        if any(not is_plain(value) for value in self.changed_settings().values()):
            return "the test changes a setting to something that is no data"
        return ""

    def changed_settings(self) -> Json:
        current = all_settings()
        changed = {name for name in current if current[name] != self.normal.get(name)}
        return {name: current[name] for name in sorted(changed - OWN_SETTINGS)}

    def state(self) -> Json:
        """Everything that an answer may depend on besides the request, the time and the settings."""
        image = connection.connection.serialize()
        if not self.base:
            self.base = image
            (self.folder / "base.sqlite3").write_bytes(image)
        if image != self.image or not self.image_name:
            self.image, self.image_name = image, keep(self.folder / "blobs", changed_pages(self.base, image))
            self.digests = None
        return {"database": self.image_name, "files": self.media(), "cache": cached()}

    def rows(self) -> dict[str, str]:
        """Digests of the rows in the database that `state` looked at last."""
        self.digests = self.digests or rows(connection.connection)
        return self.digests

    def media(self) -> dict[str, str]:
        root = Path(settings.MEDIA_ROOT)
        files = (path for path in sorted(root.rglob("*")) if path.is_file())
        return {path.relative_to(root).as_posix(): keep(self.folder / "blobs", path.read_bytes()) for path in files}


def is_plain(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except TypeError:
        return False


def cached() -> Json:
    """What the cache in the process's memory holds: the counters of the throttles."""
    counters = vars(caches["default"])["_cache"]
    return {key.split(":", 2)[2]: pickle.loads(value) for key, value in counters.items()}  # noqa: S301


# Requests -----------------------------------------------------------------------------------------------------------


def message_of(environ: Json, body: bytes) -> tuple[Json, str]:
    """The request as the page's way in takes it, and why a page cannot send it, if so."""
    host = environ.get("HTTP_HOST") or environ["SERVER_NAME"]
    path = quote(environ["PATH_INFO"].encode("latin-1"))
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    headers = [[name[5:].replace("_", "-").title(), value] for name, value in environ.items() if is_header(name)]
    if "CONTENT_TYPE" in environ:
        headers.append(["Content-Type", environ["CONTENT_TYPE"]])
    url = f"{environ['wsgi.url_scheme']}://{host}{path}{query}"
    message = {"method": environ["REQUEST_METHOD"], "url": url, "headers": headers}
    try:
        there = browser.environ(message | {"body": body})
    except ValueError:
        return message, "no address can be made of it"
    names = {*OF_A_REQUEST, *filter(is_header, environ)}
    unlike = sorted(name for name in names if value_in(environ, name) != value_in(there, name))
    return message, f"a page cannot set {', '.join(unlike)}" if unlike else ""


def is_header(name: str) -> bool:
    return name.startswith("HTTP_")


def value_in(environ: Json, name: str) -> str:
    return str(environ.get(name, DEFAULTS.get(name, "")))


# The plugin ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--written-to", type=Path, help="the folder to write the recording to")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep MOST_CASES of each test that tries values, and all of the others."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {id(item) for cases in tests.values() for item in cases[:: step(cases)]}
    kept |= {id(item) for item in items if ALWAYS.search(item.nodeid)}
    left = [item for item in items if id(item) not in kept]
    items[:] = [item for item in items if id(item) in kept]
    config.hook.pytest_deselected(items=left)


def step(cases: list[pytest.Item]) -> int:
    """One in how many cases of a test is recorded."""
    return -(-len(cases) // MOST_CASES) if cases[0].path.stem in TRIES_VALUES else 1


@pytest.fixture(autouse=True)
def _written_down(recorder: Recorder, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.begin(request.node.nodeid, monkeypatch)


@pytest.fixture(autouse=True, scope="session")
def recorder(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Recorder]:
    """Both ways into the application, the test client's and the server's, pass through the recorder."""
    recorder = Recorder(request.config.getoption("--written-to"))
    recorder.normal = all_settings()
    ask_client, ask_server, ask_page = ClientHandler.__call__, WSGIHandler.__call__, browser.handle

    def client(self: ClientHandler, environ: Json) -> Any:
        self.enforce_csrf_checks = True  # as a server does
        return recorder.record(environ, lambda given: ask_client(self, given), answer_of)

    def server(self: WSGIHandler, environ: Json, start_response: Any) -> Any:
        if recorder.is_page:
            return ask_server(self, environ, start_response)
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told.extend([status, headers])
            return start_response(status, headers)

        def ask(given: Json) -> Any:
            return ask_server(self, given, start)

        return recorder.record(environ, ask, answer_of)

    def handle(message: Json) -> Json:
        """Tests of the page's way in already ask what this suite compares with."""
        recorder.is_page = True
        try:
            return ask_page(message)
        finally:
            recorder.is_page = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser, "handle", handle)
        # What the tests check of each answer, their ordinary run checks. Here it would take half of the time.
        patch.setattr("tests.openapi.check", lambda answer: None)
        patch.setattr("tests.api.world.rows", lambda: iter(()))
        patch.setattr(ClientHandler, "__call__", client)
        patch.setattr("django.test.client.WSGIRequest", Utf8WSGIRequest)  # what our handlers make of an environ
        patch.setattr(WSGIHandler, "__call__", server)
        yield recorder
    for file in recorder.files.values():
        file.close()


def answer_of(response: HttpResponseBase) -> Json:
    """Status, reason, headers in their order, and body."""
    if response.streaming:
        body = b"".join(response)
        response.streaming_content = [body]  # type: ignore[attr-defined]
    else:
        body = response.content  # type: ignore[attr-defined]
    headers = [[name, value] for name, value in response.items()]
    headers += [["Set-Cookie", cookie.output(header="")] for cookie in response.cookies.values()]
    return {"status": response.status_code, "reason": response.reason_phrase, "headers": headers, "body": body}
