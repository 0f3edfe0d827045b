"""The handbook on a host that only serves files, below a sub-path, as on GitHub Pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.canaries import found_in

PAGES = [
    "",
    "getting-started/",
    "demo-api/",
    "demo-api/try-it/",
    "demo-api/python-cells/",
    "demo-api/reference/",
    "demo-api/problem-types/",
    "reference/source/catalog/",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_no_other_host_and_complains_of_nothing(visit, hosted, path):
    visit = visit(hosted + path)
    visit.page.wait_for_load_state("networkidle")
    assert visit.complaints == []
    assert visit.strangers(hosted) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 768])
def test_a_page_does_not_scroll_sideways(visit, hosted, path, width):
    visit = visit(hosted + path, width=width)
    visit.page.wait_for_load_state("networkidle")
    assert visit.sideways() <= 0


def test_no_file_of_the_site_and_no_line_of_its_build_holds_a_secret(site):
    files = [path for path in site.parent.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [f"{name} in {path}" for path in files for name in found_in(path.read_bytes())] == []


def test_home_shows_a_request_its_answer_and_its_sql(visit, hosted):
    page = visit(hosted).page
    console = page.locator(".nx-console").first
    expect(console.locator(".nx-console__source")).to_contain_text("GET /api/v1/products/lagoon-speaker/")
    expect(console.locator(".nx-status")).to_have_text("200 OK")
    expect(console.locator('[data-panel="body"]')).to_contain_text('"name": "Lagoon Cordless Speaker"')
    expect(console.locator('[data-panel="sql"]')).to_contain_text("FROM catalog_product")
    assert page.locator(".nx-home__picture img").evaluate("image => image.naturalWidth") > 0


def test_without_javascript_the_answer_and_its_tabs_still_work(visit, hosted):
    page = visit(hosted + "demo-api/", java_script_enabled=False).page
    console = page.locator(".nx-console").first
    expect(console.locator('[data-panel="body"]')).to_contain_text('"results"')
    console.get_by_text("SQL").click()
    expect(console.locator('[data-panel="sql"]')).to_be_visible()
    expect(console.locator('[data-panel="body"]')).to_be_hidden()


def test_the_reference_can_be_read_without_javascript(visit, hosted):
    page = visit(hosted + "demo-api/reference/#create_product", java_script_enabled=False).page
    expect(page.locator("h3#create_product")).to_be_visible()
    expect(page.locator("main")).to_contain_text("POST /api/v1/products/")


def test_tabs_switch_with_the_arrow_keys(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = page.locator(".nx-console").first
    console.locator(".nx-console__answer input[type=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(console.locator('[data-panel="headers"]')).to_be_visible()


def test_search_finds_an_operation(visit, hosted):
    page = visit(hosted).page
    page.get_by_role("textbox", name="Search").press_sequentially("reserve stock")  # it listens to keys
    result = page.locator('.md-search-result a[href*="demo-api/reference/"]').first
    result.wait_for()
    page.locator(
        '.md-search-result a[href*="#reserve_stock"], .md-search-result a[href*="#create_reservation"]'
    ).first.wait_for()


def test_following_links_swaps_pages_without_loading_them_anew(visit, hosted):
    visit = visit(hosted)
    page = visit.page
    page.wait_for_load_state("networkidle")  # the theme reads the site map first
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Demo API", exact=True).first.click()
    expect(page).to_have_title(re.compile("demo API"))
    expect(page.locator(".nx-console").first).to_have_attribute("data-state", "recorded")
    assert page.evaluate("window.stillHere"), "the theme's instant navigation works below a sub-path"
    assert visit.complaints == []


def test_a_missing_page_gets_the_handbooks_own_404(visit, hosted):
    page = visit(hosted + "no/such/page/").page
    expect(page.locator("h1")).to_have_text("There is no page at this address")
    page.get_by_role("link", name="Start from the home page").click()
    expect(page.locator("h1")).to_contain_text("A backend handbook")


# Light and dark ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(252, 251, 248)"), ("dark", "rgb(21, 23, 28)")])
def test_the_page_follows_the_system(visit, hosted, scheme, ground):
    page = visit(hosted, scheme=scheme).page
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


def test_the_toggle_changes_swagger_ui_too(visit, hosted):
    page = visit(hosted + "demo-api/try-it/").page
    path = page.locator(".opblock-summary-path").first
    path.wait_for()
    light = path.evaluate("element => getComputedStyle(element).color")
    page.locator("label[title='Colours follow the system. Switch to light']").click()
    page.locator("label[title='Colours are light. Switch to dark']").click()
    expect(page.locator("html")).to_have_class(re.compile("dark-mode"))
    assert path.evaluate("element => getComputedStyle(element).color") != light


# Swagger UI ----------------------------------------------------------------------------------------------------------


def test_swagger_ui_lists_every_operation(visit, hosted, site):
    page = visit(hosted + "demo-api/try-it/").page
    page.locator(".opblock").first.wait_for()
    document = (site / "reference" / "openapi.yaml").read_text(encoding="utf-8")
    assert page.locator(".opblock").count() == document.count("operationId:")


def test_swagger_ui_comes_back_after_instant_navigation(visit, hosted):
    visit = visit(hosted + "demo-api/try-it/")
    page = visit.page
    page.locator(".opblock").first.wait_for()
    page.get_by_role("link", name="Problem types").first.click()
    # Until the page is swapped there are two headings: Swagger UI brings one of its own.
    expect(page.get_by_role("heading", level=1, name="Problem types")).to_be_visible()
    expect(page.locator(".opblock")).to_have_count(0)
    page.get_by_role("link", name="Try it").first.click()
    page.locator(".opblock").first.wait_for()
    assert visit.complaints == []
