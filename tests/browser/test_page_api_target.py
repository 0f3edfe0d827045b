"""Who answers: the API inside the page, or a server on this machine, as the reader chose."""

from playwright.sync_api import expect

from hub.api_server import free_port
from tests.browser.page_api import ask, console_of, expect_explanation, recording


def test_a_server_can_be_the_target_and_is_remembered(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    address = f"http://127.0.0.1:{free_port()}"
    console.get_by_label("Answered by").select_option(label="another address…")
    console.get_by_label("Address of the server").fill(address)
    console.get_by_role("button", name="Use it").click()
    page.reload()
    expect(console.get_by_label("Answered by")).to_have_value(address)
    expect_explanation(console, f"No API answers at {address}", recording(console))


def test_only_this_machine_can_be_the_target(visit, hosted):
    console = console_of(visit(hosted + "demo-api/").page)
    console.get_by_label("Answered by").select_option(label="another address…")
    console.get_by_label("Address of the server").fill("https://example.org")
    console.get_by_role("button", name="Use it").click()
    expect(console.get_by_role("alert")).to_contain_text("Write an address on your own machine")


def test_a_page_that_a_server_gave_may_answer_itself(visit, live):
    visit = visit(live + "demo-api/")
    console = console_of(visit.page)
    expect(console.get_by_label("Answered by")).to_have_value(live.rstrip("/"))
    console.get_by_label("Answered by").select_option(label="this page")
    ask(console, "GET /api/v1/categories/")
    expect(console.locator(".nx-console__note")).to_contain_text("answered in this page")
    assert visit.complaints == []
