"""After the first visit the handbook answers without a network, and so does the API in the page once it was loaded."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NAME
from tests.browser.offline.conftest import (
    Host,
    caches_of,
    edition,
    line,
    replace,
    wait_until_kept,
)
from tests.browser.page_api import FILES, ask, body_of, console_of
from tests.browser.test_page_api_swagger import create_product

ON_DEMAND = "assets/vendor/"
STYLED = "[...document.styleSheets].filter(({ href }) => !/vendor/.test(href)).every((sheet) => sheet.cssRules.length)"
BLOCKED = """
const blocked = async () => { throw new DOMException("blocked", "SecurityError"); };
Object.assign(ServiceWorkerContainer.prototype, { register: blocked, getRegistration: blocked });
"""


@pytest.fixture
def reader(visit):
    """Opens an address in a browser that may keep it."""
    return lambda address, **options: visit(address, service_workers="allow", **options)


def leave(host: Host, page: Page) -> None:
    """Take the network away: the browser is offline, and nobody listens either."""
    host.stop()
    page.context.set_offline(True)


# Pages ---------------------------------------------------------------------------------------------------------------


def test_after_the_first_visit_every_page_answers_without_a_network(reader, host, whole):
    host.folder = whole
    visit = reader(host.address)
    wait_until_kept(visit.page)
    leave(host, visit.page)
    ui = {"demo-api/try-it", "demo-api/graphql"}  # Swagger UI and GraphiQL are kept once they were used
    pages = sorted({page.parent.relative_to(whole).as_posix() for page in whole.rglob("index.html")} - ui)
    assert len(pages) > 20
    for path in pages:
        answer = visit.page.goto(f"{host.address}{path}/".replace("/./", "/"), wait_until="load")
        assert answer
        assert (answer.status, answer.from_service_worker) == (200, True), path
        assert visit.page.evaluate(STYLED), path
    assert visit.complaints == []
    assert visit.strangers(host.address) == []


def test_swagger_ui_that_was_never_loaded_leads_to_the_reference(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    leave(host, page)
    page.goto(host.address + "demo-api/try-it/")
    expect(page.locator(".nx-swagger")).to_contain_text("Swagger UI could not be loaded.")
    page.locator(".nx-swagger").get_by_role("link", name="reference").click()
    expect(page.locator("h1")).to_contain_text("API reference")


def test_an_address_may_have_a_query_or_lack_its_last_slash(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    leave(host, page)
    page.goto(host.address + "demo-api?zip")
    assert page.url == host.address + "demo-api/?zip"
    expect(page.locator("h1")).to_contain_text("The demo API")
    page.goto(host.address + "index.html")
    expect(page.locator("h1")).to_contain_text("A backend handbook")


def test_a_missing_page_gets_the_sites_own_404(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    leave(host, page)
    answer = page.goto(host.address + "no/such/page/")
    assert answer
    assert answer.status == 404
    page.get_by_role("link", name="Start from the home page").click()
    expect(page.locator("h1")).to_contain_text("A backend handbook")


def test_following_links_and_searching_need_no_network(reader, host):
    visit = reader(host.address)
    page = visit.page
    wait_until_kept(page)
    leave(host, page)
    page.reload()
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Demo API", exact=True).first.click()
    expect(page).to_have_title(re.compile("demo API"))
    assert page.evaluate("window.stillHere"), "the theme's instant navigation works"
    expect(line(page)).to_contain_text("Available offline.")
    page.reload()
    page.get_by_role("textbox", name="Search").press_sequentially("reserve stock")
    page.locator('.md-search-result a[href*="demo-api/reference/"]').first.wait_for()
    assert visit.complaints == []


def test_the_first_visit_fetches_only_the_pages_and_what_they_need(reader, host, whole):
    host.folder = whole
    page = reader(host.address).page
    wait_until_kept(page)
    assert {path for path in host.asked if path.startswith(ON_DEMAND)} == {f"{FILES[1:]}manifest.json"}
    assert host.sent < 9e6  # bytes, before a host compresses them
    asked = len(host.asked)
    page.goto(host.address + "contributing/")
    page.wait_for_load_state("networkidle")
    assert set(host.asked[asked:]) == {"sw.js"}, "a page that is kept is not asked for again"


# The API -------------------------------------------------------------------------------------------------------------


def test_an_api_that_was_loaded_once_answers_without_a_network(reader, host):
    visit = reader(host.address + "demo-api/")
    page = visit.page
    ask(console_of(page), "GET /api/v1/categories/")  # not waiting for the worker: it hears of the files afterwards
    ask(console_of(page), "GET /api/v1/products/")
    wait_until_kept(page)
    expect_kept_files(page, 7)
    leave(host, page)
    page.reload()
    console = ask(console_of(page), "GET /api/v1/products/?page_size=3")
    assert len(body_of(console)["results"]) == 3
    expect(console.locator(".nx-pictures img")).to_have_count(3)
    for picture in console.locator(".nx-pictures img").all():
        expect(picture).to_have_js_property("naturalWidth", 640)
    ask(console, "POST /api/v1/products/\nContent-Type: application/json\n\n{}")  # needs the files of the background
    expect(console.locator(".nx-status")).to_have_text("401 Unauthorized")
    assert visit.complaints == []


def expect_kept_files(page: Page, count: int) -> None:
    """Wait until so many of the in-page API's large files are kept."""
    counted = """async (count) => {
      const names = (await caches.keys()).filter((name) => !name.endsWith("notes"));
      const caches_ = await Promise.all(names.map((name) => caches.open(name)));
      const keys = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
      return keys.filter(({ url }) => /page-api.*[.](bin|mjs)$/.test(url)).length === count;
    }"""
    for _ in range(150):
        if page.evaluate(counted, count):
            return
        page.wait_for_timeout(200)
    pytest.fail(f"not {count} files of the API are kept")


