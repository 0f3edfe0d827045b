"""The handbook served by Django: consoles run, and Swagger UI sends requests, to the same server."""

import json
from typing import cast

import pytest
from playwright.sync_api import Locator, expect

SLOW_FETCH = """
const fast = window.fetch;
window.fetch = async (...all) => { await new Promise((done) => setTimeout(done, 800)); return fast(...all); };
"""


@pytest.fixture
def console(visit, live) -> Locator:
    """The first console of the demo API's page."""
    page = visit(live + "demo-api/").page
    return cast("Locator", page.locator(".nx-console").first)


def test_run_answers_with_status_time_and_the_number_of_queries(console: Locator):
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "answered")
    expect(console.locator(".nx-status")).to_have_text("200 OK")
    expect(console.locator(".nx-console__note")).to_contain_text("answered now in")
    expect(console.locator(".nx-console__note")).to_contain_text("queries")
    expect(console.get_by_role("status")).to_contain_text("Answered 200 OK")


def test_the_answer_is_the_live_apis_own(console: Locator, live: str):
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "answered")
    body = json.loads(console.locator('[data-panel="body"] code').inner_text())
    assert body["next"].startswith(live), "recorded answers name localhost:8000"


def test_a_changed_request_runs_with_the_keyboard(console: Locator):
    console.get_by_label("Request, editable").fill("GET /api/v1/products/no-such-thing/")
    console.page.keyboard.press("Control+Enter")
    expect(console).to_have_attribute("data-state", "answered")
    expect(console.locator(".nx-status")).to_have_text("404 Not Found")
    expect(console.locator('[data-panel="body"]')).to_contain_text("/api/problems/not-found/")


def test_reset_brings_the_recorded_request_and_answer_back(console: Locator):
    recorded = console.locator('[data-panel="body"] code').inner_text()
    console.get_by_label("Request, editable").fill("GET /api/v1/products/")
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "answered")
    console.get_by_role("button", name="Start over").click()
    expect(console).to_have_attribute("data-state", "recorded")
    assert console.locator('[data-panel="body"] code').inner_text() == recorded
    expect(console.get_by_label("Request, editable")).to_have_value(
        "GET /api/v1/categories/?page_size=2\nAccept: application/json"
    )


@pytest.mark.parametrize("request_line", ["GETT /api/v1/products/", "GET //example.org/", "GET https://example.org/"])
def test_what_is_no_request_of_this_service_is_refused_and_not_sent(visit, live, request_line):
    visit = visit(live + "demo-api/")
    console = visit.page.locator(".nx-console").first
    console.get_by_label("Request, editable").fill(request_line)
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console.locator(".nx-status").first).to_have_text("no answer")
    assert visit.strangers(live) == []


def test_an_api_that_went_away_is_said_so(console: Locator):
    console.page.route("**/api/v1/**", lambda route: route.abort())
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console).to_contain_text("The API cannot be reached. Is it still running?")


def test_a_running_console_says_so_and_does_not_run_twice(console: Locator):
    console.page.evaluate(SLOW_FETCH)
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "running")
    expect(console.get_by_role("button", name="Run")).to_be_disabled()
    expect(console).to_have_attribute("data-state", "answered")


def test_a_request_of_an_account_signs_in_first(visit, live):
    page = visit(live + "getting-started/frontend/").page
    console = page.locator(".nx-console[data-username]").first
    console.get_by_label("Request, editable").fill("GET /api/v1/auth/me/")
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "answered")
    expect(console.locator('[data-panel="body"]')).to_contain_text(str(console.get_attribute("data-username")))


def test_a_phone_shows_a_live_console_without_scrolling_sideways(visit, live):
    visit = visit(live + "demo-api/", width=360)
    visit.page.get_by_role("button", name="Run").first.click()
    expect(visit.page.locator(".nx-console").first).to_have_attribute("data-state", "answered")
    assert visit.sideways() <= 0


def test_swagger_ui_sends_a_request_to_this_server(visit, live):
    visit = visit(live + "demo-api/try-it/")
    page = visit.page
    page.locator("#operations-products-list_products .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").first.click()
    page.get_by_role("button", name="Execute").first.click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    assert visit.strangers(live) == []
    assert visit.complaints == []


def test_a_missing_page_gets_the_handbooks_own_404(visit, live):
    visit = visit(live + "no/such/page/")
    heading = visit.page.locator("h1")
    expect(heading).to_have_text("There is no page at this address")
    ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(252, 251, 248)", "it brings its own style, for it does not know where it is served"
