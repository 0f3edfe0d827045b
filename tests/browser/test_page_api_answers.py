"""What the API inside the page answers, and what a console shows of it."""

import re

from playwright.sync_api import expect

from tests.browser.page_api import ask, body_of, console_of


def test_an_answer_has_its_sql_with_times_and_plans(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = ask(console_of(page), "GET /api/v1/products/lagoon-speaker/")
    expect(console.locator(".nx-console__note")).to_contain_text(re.compile(r"in [\d.]+ ms, \d+ quer"))
    console.get_by_text("SQL").first.click()
    panel = console.locator('[data-panel="sql"]')
    expect(panel).to_contain_text("FROM catalog_product")
    expect(panel.locator(".nx-plan").first).to_contain_text(re.compile(r"SEARCH .* USING .*INDEX"))
    expect(panel.locator(".nx-plan__time").first).to_contain_text(" ms")
    count = int(console.locator("label[for$='-sql'] .nx-tabs__count").inner_text())
    assert panel.locator(".nx-queries > li").count() == count > 0


def test_links_in_an_answer_lead_to_the_api_of_this_page(visit, hosted):
    console = ask(console_of(visit(hosted + "demo-api/").page), "GET /api/v1/products/?page_size=2")
    body = body_of(console)
    assert body["next"].startswith(f"{hosted}api/v1/products/?")
    assert body["results"][0]["image"].startswith(f"{hosted}media/products/seed/")


def test_pictures_named_in_an_answer_are_shown(visit, hosted):
    console = ask(console_of(visit(hosted + "demo-api/").page), "GET /api/v1/products/?page_size=3")
    pictures = console.locator(".nx-pictures img")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        expect(picture).to_have_js_property("naturalWidth", 640)
        expect(picture).not_to_have_attribute("alt", "")


def test_an_answer_that_is_a_picture_is_shown(visit, hosted):
    request = "GET /media/products/seed/lagoon-speaker.webp"
    console = ask(console_of(visit(hosted + "demo-api/").page), request)
    expect(console.locator(".nx-picture img")).to_have_js_property("naturalWidth", 640)


def test_every_kind_of_answer_comes_from_the_page(visit, hosted):
    visit = visit(hosted + "demo-api/")
    console = ask(console_of(visit.page), "GET /api/v1/products/?min_price=cheap")
    expect(console.locator(".nx-status")).to_have_text("400 Bad Request")
    assert body_of(console)["type"] == "/api/problems/invalid-input/"
    ask(console, "GET /api/v1/products/lagoon-speaker/")
    headers = console.locator('[data-panel="headers"] code').text_content() or ""
    tag = re.search(r"etag: (\S+)", headers, re.IGNORECASE)
    assert tag, headers
    ask(console, f"GET /api/v1/products/lagoon-speaker/\nIf-None-Match: {tag[1]}")
    expect(console.locator(".nx-status")).to_have_text("304 Not Modified")
    ask(console, "POST /api/v1/products/\nContent-Type: application/json\n\n{}")
    expect(console.locator(".nx-status")).to_have_text("401 Unauthorized")
    assert visit.complaints == [], "an answer with an error status is no error of the page"


def test_a_request_of_an_account_signs_in_first(visit, hosted):
    page = visit(hosted + "getting-started/frontend/").page
    console = page.locator(".nx-console[data-username]").first
    ask(console, "GET /api/v1/auth/me/")
    assert body_of(console)["username"] == console.get_attribute("data-username")


def test_reset_data_brings_the_seeded_catalogue_back(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    account = '{"username": "ada", "password": "correct-horse-battery"}'
    register = f"POST /api/v1/auth/register/\nContent-Type: application/json\n\n{account}"
    expect(ask(console, register).locator(".nx-status")).to_have_text("201 Created")
    expect(ask(console, register).locator(".nx-status")).not_to_have_text("201 Created")
    console.get_by_role("button", name="Reset data").click()
    expect(console.get_by_role("status")).to_have_text("The seeded catalogue is back.")
    expect(ask(console, register).locator(".nx-status")).to_have_text("201 Created")


def test_two_tabs_do_not_disturb_each_other(visit, hosted):
    first = visit(hosted + "demo-api/").page
    second = first.context.new_page()
    second.goto(hosted + "demo-api/")
    account = '{"username": "ada", "password": "correct-horse-battery"}'
    register = f"POST /api/v1/auth/register/\nContent-Type: application/json\n\n{account}"
    for page in (first, second):
        expect(ask(console_of(page), register).locator(".nx-status")).to_have_text("201 Created")


def test_a_phone_shows_an_answer_without_scrolling_sideways(visit, hosted):
    visit = visit(hosted + "demo-api/", width=360)
    console = ask(console_of(visit.page), "GET /api/v1/products/")
    console.get_by_text("SQL").first.click()
    assert visit.sideways() <= 0
