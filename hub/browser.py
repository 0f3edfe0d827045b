"""Which browser this machine has, for whatever draws or tests pages: an installed Chromium, Chrome or Edge."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Error, sync_playwright

# As root Chromium has no sandbox to offer, and a browser that draws pages has nobody to call.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
COMMANDS = [
    "chromium-headless-shell",  # the same pages without windows around them: half of the work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
]
MAC_APPS = ["Google Chrome", "Chromium", "Microsoft Edge"]
WINDOWS_FILES = [
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
]
WINDOWS_ROOTS = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]


@dataclass(frozen=True)
class Browser:
    """A browser that was started once: its file, its name (such as "Chromium") and its version."""

    path: str
    name: str
    version: str


def find_browser() -> Browser | None:
    """Return the first browser of this machine that starts, or None. Installs nothing.

    `BROWSER_PATH` in the environment names the only one to try.
    """
    return next((browser for path in candidates() if (browser := start_once(path))), None)


class BrowserMissing(RuntimeError):
    """No browser starts here; the message says what to do."""


@contextmanager
def launched() -> Iterator[PlaywrightBrowser]:
    """A headless browser, closed at the end. Raises BrowserMissing when none starts."""
    found = find_browser()
    if found is None:
        wanted = os.environ.get("BROWSER_PATH")
        tried = f"{wanted} (BROWSER_PATH) does not start" if wanted else "No Chromium, Chrome or Edge starts here"
        raise BrowserMissing(f"{tried}: install one, or set BROWSER_PATH to its program file.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def candidates() -> Iterator[str]:
    """Yield the files that may be browsers, in the order in which they are tried."""
    chosen = os.environ.get("BROWSER_PATH")
    if chosen:
        yield chosen
        return
    paths = [*(shutil.which(command) for command in COMMANDS), *usual_places(), playwright_path()]
    yield from dict.fromkeys(path for path in paths if path and Path(path).is_file())


def usual_places() -> list[str]:
    """Return where macOS and Windows keep browsers that are not on PATH."""
    if sys.platform == "darwin":
        folders = [Path("/Applications"), Path.home() / "Applications"]
        return [str(folder / f"{app}.app/Contents/MacOS/{app}") for folder in folders for app in MAC_APPS]
    roots = [os.environ[name] for name in WINDOWS_ROOTS if name in os.environ]
    return [str(Path(root, file)) for root in roots for file in WINDOWS_FILES]


def playwright_path() -> str:
    """Return where Playwright keeps its own Chromium, whether or not it is there."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def start_once(path: str) -> Browser | None:
    """Start a browser and end it. Returns None when it does not start within 30 s."""
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=30_000)
            version = browser.version
            browser.close()
    except Error:
        return None
    return Browser(path, name_of(path), version)


def name_of(path: str) -> str:
    """Return what people call the browser in this file."""
    lowered = Path(path).name.lower()
    if "edge" in lowered:
        return "Edge"
    return "Chrome" if "chrome" in lowered and "headless" not in lowered else "Chromium"
