"""What tests of the API inside the page share: a console, what was loaded, and requests that are held back."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

FILES = "/assets/vendor/page-api/"


def console_of(page: Page) -> Locator:
    return page.locator(".nx-console").first


def ask(console: Locator, request: str) -> Locator:
    """Run a request in a console, and return the console when it was answered."""
    console.get_by_label("Request, editable").fill(request)
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", re.compile("answered|failed"))
    assert console.locator(".nx-console__failure").all_inner_texts() == []
    return console


def body_of(console: Locator) -> Any:
    return json.loads(console.locator('[data-panel="body"] code').inner_text())


def loaded(addresses: list[str]) -> list[str]:
    """Return the names of the in-page API's files that were asked for, but for the manifest."""
    names = [address.rpartition(FILES)[2].split(".")[0] for address in addresses if FILES in address]
    return [name for name in names if name != "manifest"]


def hold(page: Page, pattern: str) -> list[Route]:
    """Keep matching requests waiting; the list gets their routes."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


def expect_explanation(console: Locator, reason: str, recorded: str) -> None:
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console.locator(".nx-console__failure")).to_contain_text(reason)
    expect(console.locator('[data-panel="body"] code')).to_have_text(recorded, use_inner_text=True)
    expect(console.locator(".nx-console__bar").last).to_contain_text("recorded while this page was built")


def recording(console: Locator) -> str:
    return console.locator('[data-panel="body"] code').inner_text()
