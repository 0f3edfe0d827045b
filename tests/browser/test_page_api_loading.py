"""The API inside the page loads when the reader asks, shows how far it is, and boots in either way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.page_api import FILES, ask, console_of, hold, loaded


@pytest.mark.parametrize("path", ["", "demo-api/", "demo-api/try-it/"])
def test_nothing_of_it_loads_before_the_reader_asks(visit, hosted, path):
    visit = visit(hosted + path)
    visit.page.wait_for_load_state("networkidle")
    assert loaded(visit.addresses) == []
    assert not [address for address in visit.addresses if "worker.js" in address]


def test_the_page_says_how_much_will_be_loaded(visit, hosted, manifest):
    console = console_of(visit(hosted + "demo-api/").page)
    way = manifest["ways"].get("snapshot") or manifest["ways"]["zip"]
    millions = sum(manifest["files"][name]["bytes"] for name in way) / 1e6
    size = f"{millions:.1f}" if millions < 9.95 else f"{millions:.0f}"
    expect(console.locator(".nx-target__status")).to_have_text(f"Loads {size} MB once, then answers here.")


def test_the_first_run_shows_the_progress_then_the_answer(visit, hosted):
    visit = visit(hosted + "demo-api/")
    console = console_of(visit.page)
    held = hold(visit.page, f"**{FILES}wasm.*")
    console.get_by_role("button", name="Run").click()
    progress = console.get_by_role("progressbar")
    expect(progress).to_be_visible()
    expect(progress).to_have_attribute("aria-valuetext", re.compile(r"Loading (?!0\.0)[\d.]+ MB of [\d.]+ MB"))
    expect(console).to_have_attribute("data-state", "loading")
    expect(progress).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))  # percent
    held[0].continue_()
    expect(console).to_have_attribute("data-state", "answered")
    expect(progress).to_be_hidden()
    expect(console.locator(".nx-status")).to_have_text("200 OK")
    assert visit.complaints == []
    assert visit.strangers(hosted) == []


def test_it_boots_from_the_snapshot(visit, hosted, manifest):
    if "snapshot" not in manifest["ways"]:
        pytest.skip("this build could make no snapshot, and said so")
    visit = visit(hosted + "demo-api/")
    ask(console_of(visit.page), "GET /api/v1/categories/")
    assert "snapshot" in loaded(visit.addresses)
    assert "core-site" not in loaded(visit.addresses)
    assert visit.complaints == []


def test_it_boots_from_zips_too(visit, hosted):
    visit = visit(hosted + "demo-api/?zip")
    console = ask(console_of(visit.page), "GET /api/v1/categories/")
    expect(console.locator(".nx-console__note")).to_contain_text("answered in this page")
    assert "core-site" in loaded(visit.addresses)
    assert "snapshot" not in loaded(visit.addresses)
    assert visit.complaints == []


def test_a_snapshot_that_does_not_load_gives_way_to_the_zips(visit, hosted, manifest):
    if "snapshot" not in manifest["ways"]:
        pytest.skip("this build could make no snapshot, and said so")
    visit = visit(hosted + "demo-api/")
    visit.page.route(f"**{FILES}snapshot.*", lambda route: route.abort())
    ask(console_of(visit.page), "GET /api/v1/categories/")
    assert "core-site" in loaded(visit.addresses)
