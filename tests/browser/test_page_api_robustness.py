"""When the API cannot run in the page, or stops: what the reader is told, and that the next run works."""

from playwright.sync_api import expect

from hub.assets import WITHOUT_PAGE_API
from tests.browser.page_api import FILES, ask, console_of, expect_explanation, hold, recording

KEPT_WORKERS = """
window.workers = []; // but for the search's
window.Worker = class extends Worker {
  constructor(address, options) { super(address, options); if (options?.name === "nexus-api") workers.push(this); }
};
"""
# Fails every test that uses it, if the worker should one day be asked in another way.
DEAF_WORKERS = """
window.Worker = class extends Worker {
  postMessage(message, ...rest) { if (message.kind !== "request" || !window.deaf) super.postMessage(message, ...rest); }
};
"""
BLOCKED_STORAGE = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });
navigator.locks.request = async () => { throw new DOMException("blocked", "SecurityError"); };
"""


def test_a_site_built_without_it_says_so_and_keeps_the_recording(visit, hosted):
    visit = visit(hosted + "contributing/")
    visit.page.route("**/manifest.json", lambda route: route.fulfill(json=WITHOUT_PAGE_API))
    visit.page.goto(hosted + "demo-api/")
    console = console_of(visit.page)
    expect_explanation(console, "built without the API for the page", recording(console))
    assert visit.complaints == []


def test_a_site_whose_files_of_it_are_gone_says_so_and_keeps_the_recording(visit, hosted):
    page = visit(hosted + "contributing/").page
    page.route("**/manifest.json", lambda route: route.fulfill(status=404, body="none"))
    page.goto(hosted + "demo-api/")
    console = console_of(page)
    expect_explanation(console, "built without the API for the page", recording(console))


def test_a_browser_without_webassembly_says_so_and_keeps_the_recording(visit, hosted):
    visit = visit(hosted + "contributing/")
    visit.page.add_init_script("delete window.WebAssembly")
    visit.page.goto(hosted + "demo-api/")
    console = console_of(visit.page)
    expect_explanation(console, "It lacks WebAssembly.", recording(console))
    assert visit.complaints == []


def test_a_download_that_fails_is_said_so_and_can_be_tried_again(visit, hosted):
    page = visit(hosted + "demo-api/").page
    page.route(f"**{FILES}wasm.*", lambda route: route.abort())
    console = console_of(page)
    expect_explanation(console, "could not be loaded. wasm.", recording(console))
    page.unroute(f"**{FILES}wasm.*")
    ask(console, "GET /api/v1/categories/")


def test_it_runs_where_storage_is_blocked(visit, hosted):
    page = visit(hosted + "contributing/").page
    page.add_init_script(BLOCKED_STORAGE)
    page.goto(hosted + "demo-api/")
    ask(console_of(page), "GET /api/v1/categories/")


def test_loading_can_be_stopped_and_begun_again(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = console_of(page)
    hold(page, f"**{FILES}wasm.*")
    console.get_by_role("button", name="Run").click()
    console.get_by_role("button", name="Stop").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console.locator(".nx-console__failure")).to_contain_text("Stopped.")
    page.unroute(f"**{FILES}wasm.*")
    ask(console, "GET /api/v1/categories/")


def test_a_worker_that_died_is_noticed_and_the_next_run_starts_another(visit, hosted):
    visit = visit(hosted + "contributing/")
    page = visit.page
    page.add_init_script(KEPT_WORKERS)
    page.goto(hosted + "demo-api/")
    console = ask(console_of(page), "GET /api/v1/categories/")
    page.evaluate("workers[0].terminate()")
    expect(console.locator(".nx-target__status")).to_contain_text("The browser ended the API in this page.")
    ask(console, "GET /api/v1/products/lagoon-speaker/")
    assert page.evaluate("workers.length") == 2
    assert visit.complaints == []


def test_a_worker_that_hangs_is_given_up(visit, hosted):
    page = visit(hosted + "contributing/").page
    page.add_init_script(DEAF_WORKERS)
    page.goto(hosted + "demo-api/")
    console = ask(console_of(page), "GET /api/v1/categories/")
    page.clock.install()
    page.evaluate("window.deaf = true")
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "running")
    page.clock.fast_forward(21_000)
    expect(console.locator(".nx-console__failure")).to_contain_text("No answer within 20 seconds.")
    page.evaluate("window.deaf = false")
    ask(console, "GET /api/v1/categories/")
