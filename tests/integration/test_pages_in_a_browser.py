"""The pages that the service itself serves, in a real browser under its content-security policy."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.conftest import Running
from tests.openapi import document


class Watched:
    """A browser page that remembers what it complained about, and whom it asked."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on(
            "console", lambda message: self.complain(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complain(str(error)))
        page.on("request", lambda request: self.look_at(request.url))

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def look_at(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.complain(f"asked another host: {url}")

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer
        assert answer.ok, f"{path} answered {answer.status}"
        return self.page


@pytest.fixture
def watched(chromium: Browser, running: Running) -> Iterator[Watched]:
    """A page that must have complained about nothing when the test ends."""
    context = chromium.new_context()
    page = Watched(context.new_page(), running.address)
    yield page
    context.close()
    assert page.complaints == []


@pytest.fixture
def desk(watched: Watched) -> Watched:
    """The page, with the demo staff account signed in at the admin."""
    page = watched.open("admin/")
    page.fill("#id_username", "demo-staff")
    page.fill("#id_password", "demo-staff-password")
    page.click("input[type=submit]")
    expect(page.get_by_role("heading", name="What would you like to change?")).to_be_visible()
    return watched


def count_of_operations() -> int:
    return sum(len(methods) for methods in document()["paths"].values())


def test_swagger_ui_lists_every_operation_and_tries_one_out(watched):
    page = watched.open("api/docs/")
    expect(page.locator(".opblock")).to_have_count(count_of_operations())
    operation = page.locator("#operations-products-read_product")
    operation.locator(".opblock-summary-control").first.click()
    operation.locator(".try-out__btn").click()  # the address is filled in from a recorded example
    operation.locator(".execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(operation.locator(".live-responses-table")).to_contain_text("Quay Oak Chopping Board")


def test_redoc_shows_every_operation(watched):
    page = watched.open("api/redoc/")
    expect(page.get_by_role("heading", name="Release a reservation")).to_be_visible()
    summaries = {operation["summary"] for methods in document()["paths"].values() for operation in methods.values()}
    assert summaries <= {text.strip() for text in page.locator("h2").all_inner_texts()}
    page.wait_for_load_state("networkidle")  # the logo would come last


def test_the_product_list_shows_its_pictures(desk):
    page = desk.open("admin/catalog/product/?q=board")
    picture = page.get_by_role("img", name="Quay Oak Chopping Board")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_a_category_is_chosen_by_typing(desk):
    page = desk.open("admin/catalog/product/add/")
    page.locator("#id_name").press_sequentially("Ember travel mug")
    expect(page.locator("#id_slug")).to_have_value("ember-travel-mug")
    page.click(".select2-selection")
    page.locator(".select2-search__field").press_sequentially("coffee")
    page.get_by_role("option", name="Kitchen / Coffee and tea").click()
    expect(page.locator(".select2-selection__rendered")).to_have_text(re.compile("Kitchen / Coffee and tea"))
