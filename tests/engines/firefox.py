"""A Firefox for the tests: an installed one, else Debian's package.

It is driven by WebDriver BiDi, which Firefox speaks by itself (tests/browser/firefox.mjs): no driver is installed.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.api_server import end, free_port
from hub.browser import Browser
from tests.engines.machine import can_install, install_debian_packages

COMMANDS = ["firefox-esr", "firefox"]
# A proxy that is not there: Firefox reaches this machine, for which it asks no proxy, and nobody else.
PREFERENCES = """
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""


class NoFirefox(Exception):
    """There is no Firefox to test in; the message says why and what to do."""


def find_firefox() -> Browser | None:
    """Return the first Firefox on PATH that tells its version, or None. `FIREFOX_PATH` names the only one to try."""
    chosen = os.environ.get("FIREFOX_PATH")
    paths = [chosen] if chosen else [shutil.which(command) for command in COMMANDS]
    return next((Browser(path, "Firefox", version) for path in paths if path and (version := version_of(path))), None)


def version_of(path: str) -> str:
    """Return what a Firefox calls its version, such as "140.5.0esr", or "" when this is none."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, errors="replace", timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    name, _, version = done.stdout.strip().rpartition(" ")
    return version if name.endswith("Firefox") else ""


def provide_firefox() -> tuple[Browser | None, str]:
    """Return a Firefox, installed if need be, and, without one, why there is none and what to do."""
    firefox, reason = find_firefox(), "none on PATH"
    if firefox or os.environ.get("FIREFOX_PATH"):
        return firefox, f"{os.environ.get('FIREFOX_PATH')} (FIREFOX_PATH) is no Firefox"
    if can_install():
        reason = f"apt could not install firefox-esr: {install_debian_packages('firefox-esr')}"
        firefox = find_firefox()
    return firefox, f"{reason}; install Firefox, or set FIREFOX_PATH"


@contextmanager
def running_firefox(path: str, folder: Path) -> Iterator[str]:
    """Run Firefox without a window and with a new profile in `folder`; give its address for WebDriver BiDi.

    Raises NoFirefox when it ends, or does not listen within 60 s.
    """
    (folder / "user.js").write_text(PREFERENCES, encoding="utf-8")
    port, log = free_port(), folder / "firefox.log"
    options = ["--headless", "--no-remote", "--remote-debugging-port", str(port), "--profile", str(folder)]
    with log.open("wb") as output:
        process = subprocess.Popen([path, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_until_listening(process, port, log)
            yield f"ws://127.0.0.1:{port}"
        finally:
            end(process)


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return when something accepts connections. Raises NoFirefox."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it says nothing"]
    raise NoFirefox(f"the installed one does not start ({said[-1]}): install another, or set FIREFOX_PATH")
