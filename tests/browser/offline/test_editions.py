"""A new build is published while readers have the old one open: no page ever gets files of both."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NAME
from tests.browser.offline.conftest import (
    READY,
    caches_of,
    edition,
    line,
    look_for_update,
    notice,
    replace,
    text_of,
    wait_until_kept,
)
from tests.browser.page_api import ask, console_of

SCRIPT = "assets/js/site.js"
PAGE = "contributing/"
SWAGGER = "assets/vendor/swagger-ui/swagger-ui.css"


@pytest.fixture(scope="module")
def second(first, own_port, tmp_path_factory):
    """Another build: two pages, a script and a style sheet differ, and a page is new."""
    return edition(first, tmp_path_factory.mktemp("second"), own_port, make_second)


def make_second(site):
    for page in ("index.html", f"{PAGE}index.html"):
        replace(site / page, "</h1>", " (second edition)</h1>")
    for path in (SCRIPT, SWAGGER):
        with (site / path).open("a", encoding="utf-8") as file:
            file.write("/* second edition */\n")
    (site / "new").mkdir()
    text = (site / PAGE / "index.html").read_text(encoding="utf-8")
    (site / "new" / "index.html").write_text(text, encoding="utf-8")


@pytest.fixture
def reader(visit, host):
    """A tab of a browser that keeps the first edition, and is shown its pages by the worker."""
    tab = visit(host.address, service_workers="allow")
    wait_until_kept(tab.page)
    tab.page.reload()
    tab.page.wait_for_load_state("networkidle")
    return tab


def is_second(page) -> set[bool]:
    """Whether the page and what it loads are of the second edition: one answer, unless two builds were mixed."""
    heading = "second edition" in page.locator("h1").inner_text()
    return {heading, *("second edition" in text_of(page, path) for path in (SCRIPT, PAGE))}


def test_an_open_tab_keeps_the_old_build_until_its_reader_reloads_it(reader, host, second):
    page = reader.page
    [before] = [name for name in caches_of(page) if not name.endswith("notes")]
    host.folder = second
    assert look_for_update(page) == "installed"
    expect(notice(page)).to_contain_text(READY)
    page.get_by_role("link", name="Contributing", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Contributing#")
    expect(notice(page)).to_be_visible()
    page.goto(host.address)
    assert text_of(page, SCRIPT).count("second edition") == text_of(page, PAGE).count("second edition") == 0
    notice(page).get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_contain_text("second edition")
    assert is_second(page) == {True}
    expect(notice(page)).to_be_hidden()
    page.wait_for_function("(name) => caches.has(name).then((has) => !has)", arg=before)
    assert reader.complaints == []


def test_another_tab_is_told_and_stays_whole(reader, host, second):
    old, new = reader.page, reader.page.context.new_page()
    new.goto(host.address)
    old.goto(host.address + "demo-api/")
    names = caches_of(old)
    host.folder = second
    assert look_for_update(new) == "installed"
    notice(new).get_by_role("button", name="Reload").click()
    expect(new.locator("h1")).to_contain_text("second edition")
    expect(notice(old)).to_contain_text("This tab still shows the old one, whole.")
    assert "second edition" not in text_of(old, SCRIPT) + text_of(old, PAGE)
    assert set(names) < set(caches_of(new)), "the old build stays as long as a tab needs it"
    ask(console_of(old), "GET /api/v1/categories/")
    old.get_by_role("link", name="Contributing", exact=True).first.click()
    expect(old.locator("h1")).to_have_text("Contributing#")
    old.close()
    for _ in range(20):  # the browser lets go of a closed tab a moment later
        new.wait_for_timeout(500)
        new.reload()
        expect(line(new)).to_contain_text("Available offline.")
        if len(caches_of(new)) == 2:
            break
    assert len(caches_of(new)) == 2
    assert is_second(new) == {True}
    assert reader.complaints == []


def test_without_an_open_tab_the_next_visit_gets_the_new_build(reader, host, second):
    context = reader.page.context
    host.folder = second
    assert look_for_update(reader.page) == "installed"
    page = reader.page
    for _ in range(20):  # the browser hands over a moment after the last tab was closed
        page.close()
        page = context.new_page()
        page.wait_for_timeout(500)
        page.goto(host.address)
        if "second edition" in page.locator("h1").inner_text():
            break
    expect(page.locator("h1")).to_contain_text("second edition")
    assert is_second(page) == {True}


def test_a_tab_that_was_used_is_not_reloaded_by_another(reader, host, second):
    used = reader.page
    used.goto(host.address + "demo-api/")
    ask(console_of(used), "GET /api/v1/categories/")
    used.evaluate("window.stillHere = true")
    other = used.context.new_page()
    other.goto(host.address)
    host.folder = second
    look_for_update(other)
    expect(notice(used)).to_contain_text("Reloading undoes what you changed in the demo catalogue.")
    notice(other).get_by_role("button", name="Reload").click()
    expect(other.locator("h1")).to_contain_text("second edition")
    expect(notice(used)).to_contain_text("Another tab loaded a new edition")
    ask(console_of(used), "GET /api/v1/products/lagoon-speaker/")
    assert used.evaluate("window.stillHere")


def test_what_both_builds_share_is_not_fetched_twice(reader, host, second):
    page = reader.page
    page.goto(host.address + "demo-api/")
    ask(console_of(page), "GET /api/v1/categories/")
    ask(console_of(page), "GET /api/v1/categories/")
    host.folder = second
    host.asked.clear()
    assert look_for_update(page) == "installed"
    changed = {"sw.js", "index.html", f"{PAGE}index.html", "new/index.html", SCRIPT}
    assert set(host.asked) - {"assets/js/offline.js"} == changed  # it knows the size of the whole
    with page.expect_navigation():
        notice(page).get_by_role("button", name="Reload").click()
    host.stop()
    page.goto(host.address + "demo-api/")
    ask(console_of(page), "GET /api/v1/categories/")


# Half way through ----------------------------------------------------------------------------------------------------


@pytest.fixture
def half(first, second, tmp_path):
    """The second build's list and pages, while the host still gives an old script."""
    site = tmp_path / "half" / NAME
    edition(second, tmp_path / "half", 1)
    (site / "sw.js").write_bytes((second / "sw.js").read_bytes())
    for name in ("404.html", "sitemap.xml", "assets/js/offline.js"):
        (site / name).write_bytes((second / name).read_bytes())
    (site / SCRIPT).write_bytes((first / SCRIPT).read_bytes())
    return site


