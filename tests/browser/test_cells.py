"""Python cells: programs of a page that a reader changes and runs in the page, on a host that only serves files."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from hub.api_server import free_port

CELLS = "demo-api/python-cells/"
FILES = "/assets/vendor/page-api/"
DONE = re.compile("answered|failed")
IMPORT = "from demo_api.catalog.models import Product\n"
STOCK = 'Product.objects.get(slug="lagoon-speaker").stock'


def cell_of(page: Page, number: int) -> Locator:
    return page.locator(f'.nx-cell[data-number="{number}"]')


def edit(cell: Locator, program: str) -> Locator:
    """Write a program into a cell whose editor has loaded; return the cell."""
    cell.get_by_role("textbox").focus()
    expect(cell.locator('[data-editor="rich"]')).to_be_visible()
    cell.get_by_role("textbox").fill(program)
    return cell


def run(cell: Locator) -> Locator:
    """Run a cell to its end; return it."""
    cell.get_by_role("button", name="Run").click()
    expect(cell).to_have_attribute("data-state", DONE)
    return cell


def result(cell: Locator) -> Locator:
    return cell.locator('[data-panel="output"]')


def value(cell: Locator) -> str:
    return cell.locator(".nx-cell__value code").inner_text()


def status(cell: Locator) -> Locator:
    return cell.locator(".nx-cell__result .nx-status").first


def source(cell: Locator) -> str:
    return cell.get_by_role("textbox").input_value()


def loaded(addresses: list[str]) -> set[str]:
    """Return the names of the in-page API's files that were asked for, but for the manifest."""
    names = {address.rpartition(FILES)[2].split(".")[0] for address in addresses if FILES in address}
    return names - {"manifest"}


# Before the reader does anything -------------------------------------------------------------------------------------


def test_without_javascript_programs_and_recorded_results_can_be_read(visit, hosted):
    page = visit(hosted + CELLS, java_script_enabled=False).page
    cell = cell_of(page, 1)
    expect(cell.locator(".nx-cell__source")).to_contain_text("cheap.count()")
    expect(result(cell)).to_contain_text("EUR")
    cell.get_by_text("SQL").click()
    expect(cell.locator('[data-panel="sql"]')).to_contain_text("FROM catalog_product")
    expect(cell.get_by_role("button")).to_have_count(0)


def test_nothing_loads_before_the_reader_asks_and_the_editor_with_the_first_focus(visit, hosted):
    visit = visit(hosted + CELLS)
    visit.page.wait_for_load_state("networkidle")
    assert loaded(visit.addresses) == set()
    cell_of(visit.page, 1).get_by_role("textbox").focus()
    expect(cell_of(visit.page, 1).locator('[data-editor="rich"]')).to_be_visible()
    assert loaded(visit.addresses) == {"editor"}, "and nothing of the API"
    assert visit.complaints == []


def test_the_page_says_what_run_will_load_and_which_programs_it_runs_first(visit, hosted):
    page = visit(hosted + CELLS).page
    expect(cell_of(page, 1).locator(".nx-target__status")).to_have_text(
        re.compile(r"^Loads \d+ MB once, then runs here\.$")
    )
    expect(cell_of(page, 1).locator(".nx-console__before")).to_have_text("")
    expect(cell_of(page, 2).locator(".nx-console__before")).to_have_text("Runs 1 first.")
    expect(cell_of(page, 4).locator(".nx-console__before")).to_have_text("Runs 1, 2 and 3 first.")


# Running -------------------------------------------------------------------------------------------------------------


def test_run_shows_what_the_recording_shows_with_time_memory_and_queries(visit, hosted):
    visit = visit(hosted + CELLS)
    cell = cell_of(visit.page, 1)
    recorded = result(cell).inner_text()
    run(cell)
    expect(status(cell)).to_have_text("done")
    assert result(cell).inner_text() == recorded
    note = r"^peak memory [\d.]+ [kM]B, [\d.]+ ms, 2 queries$"
    expect(cell.locator(".nx-console__note")).to_have_text(re.compile(note))
    expect(cell.get_by_role("status")).to_have_text(re.compile(r"^Program 1 is done\. Value \d+\. 2 queries\.$"))
    assert visit.complaints == []
    assert visit.strangers(hosted) == []


