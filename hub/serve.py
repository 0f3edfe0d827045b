"""Live reload while writing: `python -m hub docs`.

A save is answered in two steps. First only what was saved is built again, in place, and the browser reloads. Then the
strict build of the whole handbook runs beside the server, as CI runs it. What it finds is printed with file and line
and stands at the foot of every page until it is mended; it never ends the server.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from html import escape
from pathlib import Path

from mkdocs.livereload import LiveReloadServer

from hub.build import CONFIG_FILE, build_changed, build_site
from hub.capture import CACHE_VARIABLE
from hub.check import Check

PAGES = "docs"
AROUND = ("overrides", "mkdocs.yml", "demo_api")
"""What every page depends on: after a change here the browser waits for the whole build."""

POLLING = 0.2  # seconds between two looks at the files


def serve(host: str, port: int, config_file: Path = CONFIG_FILE) -> int:
    """Serve the handbook at `/` until Ctrl-C; return 0, or 1 when the port is taken."""
    if is_taken(host, port):
        print(f"Port {port} is in use. Choose another: python -m hub docs --port {port + 1}")
        return 1
    os.environ[CACHE_VARIABLE] = "1"  # recorded answers are read back, so a save does not wait for Django
    with tempfile.TemporaryDirectory(prefix="nexus-docs-", ignore_cleanup_errors=True) as scratch:
        preview = Preview(Path(scratch), config_file, f"http://{host}:{port}/")
        server = LiveReloadServer(
            builder=preview.update, host=host, port=port, root=str(preview.served), polling_interval=POLLING
        )
        server.error_handler = preview.error_page
        for path in (*(config_file.parent / name for name in (PAGES, *AROUND)), preview.signal):
            if path.exists():
                server.watch(str(path))
        preview.start()
        print(f"Serving the handbook at {server.url} (Ctrl-C stops it).", flush=True)
        try:
            server.serve()  # type: ignore[no-untyped-call]
        except KeyboardInterrupt:
            print("Stopped.")
        finally:
            preview.check.stop()
            server.shutdown()
    return 0


def is_taken(host: str, port: int) -> bool:
    """Whether something answers on the port already."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


class Preview:
    """The served copy of the handbook, and what is known to be wrong with it."""

    def __init__(self, scratch: Path, config_file: Path, site_url: str) -> None:
        self.project = config_file.parent
        self.config_file = config_file
        self.site_url = site_url
        self.served = scratch / "served"
        self.built = scratch / "built"  # the whole build, copied over the served copy when it has come to its end
        self.signal = scratch / "signal"  # the server watches this file: writing it reloads the browser
        self.signal.touch()
        self.check = Check(config_file, self.built, site_url, self.checked)
        self.findings: list[str] = []
        self.seen = 0.0
        self.around = 0.0

    def start(self) -> None:
        """Build everything once, before the server answers."""
        started = time.perf_counter()
        self.seen, self.around = self.newest(PAGES, *AROUND), self.newest(*AROUND)
        self.take_over([str(finding) for finding in build_site(self.config_file, self.built, self.site_url)])
        print(f"Built in {time.perf_counter() - started:.1f} s.", flush=True)

    def update(self) -> None:
        """Build what was saved, and start the check of the whole. The server calls this after each change."""
        saved = self.newest(PAGES, *AROUND)
        if saved == self.seen:
            return  # only the signal: the served copy is already new
        self.seen = saved
        started = time.perf_counter()
        self.check.stop()
        if self.newest(*AROUND) == self.around:
            self.show([str(finding) for finding in build_changed(self.config_file, self.served, self.site_url)])
            print(f"Updated in {time.perf_counter() - started:.1f} s; checking the whole.", flush=True)
        self.check.start()

    def checked(self, findings: list[str]) -> None:
        """Take over the result of a check; reload the browser only when it changes what the reader sees."""
        around = self.newest(*AROUND)
        changed = findings != self.findings or around != self.around
        self.around = around
        self.take_over(findings)
        if changed:
            self.signal.write_text(str(time.time_ns()))

    def take_over(self, findings: list[str]) -> None:
        """Serve the whole build, if it came to its end, with what was found."""
        if (self.built / "search" / "search_index.json").is_file():  # the last file that MkDocs writes
            shutil.copytree(self.built, self.served, dirs_exist_ok=True)
        self.show(findings)

    def newest(self, *names: str) -> float:
        """Return the time of the last change to these files and folders; a folder changes when it loses a file."""
        roots = [self.project / name for name in names if (self.project / name).exists()]
        paths = [path for root in roots for path in (root, *root.rglob("*"))]
        return max((path.stat().st_mtime for path in paths if "__pycache__" not in path.parts), default=0.0)

    # In the page --------------------------------------------------------------------------------------------------

    def show(self, findings: list[str]) -> None:
        """Print what is wrong, and put it at the foot of every page, where the writer looks."""
        if findings != self.findings:
            print(*(findings or ["Nothing left to mend."]), sep="\n", flush=True)
        self.findings = findings
        banner = banner_html(findings)
        for page in list(self.served.rglob("*.html")) or [self.served / "index.html"]:
            html = page.read_text(encoding="utf-8") if page.is_file() else EMPTY_PAGE
            before, _, after = html.rpartition("</body>")
            fresh = f"{before.partition(BANNER)[0]}{banner}</body>{after}"
            if fresh != html:
                write_keeping_time(page, fresh)

    def error_page(self, code: int) -> bytes | None:
        """Return the handbook's own page for an error, if it has one."""
        page = self.served / f"{code}.html"
        return page.read_bytes() if page.is_file() else None


def write_keeping_time(page: Path, html: str) -> None:
    """Write a page without making it look newer than the Markdown that may have been saved meanwhile."""
    times = (page.stat().st_atime, page.stat().st_mtime) if page.is_file() else None
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html, encoding="utf-8")
    if times:
        os.utime(page, times)


BANNER = '<aside class="nx-findings"'
EMPTY_PAGE = "<!doctype html><html><head><title>Nothing built yet</title></head><body></body></html>"


def banner_html(findings: list[str]) -> str:
    """Return what is wrong as HTML, empty when nothing is."""
    if not findings:
        return ""
    items = "".join(f"<li>{escape(finding)}</li>" for finding in findings)
    return f'{BANNER} role="alert"><b>{len(findings)} to mend</b><ul>{items}</ul></aside>'