def test_a_half_published_build_is_not_installed_and_tried_again_later(reader, host, half, second):
    page = reader.page
    host.folder = half
    assert look_for_update(page) == "redundant"
    expect(notice(page)).to_be_hidden()
    page.reload()
    assert is_second(page) == {False}
    host.folder = second
    assert look_for_update(page) == "installed"
    notice(page).get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_contain_text("second edition")
    assert is_second(page) == {True}


def test_a_first_visit_to_a_half_published_site_keeps_nothing(visit, host, half, second):
    host.folder = half
    tab = visit(host.address, service_workers="allow")
    expect(line(tab.page)).to_contain_text("Not kept for offline reading.")
    host.folder = second
    tab.page.reload()
    wait_until_kept(tab.page)
    assert tab.complaints == []


def test_a_file_that_was_not_kept_is_refused_when_the_host_has_another(reader, host, second):
    page = reader.page
    host.folder = second
    refused = page.evaluate(f"fetch('{SWAGGER}').then(() => 'given', () => 'refused')")
    assert refused == "refused"
    expect(notice(page)).to_contain_text(READY)


def test_a_page_of_the_new_build_comes_with_its_own_files(reader, host, second):
    page = reader.page
    host.folder = second
    page.goto(host.address + "new/")
    expect(page.locator("h1")).to_contain_text("second edition")
    assert is_second(page) == {True}, "the worker of the first edition leaves it alone"
    other = page.context.new_page()
    other.goto(host.address)
    assert is_second(other) == {False}


# Neighbours ----------------------------------------------------------------------------------------------------------


def test_other_projects_caches_on_the_origin_survive(reader, host, second):
    page = reader.page
    others = {"their-cache-v1", "nexus:/another-project/:1", f"nexus:/{NAME}/below/:1"}
    for name in others:
        page.evaluate("(name) => caches.open(name)", name)
    host.folder = second
    look_for_update(page)
    notice(page).get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_contain_text("second edition")
    page.wait_for_function("() => caches.keys().then((names) => names.length === 5)")
    assert others < set(caches_of(page))
    line(page).get_by_role("button", name="Remove the offline copy").click()
    expect(line(page)).to_contain_text("Not kept")
    assert set(caches_of(page)) == others


def test_only_what_is_listed_is_answered_by_the_worker(reader, host):
    page = reader.page
    answered = {}
    page.on("response", lambda response: answered.update({response.url: response.from_service_worker}))
    asked = {
        "assets/js/main.js": True,
        "assets/js/main.js?v=1": True,
        "api/v1/products/": False,
        "admin/": False,
        "sw.js": False,
        "../elsewhere/": False,
    }
    for path in asked:
        page.evaluate("(path) => fetch(path).then((response) => response.text())", path)
    for path, by_worker in asked.items():
        address = f"http://127.0.0.1:{host.port}/elsewhere/" if path.startswith("..") else host.address + path
        assert answered[address] is by_worker, path
    page.evaluate("fetch('', { method: 'HEAD' })")
    assert answered[host.address] is False
    page.evaluate("fetch('404.html', { headers: { Range: 'bytes=0-9' } })")
    assert answered[host.address + "404.html"] is False
