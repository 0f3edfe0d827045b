"""Takes the figures of the in-page API: the built site on a loopback file server, below a sub-path, in a browser."""

from __future__ import annotations

import gzip
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, CDPSession, Error, Page, Request

from hub.measurements.figures import WAYS

__all__ = ["TAKERS", "Bench", "Error", "Taken", "served"]

PROBE = Path(__file__).with_name("probe.js")
SUB_PATH = "alx-project-nexus"  # as on GitHub Pages, where a site stands below the name of its repository
PAGE = "demo-api/"  # its first console asks for the categories
FILES = "assets/vendor/page-api/"
FOLLOW = ("stdlib", "site")  # loaded after the first answer
LIST = "api/v1/products/?page_size=20"
DETAIL = "api/v1/products/lagoon-speaker/"
WARM_UPS = 40  # until then the browser is still compiling the WebAssembly that answers
FIRST = 10  # of them, what a reader meets at first, are a figure of their own
Typical = Callable[[list[float]], float]
PATIENCE = 120_000  # milliseconds a boot may take before it counts as failed


@dataclass(frozen=True)
class Taken:
    """What a taker found: the figure's id and its value, and the range where there were several samples."""

    id: str
    value: float
    samples: int = 1
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bench:
    """What takers measure with: the site's folder and address, and how often to do each thing."""

    browser: Browser
    site: Path
    address: str
    boots: int
    requests: int

    def manifest(self) -> dict[str, Any]:
        """What the build says of the in-page API's files."""
        found: dict[str, Any] = json.loads((self.site / FILES / "manifest.json").read_text(encoding="utf-8"))
        return found

    @contextmanager
    def visit(self, way: str, **options: Any) -> Iterator[Page]:
        """A page with a console and the probe, in a profile of its own; nothing of the API is loaded yet."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 860}, **options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(path=PROBE)
        page = context.new_page()
        page.goto(self.address + PAGE + ("?zip" if way == "zip" else ""), wait_until="networkidle")
        try:
            yield page
        finally:
            context.close()


@contextmanager
def served(parent: Path, name: str) -> Iterator[str]:
    """A plain file server on a free loopback port; yields the address of the site in `parent`/`name`."""
    server = QuietServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(parent)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{name}/"
    finally:
        server.shutdown()
        server.server_close()


class QuietServer(ThreadingHTTPServer):
    """Says nothing when a browser that is closed drops its connections."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report all but a connection that the browser dropped."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, keeps connections open as hosts do, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the figures."""


# The takers -------------------------------------------------------------------------------------------------------


def first_answer(page: Page) -> dict[str, Any]:
    """Press Run on the page's first console; gives `milliseconds` and `longTasks`."""
    button = page.locator(".nx-console").first.get_by_role("button", name="Run")
    found: dict[str, Any] = button.evaluate("(button) => nexusProbe.firstAnswer(button)")
    return found


def take_boot(bench: Bench) -> Iterator[Taken]:
    """The time from a click to its answer, each time in a fresh profile, and the tasks that held up the page."""
    for way in WAYS:
        runs = []
        for _ in range(bench.boots):
            with bench.visit(way) as page:
                runs.append(first_answer(page))
        seconds = [run["milliseconds"] / 1000 for run in runs]
        yield summary(f"page-api.first-response.{way}", seconds, places=3)
        yield Taken(f"page-api.long-tasks.{way}", sum(len(run["longTasks"]) for run in runs), len(runs))


def take_transfer(bench: Bench) -> Iterator[Taken]:
    """Every file asked for between the click and the answer, as gzip sends it, and the bytes that follow."""
    packed = {entry["url"]: entry["bytes"] for entry in bench.manifest()["files"].values()}
    for way in WAYS:
        with bench.visit(way, service_workers="block") as page:
            requests = noted_requests(page)
            first_answer(page)
        names = asked_for(bench, requests)
        yield Taken(f"page-api.transfer.{way}", sum(sent(bench.site / name, packed) for name in names))
        yield Taken(f"page-api.requests.{way}", len(names))
    files = bench.manifest()["files"]
    yield Taken("page-api.transfer.rest", sum(files[name]["bytes"] for name in FOLLOW))