def test_it_is_kept_while_it_arrives_and_the_progress_is_shown(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    page.goto(host.address + "demo-api/")
    console = console_of(page)
    with host.hold("/wasm."):
        console.get_by_role("button", name="Run").click()
        progress = console.get_by_role("progressbar")
        expect(progress).to_have_attribute("aria-valuetext", re.compile(r"Loading (?!0\.0)[\d.]+ MB of [\d.]+ MB"))
        expect(progress).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))  # percent
    expect(console).to_have_attribute("data-state", "answered")
    expect_kept_files(page, 7)
    asked = [path for path in host.asked if path.startswith(ON_DEMAND) and not path.endswith(".json")]
    assert len(asked) == len(set(asked)), "each file is loaded once"


def test_an_api_that_was_never_loaded_says_plainly_that_it_is_offline(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    leave(host, page)
    page.goto(host.address + "demo-api/")
    console = console_of(page)
    recorded = console.locator('[data-panel="body"] code').inner_text()
    console.get_by_role("button", name="Run").click()
    expect(console).to_have_attribute("data-state", "failed")
    expect(console.locator(".nx-console__failure")).to_contain_text("could not be loaded")
    expect(console.locator(".nx-console__failure")).to_contain_text("You are offline.")
    expect(console.locator('[data-panel="body"] code')).to_have_text(recorded, use_inner_text=True)
    host.start()
    page.context.set_offline(False)
    ask(console, "GET /api/v1/categories/")


def test_staff_create_a_product_in_swagger_ui_then_offline_once_more(reader, host):
    visit = reader(host.address + "demo-api/try-it/")
    page = visit.page
    create_product(page)
    wait_until_kept(page)
    expect_kept_files(page, 7)
    page.get_by_role("button", name="Reset data").click()
    expect(page.get_by_text("The seeded catalogue is back.").first).to_be_visible()
    leave(host, page)
    page.reload()
    create_product(page)
    assert visit.complaints == []


# Where nothing is kept -----------------------------------------------------------------------------------------------


def test_the_reader_can_remove_the_copy_and_have_it_again(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    page.reload()
    page.evaluate("caches.open('another-project')")
    line(page).get_by_role("button", name="Remove the offline copy").click()
    expect(line(page)).to_contain_text("Not kept for offline reading.")
    assert caches_of(page) == ["another-project"]
    page.goto(host.address + "contributing/")
    expect(line(page)).to_contain_text("Not kept for offline reading.")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    line(page).get_by_role("button", name=re.compile(r"Keep it \(\d+(\.\d)? MB\)")).click()
    wait_until_kept(page)
    leave(host, page)
    page.goto(host.address)
    expect(page.locator("h1")).to_contain_text("A backend handbook")


def test_the_copy_can_be_had_again_from_the_page_that_removed_it(reader, host):
    page = reader(host.address).page
    wait_until_kept(page)
    page.reload()
    line(page).get_by_role("button", name="Remove the offline copy").click()
    line(page).get_by_role("button", name="Keep it").click()
    wait_until_kept(page)
    leave(host, page)
    page.goto(host.address + "demo-api/")
    expect(page.locator("h1")).to_contain_text("The demo API")


def test_a_reader_who_saves_data_is_asked_first(reader, host):
    visit = reader("about:blank")
    visit.page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    visit.page.goto(host.address)
    expect(line(visit.page)).to_contain_text("Not kept for offline reading.")
    assert "sw.js" not in host.asked
    line(visit.page).get_by_role("button", name="Keep it").click()
    wait_until_kept(visit.page)


@pytest.mark.parametrize("script", [BLOCKED, "delete Navigator.prototype.serviceWorker"], ids=["blocked", "missing"])
def test_a_browser_that_keeps_nothing_shows_the_pages_without_a_complaint(reader, host, script):
    visit = reader("about:blank")
    visit.page.add_init_script(script)
    visit.page.goto(host.address)
    visit.page.wait_for_load_state("networkidle")
    expect(line(visit.page)).to_be_empty()
    expect(visit.page.locator("h1")).to_contain_text("A backend handbook")
    assert visit.complaints == []


def test_a_site_built_without_the_lists_does_not_ask_for_a_worker(reader, host, first, tmp_path):
    host.folder = edition(first, tmp_path, host.port)
    forget_size(host.folder)
    visit = reader(host.address)
    visit.page.wait_for_load_state("networkidle")
    visit.page.wait_for_timeout(500)
    assert "sw.js" not in host.asked
    assert visit.complaints == []


def forget_size(site: Path) -> None:
    """Make a built site one that was built without the lists."""
    script = site / "assets/js/offline.js"
    script.write_text(re.sub(r"MEGABYTES = [\d.]+", "MEGABYTES = 0", script.read_text("utf-8")), encoding="utf-8")


def test_a_page_with_a_live_api_behind_it_is_never_kept(reader, live):
    visit = reader(live)
    visit.page.wait_for_load_state("networkidle")
    visit.page.wait_for_timeout(500)
    assert visit.page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert visit.complaints == []
    timing = visit.page.request.get(live + "sw.js").headers["server-timing"]
    assert timing == 'nexus-api;desc="/"', "a worker from another time at this address asks there, and gives way"


@pytest.mark.parametrize("now", ["a live API", "live reload", "another project"])
def test_what_takes_over_the_port_on_a_developers_machine_is_shown_at_once(reader, host, first, tmp_path, now):
    host.headers["Cache-Control"] = "no-store"
    page = reader(host.address).page
    wait_until_kept(page)
    host.folder = edition(first, tmp_path, host.port, lambda site: replace(site / "index.html", "A backend", "Another"))
    forget_size(host.folder)
    if now == "a live API":
        host.headers["Server-Timing"] = 'nexus-api;desc="/"'
    elif now == "live reload":
        source = first.parent / NAME / "sw.js"
        text = re.sub(r"^const BUILD = .*$", 'const BUILD = { id: "" };', source.read_text("utf-8"), flags=re.M)
        (host.folder / "sw.js").write_text(text, encoding="utf-8")
    else:
        (host.folder / "sw.js").unlink()
    page.goto(host.address)
    expect(page.locator("h1")).to_contain_text("Another handbook")
    page.wait_for_function("caches.keys().then((names) => names.length === 0)")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
