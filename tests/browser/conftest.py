"""The built handbook, served twice: by a plain file server from a sub-path, as GitHub Pages does, and by Django."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from hub.api_server import free_port, scratch_server
from tests.canaries import SECRETS

ROOT = Path(__file__).resolve().parents[2]
NAME = "alx-project-nexus"  # the sub-path: the name of the repository on GitHub Pages


class QuietHandler(SimpleHTTPRequestHandler):
    """A plain file server that answers a missing page with the site's own 404 page, as GitHub Pages does."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / NAME / "404.html"
        if code != 404 or not page.is_file():
            return super().send_error(code, message, explain)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the tests."""


class FileServer(ThreadingHTTPServer):
    """A server for browsers: they ask for many files at once, and hang up when a page is left."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def port() -> int:
    """Where the file server will listen: the theme's instant navigation needs the site map to name the true address."""
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, port: int) -> Path:
    """The folder of the handbook, built strictly by the commands that users run, with marked secrets in the settings.

    What the commands printed lies beside it, in `build.log`.
    """
    folder = tmp_path_factory.mktemp("site") / NAME
    address = f"http://127.0.0.1:{port}/{NAME}/"
    printed = ""
    for command in (["page-api"], ["build", "--site-dir", str(folder), "--site-url", address]):
        run = subprocess.run(
            [sys.executable, "-m", "hub", *command],
            cwd=ROOT, env=os.environ | SECRETS, capture_output=True, text=True, encoding="utf-8", timeout=600,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        printed += run.stdout + run.stderr
    (folder.parent / "build.log").write_text(printed, encoding="utf-8")
    return folder


@pytest.fixture
def manifest(site) -> dict[str, Any]:
    """What the build says of the files of the in-page API."""
    read: dict[str, Any] = json.loads((site / "assets/vendor/page-api/manifest.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="session")
def hosted(site: Path, port: int) -> Iterator[str]:
    """The address of the handbook on a host that only serves files."""
    server = FileServer(("127.0.0.1", port), partial(QuietHandler, directory=str(site.parent)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}/{NAME}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def live(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the handbook served by Django beside its API, on a fresh seeded SQLite database."""
    with scratch_server(tmp_path_factory.mktemp("live"), {"SITE_ROOT": str(site)}) as address:
        yield address


class Visit:
    """A page in a browser that notes every complaint in the console and every request to another host."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.addresses.append(request.url))

    def strangers(self, home: str) -> list[str]:
        """Return the addresses asked for outside the site's own origin."""
        origin = "/".join(home.split("/")[:3])
        return [address for address in self.addresses if not address.startswith((origin, "data:", "blob:"))]

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width


Visits = Callable[..., Visit]
Scheme = Literal["light", "dark"]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visits]:
    """Opens an address in a fresh browser profile: visit(address, width=1280, scheme="light", **context options).

    Without a service worker, unless `service_workers="allow"` asks for it: what it answers, `page.route` cannot see.
    """
    contexts = []

    def open_page(address: str, width: int = 1280, scheme: Scheme = "light", **options: Any) -> Visit:
        options.setdefault("service_workers", "block")
        context = chromium.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme, **options)
        contexts.append(context)
        visit = Visit(context.new_page())
        visit.page.goto(address, wait_until="load")
        return visit

    yield open_page
    for context in contexts:
        context.close()