def noted_requests(page: Page) -> list[Request]:
    """A list that gets every request of the page and its workers from now on."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    return requests


def asked_for(bench: Bench, requests: list[Request]) -> list[str]:
    """The paths, below the site, of the files that were downloaded, but for those that follow the first answer."""
    paths = [request.url.removeprefix(bench.address).partition("?")[0] for request in requests]
    made_here = ("blob:", "data:")
    follow = tuple(f"{FILES}{name}." for name in FOLLOW)
    return [path for path in paths if not path.startswith(made_here + follow)]


def sent(file: Path, packed: dict[str, int]) -> int:
    """A file's bytes as gzip sends them: what the build says of its own files, or packed here as well as gzip can."""
    return packed.get(file.name) or len(gzip.compress(file.read_bytes(), compresslevel=9, mtime=0))


def take_answers(bench: Bench) -> Iterator[Taken]:
    """A list and a product, asked for again and again by a page whose API has booted and loaded everything."""
    with bench.visit("snapshot") as page:
        first_answer(page)
        for name, path in (("list", LIST), ("detail", DETAIL)):
            client, url = f"{bench.address}assets/js/page-api/client.js", bench.address + path
            found = page.evaluate(
                "([client, url, count]) => nexusProbe.answers(client, url, count)",
                [client, url, WARM_UPS + bench.requests],
            )
            yield summary(f"page-api.{name}.first", found["milliseconds"][:FIRST], places=2)
            times = sorted(found["milliseconds"][WARM_UPS:])
            yield summary(f"page-api.{name}.median", times, places=2)
            p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
            yield Taken(f"page-api.{name}.p95", round(p95, 2), len(times))
            yield Taken(f"page-api.{name}.queries", found["queries"])


def take_main_thread(bench: Bench) -> Iterator[Taken]:
    """The longest task of the page's main thread between the click and the answer, from the browser's own trace."""
    for way in WAYS:
        longest = []
        for _ in range(min(3, bench.boots)):
            with bench.visit(way) as page:
                bench.browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
                first_answer(page)
                longest.append(longest_task(json.loads(bench.browser.stop_tracing())["traceEvents"]))
        yield summary(f"page-api.longest-task.{way}", longest, places=1, typical=max)


def longest_task(events: list[dict[str, Any]]) -> float:
    """Milliseconds of the longest task after the click, on the page's thread. Raises StopIteration without a click."""
    mark = next(event for event in events if event["name"] == "nexus-click")  # the probe's mark
    tasks = [
        event.get("dur", 0) / 1000  # microseconds
        for event in events
        if event["name"].endswith("RunTask")
        and (event["pid"], event["tid"]) == (mark["pid"], mark["tid"])
        and event["ts"] > mark["ts"]
    ]
    return max(tasks, default=0.0)


def take_memory(bench: Bench) -> Iterator[Taken]:
    """What the page holds when the API has booted and everything has followed, after a garbage collection."""
    for way in WAYS:
        with bench.visit(way) as page:
            first_answer(page)
            page.wait_for_load_state("networkidle")
            session = page.context.new_cdp_session(page)
            session.send("HeapProfiler.collectGarbage")
            yield Taken(f"page-api.memory.page.{way}", session.send("Runtime.getHeapUsage")["usedSize"])
            yield Taken(f"page-api.memory.worker.{way}", worker_heap(page, session))
            yield Taken(f"page-api.memory.wasm.{way}", page.evaluate("nexusProbe.wasm"))


def worker_heap(page: Page, session: CDPSession) -> float:
    """Bytes of JavaScript that the API's worker uses. Raises KeyError when there is no such worker."""
    workers: dict[str, str] = {}  # title -> session
    said: list[dict[str, Any]] = []
    session.on("Target.attachedToTarget", lambda it: workers.update({it["targetInfo"]["title"]: it["sessionId"]}))
    session.on("Target.receivedMessageFromTarget", lambda it: said.append(json.loads(it["message"])))
    session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False})
    worker = workers["nexus-api"]
    for number, method in enumerate(("HeapProfiler.collectGarbage", "Runtime.getHeapUsage"), start=1):
        message = json.dumps({"id": number, "method": method})
        session.send("Target.sendMessageToTarget", {"sessionId": worker, "message": message})
    for _ in range(100):
        if found := [message["result"]["usedSize"] for message in said if message.get("id") == 2]:
            return float(found[0])
        page.wait_for_timeout(100)
    raise TimeoutError("The worker did not say how much it uses.")


def summary(name: str, values: list[float], places: int, typical: Typical = statistics.median) -> Taken:
    """The typical value of several, with their range."""
    low, high = round(min(values), places), round(max(values), places)
    return Taken(name, round(typical(values), places), len(values), low, high)


TAKERS: dict[str, Callable[[Bench], Iterator[Taken]]] = {
    "boot": take_boot,
    "transfer": take_transfer,
    "answers": take_answers,
    "main-thread": take_main_thread,
    "memory": take_memory,
}
