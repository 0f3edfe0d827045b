"""A browser for the tests: an installed one, else Playwright's own, else Debian's package."""

import os
import sys

from hub.browser import FLAGS, Browser, find_browser
from tests.engines.machine import attempt, can_install, install_debian_packages, say

__all__ = ["FLAGS", "Browser", "find_browser", "provide_browser"]


def provide_browser() -> tuple[Browser | None, str]:
    """Return a browser, installed if need be, and, without one, why there is none and what to do."""
    browser = find_browser()
    if browser or os.environ.get("BROWSER_PATH"):
        return browser, f"{os.environ.get('BROWSER_PATH')} (BROWSER_PATH) does not start"
    say("No Chromium, Chrome or Edge starts here: fetching Playwright's own ...")
    reason = attempt([sys.executable, "-m", "playwright", "install", "chromium"], seconds=300)
    browser = find_browser()
    if not browser and can_install():
        reason = install_debian_packages("chromium-headless-shell", "fonts-liberation")
        browser = find_browser()
    return (
        browser,
        f"none starts, and none could be installed ({reason}): install Chromium, Chrome or Edge, or set BROWSER_PATH",
    )