def test_every_program_of_the_page_ends_here_as_it_did_in_the_build(visit, hosted):
    page = visit(hosted + CELLS).page
    cells = page.locator(".nx-cell[data-page]")
    before = [(status(cell).inner_text(), cell.locator(".nx-tabs__count").inner_text()) for cell in cells.all()]
    run(cells.last)
    after = [(status(cell).inner_text(), cell.locator(".nx-tabs__count").inner_text()) for cell in cells.all()]
    assert after == before
    assert len(after) >= 4
    assert [cell.get_attribute("data-state") for cell in cells.all()] == ["answered"] * len(after)


def test_the_programs_above_run_first_and_only_once(visit, hosted):
    page = visit(hosted + CELLS).page
    first, third = cell_of(page, 1), cell_of(page, 3)
    edit(first, first.get_by_role("textbox").input_value() + "\nruns = globals().get('runs', 0) + 1")
    run(third)
    expect(first).to_have_attribute("data-state", "answered")
    expect(cell_of(page, 2)).to_have_attribute("data-state", "answered")
    expect(cell_of(page, 4).locator(".nx-console__before")).to_have_text("")
    run(edit(third, "runs"))
    assert value(third) == "1"


def test_an_unexpected_error_above_is_shown_and_the_rest_does_not_run(visit, hosted):
    page = visit(hosted + CELLS).page
    first, second = cell_of(page, 1), cell_of(page, 2)
    edit(first, "1 / 0")
    run(second)
    expect(status(first)).to_have_text("ZeroDivisionError in line 1")
    expect(second.locator(".nx-console__failure")).to_contain_text(
        "Program 1 raised ZeroDivisionError, so this one did not run."
    )
    edit(first, IMPORT)
    run(second)
    expect(status(second)).to_have_text("done")


def test_sql_is_shown_with_plans_and_counted(visit, hosted):
    cell = run(cell_of(visit(hosted + CELLS).page, 3))
    cell.get_by_text("SQL").first.click()
    panel = cell.locator('[data-panel="sql"]')
    expect(panel).to_contain_text("INNER JOIN catalog_category")
    expect(panel.locator(".nx-plan").first).to_contain_text(re.compile("SCAN|SEARCH"))
    assert panel.locator(".nx-queries > li").count() == 1
    run(edit(cell, "1"))
    expect(panel).to_have_text("This program ran no SQL.")


def test_a_traceback_shows_the_readers_own_lines(visit, hosted):
    cell = cell_of(visit(hosted + CELLS).page, 1)
    run(edit(cell, 'print("before")\n\ndef ask():\n    return {}["price"]\n\nask()'))
    expect(status(cell)).to_have_text("KeyError in line 4")
    expect(cell.locator(".nx-cell__output")).to_have_text("before")
    expect(cell.locator(".nx-cell__error")).to_contain_text('File "cell", line 6')
    expect(cell.locator(".nx-cell__message")).to_have_text("KeyError: 'price'")
    expect(cell.get_by_role("status")).to_have_text("Program 1 raised KeyError in line 4.")


def test_a_program_may_await(visit, hosted):
    cell = cell_of(visit(hosted + CELLS).page, 1)
    run(edit(cell, 'import asyncio\nawait asyncio.sleep(0.01, "woken")'))
    assert value(cell) == "'woken'"


def test_what_is_printed_is_shown_while_the_program_runs(visit, hosted):
    cell = cell_of(visit(hosted + CELLS).page, 1)
    edit(cell, 'print("still here <b>")\nwhile True: pass').get_by_role("button", name="Run").click()
    expect(result(cell)).to_have_text("still here <b>")
    expect(cell).to_have_attribute("data-state", "running")


def test_cells_run_in_this_page_whoever_answers_the_consoles(visit, hosted):
    page = visit(hosted + "demo-api/").page
    console = page.locator(".nx-console").first
    console.get_by_label("Answered by").select_option(label="another address…")
    console.get_by_label("Address of the server").fill(f"http://127.0.0.1:{free_port()}")
    console.get_by_role("button", name="Use it").click()
    page.goto(hosted + CELLS)
    expect(status(run(cell_of(page, 1)))).to_have_text("done")


# Stop and Reset ------------------------------------------------------------------------------------------------------


