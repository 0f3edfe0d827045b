"""The API inside the page, on a host that only serves files, below a sub-path."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from hub.api_server import free_port

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "demo_api" / "catalog" / "seed" / "pictures" / "lagoon-speaker.webp"
FILES = "/assets/vendor/page-api/"
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


@pytest.fixture
def manifest(site) -> dict[str, Any]:
    """What the build says of the files of the in-page API."""
    read: dict[str, Any] = json.loads((site / "assets/vendor/page-api/manifest.json").read_text(encoding="utf-8"))
    return read


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


# Loading -----------------------------------------------------------------------------------------------------------


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
    assert 0 < int(progress.get_attribute("aria-valuenow") or 0) < 100
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


# Answers -----------------------------------------------------------------------------------------------------------


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


# The story of Swagger UI -------------------------------------------------------------------------------------------


def open_operation(page: Page, name: str) -> Locator:
    """Open an operation of Swagger UI and make it editable."""
    operation = page.locator(f"#operations-{name}")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    return operation


def execute(operation: Locator, status: int) -> Any:
    """Send it, and return the body of the answer."""
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody")
    expect(answer.locator(".response-col_status")).to_contain_text(str(status))
    return json.loads(answer.locator(".microlight code").first.inner_text())


def close(operation: Locator) -> None:
    operation.locator(".opblock-summary-control").click()


def sign_in(page: Page) -> None:
    """Sign in as the demo staff user and hand the token to Swagger UI."""
    operation = open_operation(page, "auth-sign_in")
    operation.locator("textarea").first.fill('{"username": "demo-staff", "password": "demo-staff-password"}')
    token = execute(operation, 200)["token"]
    close(operation)
    page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(token)
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".auth-btn-wrapper .btn-done").click()


def test_staff_create_a_product_with_a_picture_see_it_and_reset_it_away(visit, hosted):
    visit = visit(hosted + "demo-api/try-it/")
    page = visit.page
    sign_in(page)

    create = open_operation(page, "products-create_product")
    product = {"name": "Tidal Kettle", "category": "kitchen", "price": "42.00", "stock": 3}
    create.locator("textarea").first.fill(json.dumps(product))
    slug = execute(create, 201)["slug"]
    close(create)

    upload = open_operation(page, "products-put_product_image")
    upload.locator("tr[data-param-name='If-Match'] input").fill("*")
    upload.locator("tr[data-param-name='slug'] input").fill(slug)
    upload.locator("input[type=file]").set_input_files(PICTURE)
    assert "/media/products/" in execute(upload, 200)["image"]
    close(upload)

    listing = open_operation(page, "products-list_products")
    listing.locator("tr[data-param-name='search'] input").fill("tidal")
    assert [found["slug"] for found in execute(listing, 200)["results"]] == [slug]
    expect(listing.locator(".nx-pictures img")).to_have_js_property("naturalWidth", 640)
    listing.locator(".nx-swagger__sql summary").click()
    expect(listing.locator(".nx-swagger__sql")).to_contain_text("FROM catalog_product")
    expect(listing.locator(".nx-swagger__sql .nx-plan").first).to_be_visible()

    page.get_by_role("button", name="Reset data").click()
    expect(page.get_by_text("The seeded catalogue is back.").first).to_be_visible()
    page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
    page.locator(".auth-btn-wrapper").get_by_text("Logout").click()  # the token went with the database that made it
    page.locator(".auth-btn-wrapper .btn-done").click()
    listing.get_by_role("button", name="Execute").click()
    expect(listing.locator(".live-responses-table .microlight code").first).to_contain_text('"results": []')

    assert visit.complaints == []
    assert visit.strangers(hosted) == []


def test_swagger_ui_shows_where_the_api_stands(visit, hosted):
    page = visit(hosted + "demo-api/try-it/").page
    expect(page.locator(".servers select")).to_have_value(hosted.rstrip("/"))


# When it cannot run, or stops ----------------------------------------------------------------------------------------


def expect_explanation(console: Locator, reason: str, recorded: str) -> None:
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console.locator(".nx-console__failure")).to_contain_text(reason)
    expect(console.locator('[data-panel="body"] code')).to_have_text(recorded, use_inner_text=True)
    expect(console.locator(".nx-console__bar").last).to_contain_text("recorded while this page was built")


def recording(console: Locator) -> str:
    return console.locator('[data-panel="body"] code').inner_text()


def test_a_site_built_without_it_says_so_and_keeps_the_recording(visit, hosted):
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


# The target --------------------------------------------------------------------------------------------------------


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


# Copying -----------------------------------------------------------------------------------------------------------

COPIES = {
    "curl": "curl -i 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  -H 'Accept: application/json'",
    "HTTPie": "http GET 'http://localhost:8000/api/v1/categories/?page_size=2' \\\n  'Accept:application/json'",
    "JavaScript fetch": 'const response = await fetch("http://localhost:8000/api/v1/categories/?page_size=2", {',
    "Python": 'response = requests.get(\n    "http://localhost:8000/api/v1/categories/?page_size=2",',
}


@pytest.mark.parametrize("name", COPIES)
def test_a_request_is_copied_with_the_keyboard(visit, hosted, name):
    page = visit(hosted + "demo-api/", permissions=["clipboard-read", "clipboard-write"]).page
    button = console_of(page).get_by_role("button", name="Copy as")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="curl")).to_be_focused()
    for _ in range(list(COPIES).index(name)):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(console_of(page).get_by_role("status")).to_have_text(f"Copied as {name}.")
    assert COPIES[name] in page.evaluate("navigator.clipboard.readText()")


def test_the_copied_python_is_python(visit, hosted):
    page = visit(hosted + "getting-started/frontend/", permissions=["clipboard-read", "clipboard-write"]).page
    console = page.locator(".nx-console").first
    body = '{"name": "Tidal \\"Kettle\\"", "active": true, "image": null, "tags": ["é", 1.5]}'
    console.get_by_label("Request, editable").fill(f"POST /api/v1/products/\nContent-Type: application/json\n\n{body}")
    console.get_by_role("button", name="Copy as").click()
    page.get_by_role("menuitem", name="Python").click()
    expect(console.get_by_role("status")).to_have_text("Copied as Python.")
    text = page.evaluate("navigator.clipboard.readText()")
    compile(text, "copied", "exec")
    assert '"active": True, "image": None, "tags": ["é", 1.5]' in text
