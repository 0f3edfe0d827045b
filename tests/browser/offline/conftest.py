"""A host whose site can be published anew, half published, taken away, or held back in the middle of a file."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from hub.api_server import free_port
from hub.offline import write_lists
from tests.browser.conftest import NAME, QuietHandler

KEPT = "Available offline."
LEFT_OUT = ["decisions", "reference/source"]
READY = "A new edition of this handbook is ready."
UPDATE = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration.update();
  const worker = registration.installing;
  if (worker) {
    const isDone = () => ["installed", "activated", "redundant"].includes(worker.state);
    while (!isDone()) await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
    return worker.state;
  }
  return registration.waiting ? "installed" : "none";
}"""


class Host:
    """A plain file server on one port. `folder` is what it serves; `asked` lists the paths it was asked for."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.address = f"http://127.0.0.1:{port}/{NAME}/"
        self.asked: list[str] = []
        self.sent = 0
        self.headers = {"Cache-Control": "max-age=600"}  # as on GitHub Pages: the browser has old files at hand
        self.held: dict[str, Event] = {}
        self.server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Serve again, from the same address."""
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), lambda *given: Handler(self, *given))
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuse every connection from now on."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @contextmanager
    def hold(self, part: str) -> Iterator[None]:
        """Send only half of the files whose path contains `part`, until the block ends."""
        self.held[part] = Event()
        try:
            yield
        finally:
            self.held.pop(part).set()


class Handler(QuietHandler):
    """Serves what its host serves now."""

    def __init__(self, host: Host, *given: Any) -> None:
        self.host = host
        super().__init__(*given, directory=str(host.folder.parent))

    def do_GET(self) -> None:  # noqa: N802  # the server calls it by this name
        del self.headers["If-Modified-Since"]  # editions are made within the second that it counts in
        self.host.asked.append(urlsplit(self.path).path.removeprefix(f"/{NAME}/"))
        super().do_GET()

    def end_headers(self) -> None:
        for name, value in self.host.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        half = len(content) // 2
        self.host.sent += len(content)
        outputfile.write(content[:half])
        for part, released in list(self.host.held.items()):
            if part in self.path:
                released.wait(60)
        outputfile.write(content[half:])


@pytest.fixture(scope="session")
def own_port() -> int:
    """Where this host will listen."""
    return free_port()


@pytest.fixture(scope="session")
def whole(site: Path, own_port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook as it was built, for this host's address."""
    return edition(site, tmp_path_factory.mktemp("whole"), own_port)


@pytest.fixture(scope="session")
def first(whole: Path, own_port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook without the sections that only its readers need: each visit keeps all that there is."""

    def leave_out(site: Path) -> None:
        for section in LEFT_OUT:
            shutil.rmtree(site / section)

    return edition(whole, tmp_path_factory.mktemp("first"), own_port, leave_out)


@pytest.fixture
def host(first: Path, own_port: int) -> Iterator[Host]:
    """A host that serves the handbook without those sections."""
    host = Host(first, own_port)
    host.start()
    yield host
    host.stop()


Change = Callable[[Path], None]


def edition(site: Path, folder: Path, port: int, change: Change | None = None) -> Path:
    """Copy a built site, change it, and run the last step of the build on the copy; return its folder."""
    copy = folder / NAME
    shutil.copytree(site, copy)
    old = urlsplit((copy / "sitemap.xml").read_text(encoding="utf-8").partition("<loc>")[2].partition("</loc>")[0])
    replace(copy / "sitemap.xml", old.netloc, f"127.0.0.1:{port}")  # instant navigation goes by it
    if change:
        change(copy)
    assert write_lists(copy)
    return copy


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def line(page: Page) -> Locator:
    """The line at the foot of the page that tells whether the handbook is kept."""
    return page.locator(".nx-offline")


def notice(page: Page) -> Locator:
    """What tells that there is a new edition."""
    return page.locator(".nx-edition")


def look_for_update(page: Page) -> str:
    """Make the browser look for a new worker, as it does by itself; return what became of it."""
    state: str = page.evaluate(UPDATE)
    return state


def caches_of(page: Page) -> list[str]:
    names: list[str] = page.evaluate("caches.keys()")
    return names


def text_of(page: Page, path: str) -> str:
    """Return a file of the site as a page gets it."""
    text: str = page.evaluate(f"fetch(new URL('{path}', '{home_of(page)}')).then((response) => response.text())")
    return text


def home_of(page: Page) -> str:
    """Return the address of the site that a page belongs to."""
    return page.url.partition(f"/{NAME}/")[0] + f"/{NAME}/"


def wait_until_kept(page: Page) -> None:
    """Return when the browser keeps the handbook."""
    expect(line(page)).to_contain_text(KEPT)