def test_a_program_that_does_not_end_can_be_stopped_and_the_next_run_starts_anew(visit, hosted):
    visit = visit(hosted + CELLS)
    first, second = cell_of(visit.page, 1), cell_of(visit.page, 2)
    run(first)
    edit(second, 'print("round and round")\nwhile True: pass').get_by_role("button", name="Run").click()
    expect(result(second)).to_have_text("round and round")
    expect(first.get_by_role("button", name="Run")).to_be_disabled()
    expect(first.get_by_role("button", name="Stop")).to_be_hidden()
    second.get_by_role("button", name="Stop").click()
    expect(second).to_have_attribute("data-state", "failed")
    failure = second.locator(".nx-console__failure")
    expect(failure).to_contain_text("Stopped. Your changes to the catalogue are gone")
    expect(failure).to_contain_text("Below is what it printed before.")
    expect(result(second)).to_have_text("round and round")
    expect(second.locator(".nx-console__before")).to_have_text("Runs 1 first.")
    run(edit(second, "Product.objects.count()"))
    expect(status(second)).to_have_text("done")
    assert visit.complaints == []


def test_reset_brings_back_texts_results_names_and_data(visit, hosted):
    page = visit(hosted + CELLS).page
    first, second = cell_of(page, 1), cell_of(page, 2)
    printed, recorded = source(first), result(first).inner_text()
    run(edit(first, f'{IMPORT}Product.objects.update(stock=7)\nmarker = "left"\n{STOCK}'))
    assert value(first) == "7"
    run(second)
    second.get_by_role("button", name="Reset").click()
    expect(second.get_by_role("status")).to_contain_text("the seeded catalogue is back")
    assert source(first) == printed
    assert result(first).inner_text() == recorded
    expect(first.locator(".nx-console__note")).to_contain_text("recorded while this page was built")
    assert [cell.get_attribute("data-state") for cell in (first, second)] == ["recorded", "recorded"]
    expect(first.get_by_role("button", name="Reset")).to_be_hidden()
    run(edit(first, f'{IMPORT}"marker" in globals(), {STOCK} == 7'))
    assert value(first) == "(False, False)"


def test_a_page_that_is_opened_again_starts_with_no_names(visit, hosted):
    page = visit(hosted + CELLS).page
    page.wait_for_load_state("networkidle")
    run(edit(cell_of(page, 1), 'marker = "left"'))
    page.evaluate("window.stillHere = true")
    page.get_by_role("link", name="Problem types").first.click()
    expect(page.locator("h1")).to_contain_text("Problem types")
    page.get_by_role("link", name="Python in the page").first.click()
    expect(page.locator("h1")).to_contain_text("Python in the page")
    run(edit(cell_of(page, 1), '"marker" in globals()'))
    assert value(cell_of(page, 1)) == "False"
    assert page.evaluate("window.stillHere"), "the same worker answered"


# The editor ----------------------------------------------------------------------------------------------------------


def test_the_editor_colours_indents_and_keeps_its_place(visit, hosted):
    page = visit(hosted + CELLS).page
    cell = cell_of(page, 1)
    before = cell.bounding_box()
    edit(cell, "")
    page.keyboard.type("for n in range(3):\nprint(n)")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("# deeper")
    assert source(cell) == "for n in range(3):\n    print(n)\n        # deeper"
    expect(cell.locator(".token.keyword").first).to_have_text("for")
    page.keyboard.press("Control+z")
    assert source(cell) != "for n in range(3):\n    print(n)\n        # deeper"
    cell.get_by_role("textbox").fill(source_as_printed(page))
    after = cell.bounding_box()
    assert before
    assert after
    assert abs(before["height"] - after["height"]) < 30, "but for the line that says how to leave"


def source_as_printed(page: Page) -> str:
    """Return the program of the first cell as the page was delivered."""
    html = page.request.get(page.url).text()
    found = re.search(r'nx-cell__source"><div class="highlight"><pre[^>]*><code>(.*?)</code>', html, re.DOTALL)
    assert found
    text: str = page.evaluate("html => new DOMParser().parseFromString(html, 'text/html').body.textContent", found[1])
    return text.removesuffix("\n")


