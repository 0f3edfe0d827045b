"""The request's tabs in a browser, and requests that continue one another."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

RAW = "Request, editable"
TABS = ["Request", "curl", "HTTPie", "JavaScript", "Python"]
COPIES = {
    "Request": "GET /api/v1/categories/?page_size=2\nAccept: application/json",
    "curl": "curl -i 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  -H 'Accept: application/json'",
    "HTTPie": "http GET 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  'Accept: application/json'",
    "JavaScript": 'const response = await fetch("http://localhost:8000/api/v1/categories/?page_size=2", {',
    "Python": 'response = requests.get(\n    "http://localhost:8000/api/v1/categories/?page_size=2",',
}


def console_of(page: Page, number: int = 0) -> Locator:
    return page.locator(".nx-console").nth(number)


def tab(console: Locator, name: str) -> Locator:
    return console.locator(".nx-console__request").get_by_role("radio", name=name, exact=True)


def choose(console: Locator, name: str) -> None:
    console.locator(".nx-console__request label").get_by_text(name, exact=True).click()


def snippet(console: Locator) -> Locator:
    """The text of the tab that is shown, but for the first, which is a text area."""
    return console.locator(".nx-console__request section:visible code")


def status(console: Locator) -> Locator:
    return console.locator(".nx-console__answer .nx-status")


# Tabs -----------------------------------------------------------------------------------------------------------------


def test_the_tabs_switch_without_javascript(visit, hosted):
    page = visit(hosted + "demo-api/", java_script_enabled=False).page
    console = console_of(page)
    expect(console.locator(".nx-console__source")).to_be_visible()
    console.get_by_text("Python", exact=True).click()
    expect(snippet(console)).to_contain_text("import requests")
    expect(console.locator(".nx-console__source")).to_be_hidden()


def test_the_tabs_are_reached_and_switched_by_keyboard(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    tab(console, "Request").focus()
    for name in TABS[1:]:
        page.keyboard.press("ArrowRight")
        expect(tab(console, name)).to_be_focused()
        expect(snippet(console)).to_contain_text("/api/v1/categories/")
    page.keyboard.press("ArrowRight")
    expect(console.get_by_label(RAW)).to_be_visible()
    page.keyboard.press("Tab")
    expect(console.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(console.get_by_label(RAW)).to_be_focused()


@pytest.mark.parametrize("name", TABS)
def test_what_a_tab_shows_is_copied_with_the_keyboard(visit, hosted, name):
    page = visit(hosted + "demo-api/", permissions=["clipboard-read", "clipboard-write"]).page
    console = console_of(page)
    choose(console, name)
    console.get_by_role("button", name="Copy", exact=True).press("Enter")
    expect(console.get_by_role("status")).to_have_text(f"Copied: {name}.")
    assert COPIES[name] in page.evaluate("navigator.clipboard.readText()")


def test_the_tabs_follow_what_is_typed(visit, hosted):
    page = visit(hosted + "demo-api/", permissions=["clipboard-read", "clipboard-write"]).page
    console = console_of(page)
    body = '{"name": "Tidal \\"Kettle\\"", "active": true, "image": null, "tags": ["é", 1.5]}'
    console.get_by_label(RAW).fill(f"POST /api/v1/products/\nContent-Type: application/json\n\n{body}")
    choose(console, "Python")
    expect(snippet(console)).to_contain_text('"active": True')
    console.get_by_role("button", name="Copy", exact=True).click()
    expect(console.get_by_role("status")).to_have_text("Copied: Python.")
    text = page.evaluate("navigator.clipboard.readText()")
    compile(text, "copied", "exec")
    assert text == snippet(console).inner_text()


def test_what_is_no_request_yet_is_said_and_not_copied(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    console.get_by_label(RAW).fill("GTE /api/v1/products/")
    choose(console, "curl")
    expect(console.locator(".nx-console__request section:visible")).to_contain_text("Not a request yet. The first line")
    console.get_by_role("button", name="Copy", exact=True).click()
    expect(console.get_by_role("status")).to_have_text("Not a request yet")


def test_the_tabs_name_the_server_that_answers(visit, live):
    console = console_of(visit(live + "demo-api/").page)
    choose(console, "curl")
    expect(snippet(console)).to_contain_text(f"'{live}api/v1/categories/")


# Blocks that continue -----------------------------------------------------------------------------------------------


@pytest.fixture
def change(visit, hosted) -> list[Locator]:
    """Three requests of one chain: a product is read, changed, and changed again with the tag of the first answer."""
    return chain(visit(hosted + "getting-started/frontend/").page)


def chain(page: Page) -> list[Locator]:
    consoles = page.locator(".nx-console[data-account]")
    texts = consoles.locator(".nx-console__source code").all_inner_texts()
    third = next(n for n, text in enumerate(texts) if '"price": "19.00"' in text)
    return [consoles.nth(third - 2), consoles.nth(third - 1), consoles.nth(third)]


def test_the_value_says_where_it_comes_from(change: list[Locator]):
    mark = change[1].locator("mark.nx-filled")
    expect(mark).to_have_attribute("title", "the header ETag of the answer above")
    mark.hover(timeout=5000)  # fails where something else would get the pointer, such as the text area


def test_running_the_last_runs_those_above_first_with_the_values_they_got(change: list[Locator]):
    read, first, second = change
    expect(second.locator(".nx-console__before")).to_have_text("Runs the 2 requests above first.")
    second.get_by_role("button", name="Run").click()
    expect(second).to_have_attribute("data-state", "answered")
    expect(status(read)).to_have_text("200 OK")
    expect(status(first)).to_have_text("200 OK")
    expect(status(second)).to_have_text("412 Precondition Failed")
    tag = header(read, "etag")
    assert f"If-Match: {tag}" in first.get_by_label(RAW).input_value()
    assert f"If-Match: {tag}" in second.get_by_label(RAW).input_value()
    assert header(first, "etag") != tag
    expect(second.locator(".nx-console__before")).to_have_text("")


def header(console: Locator, name: str) -> str:
    console.locator(".nx-console__answer").get_by_text("Headers").click()
    text = console.locator('[data-panel="headers"] code').inner_text()
    found = re.search(rf"^{name}: (.*)$", text, re.I | re.M)
    assert found, text
    return found[1]


def test_what_ran_does_not_run_again_until_the_data_are_reset(change: list[Locator]):
    read, first, _ = change
    first.get_by_role("button", name="Run").click()
    expect(first).to_have_attribute("data-state", "answered")
    note = read.locator(".nx-console__answer .nx-console__note")
    read.evaluate("console => console.dataset.state = 'kept'")
    first.get_by_role("button", name="Run").click()
    expect(status(first)).to_have_text("412 Precondition Failed")  # its own change gave the product another tag
    expect(read).to_have_attribute("data-state", "kept")
    expect(note).to_be_attached()
    first.get_by_role("button", name="Reset data").click()
    expect(first.locator(".nx-console__before")).to_have_text("Runs the request above first.")
    first.get_by_role("button", name="Run").click()
    expect(read).to_have_attribute("data-state", "answered")
    expect(status(first)).to_have_text("200 OK")


def test_what_the_reader_types_over_a_value_stays(change: list[Locator]):
    _, first, _ = change
    editor = first.get_by_label(RAW)
    editor.fill("# x\n" + editor.input_value())  # an edit elsewhere moves the value, and leaves it one
    editor.fill(editor.input_value().removeprefix("# x\n"))
    editor.fill(editor.input_value().replace("12}", "15}"))
    expect(first.locator("mark.nx-filled")).to_have_count(1)
    editor.fill(re.sub(r"If-Match: .*", "If-Match: *", editor.input_value()))
    expect(first.locator("mark.nx-filled")).to_have_count(0)
    first.get_by_role("button", name="Run").click()
    expect(status(first)).to_have_text("200 OK")
    assert "If-Match: *" in editor.input_value()
    assert json.loads(first.locator('[data-panel="body"] code').inner_text())["stock"] == 15
    first.get_by_role("button", name="Start over").click()
    expect(first.locator("mark.nx-filled")).to_have_count(1)


def test_a_request_that_cannot_be_sent_stops_those_below(change: list[Locator]):
    read, first, second = change
    read.get_by_label(RAW).fill("no request")
    second.get_by_role("button", name="Run").click()
    expect(read).to_have_attribute("data-state", "failed")
    for console in (first, second):
        expect(console).to_have_attribute("data-state", "failed")
        expect(console.locator(".nx-console__failure")).to_contain_text("so this one did not run")


def test_an_answer_without_the_value_is_named(change: list[Locator]):
    read, first, _ = change
    read.get_by_label(RAW).fill("GET /api/v1/products/no-such-thing/")
    first.get_by_role("button", name="Run").click()
    expect(first.locator(".nx-console__failure")).to_contain_text(
        "This request needs the header ETag of the answer above, and that answer, 404 Not Found, has none."
    )


def test_a_server_is_asked_in_the_same_order_and_the_page_says_what_it_writes(visit, live):
    page = visit(live + "getting-started/frontend/").page
    read, first, second = chain(page)
    host = live.removeprefix("http://").rstrip("/")
    expect(second.locator(".nx-console__before")).to_have_text(
        f"Runs the 2 requests above first. On {host} that writes: "
        "PATCH /api/v1/products/almanac-notebook/, PATCH /api/v1/products/almanac-notebook/."
    )
    second.get_by_role("button", name="Run").click()
    expect(status(second)).to_have_text("412 Precondition Failed")
    expect(status(first)).to_have_text("200 OK")
    expect(read).to_have_attribute("data-state", "answered")


def test_the_next_page_of_a_list_is_asked_for_by_its_address(visit, hosted):
    page = visit(hosted + "getting-started/frontend/").page
    console = page.locator(".nx-console[data-continues]").filter(has_text="cursor").first
    console.get_by_role("button", name="Run").click()
    expect(status(console)).to_have_text("200 OK")
    assert console.get_by_label(RAW).input_value().startswith("GET /api/v1/products/?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_tabs_without_scrolling_sideways(visit, hosted, scheme):
    visit = visit(hosted + "getting-started/frontend/", width=360, scheme=scheme)
    consoles = chain(visit.page)
    for console in consoles:
        choose(console, "JavaScript")
        expect(snippet(console)).to_contain_text("await fetch(")
        box = console.bounding_box()
        assert box
        for label in console.locator(".nx-console__request label").all():
            place = label.bounding_box()
            assert place
            assert place["x"] + place["width"] <= box["x"] + box["width"], "every tab can be pressed"
    assert visit.sideways() <= 0
    assert visit.complaints == []