def test_the_keyboard_can_run_and_leave(visit, hosted):
    page = visit(hosted + CELLS).page
    cell = edit(cell_of(page, 1), "6 * 7")
    page.keyboard.press("Control+Enter")
    expect(cell).to_have_attribute("data-state", DONE)
    assert value(cell) == "42"
    page.keyboard.type("!")
    page.keyboard.press("Tab")
    assert source(cell) == "6 * 7!  ", "Tab goes to the next column of four"
    expect(cell.locator(".nx-cell__keys")).to_have_text("Tab indents once you type. Escape, then Tab, leaves.")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(cell.get_by_role("button", name="Run")).to_be_focused()
    assert source(cell) == "6 * 7!  "


def test_tabbing_through_the_page_changes_no_program(visit, hosted):
    page = visit(hosted + CELLS).page
    printed = [source(cell_of(page, number)) for number in (1, 2)]
    cell_of(page, 1).get_by_role("textbox").focus()
    expect(cell_of(page, 1).locator('[data-editor="rich"]')).to_be_visible()
    for _ in range(6):
        page.keyboard.press("Tab")
    assert [source(cell_of(page, number)) for number in (1, 2)] == printed
    expect(cell_of(page, 1).get_by_role("textbox")).not_to_be_focused()


def test_every_control_has_a_name(visit, hosted):
    page = visit(hosted + CELLS).page
    cell = cell_of(page, 2)
    expect(cell.get_by_role("textbox")).to_have_accessible_name(re.compile("^Python program 2, editable; .* runs it$"))
    edit(cell, "1")
    expect(cell.get_by_role("textbox")).to_have_accessible_name(re.compile("^Python program 2, editable; .* runs it$"))
    expect(cell.get_by_role("textbox")).to_have_accessible_description(re.compile("Escape, then Tab, leaves"))
    buttons = cell.locator(".nx-console__request").get_by_role("button")
    assert [button.inner_text() for button in buttons.all()] == ["Reset", "Run"]
    expect(cell.get_by_role("radio", name="SQL")).to_have_count(1)


def test_a_plain_text_area_serves_where_the_editor_does_not_come(visit, hosted):
    page = visit(hosted + CELLS).page
    page.route(f"**{FILES}editor.*", lambda route: route.abort())
    cell = cell_of(page, 1)
    with page.expect_event("requestfailed"):
        cell.get_by_role("textbox").focus()
    cell.get_by_role("textbox").fill("if 6:\n    print(6 * 7)")
    expect(cell.locator(".nx-line")).to_have_count(2)
    run(cell)
    expect(cell.locator(".nx-cell__output")).to_have_text("42")
    expect(cell.locator('[data-editor="rich"]')).to_have_count(0)


# Where it cannot run, and how it looks -------------------------------------------------------------------------------


def test_a_site_built_without_the_api_says_so_and_keeps_the_recording(visit, hosted):
    page = visit(hosted + "contributing/").page
    page.route("**/manifest.json", lambda route: route.fulfill(status=404, body="none"))
    page.goto(hosted + CELLS)
    cell = cell_of(page, 1)
    recorded = result(cell).inner_text()
    run(cell)
    expect(cell.locator(".nx-console__failure")).to_contain_text(
        "built without the API for the page. Below is a recording."
    )
    assert result(cell).inner_text() == recorded


def test_the_manifest_names_the_editor_and_no_boot_waits_for_it(site):
    manifest = json.loads((site / "assets/vendor/page-api/manifest.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"editor\.[0-9a-f]{12}\.mjs", manifest["files"]["editor"]["url"])
    assert manifest["files"]["editor"]["bytes"] < 20_000
    assert not [way for way, names in manifest["ways"].items() if "editor" in names]
    text = (site / "assets/vendor/page-api" / manifest["files"]["editor"]["url"]).read_text(encoding="utf-8")
    assert "Permission is hereby granted" in text, "the licence goes with the code"


@pytest.mark.parametrize("width", [360, 768])
def test_a_phone_shows_programs_and_results_without_scrolling_sideways(visit, hosted, width):
    visit = visit(hosted + CELLS, width=width)
    cell = run(cell_of(visit.page, 5))
    cell.get_by_text("SQL").first.click()
    edit(cell_of(visit.page, 1), f'print("{"wide " * 60}")\n{"name" * 40} = 1')
    run(cell_of(visit.page, 1))
    assert visit.sideways() <= 0
