"""An address that was published goes on leading somewhere, or the build fails at its line."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from hub.redirects import LIST, faults, moves, unlisted, write_redirects
from tests.hub.conftest import Handbook


def listed(handbook: Handbook, *lines: str) -> Path:
    """Write the list, and return the folder of the pages."""
    docs = handbook.folder / "docs"
    (docs / LIST).write_text("# Addresses\n\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return docs


def said(found: list) -> list[str]:
    return [f"{place.path.name}:{place.line}: {message}" for place, message in found]


def test_a_moved_page_leaves_a_redirect_and_nothing_else_changes(handbook: Handbook):
    handbook.page("concepts/caching.md", "# Caching\n\nText.\n")
    listed(handbook, "/ home", "/cache/ caching", "/old/deep/cache/ caching", "/concepts/caching/ caching")
    assert handbook.build() == []
    html = handbook.html("old/deep/cache/index.html")
    assert '<meta http-equiv="refresh" content="0; url=../../../concepts/caching/">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<link rel="canonical" href="http://127.0.0.1/concepts/caching/">' in html
    assert "<script" not in html
    assert 'url=../concepts/caching/"' in handbook.html("cache/index.html")
    assert "cache/</loc>" not in handbook.html("sitemap.xml")
    assert "old/deep" not in handbook.html("search/search_index.json")


def test_the_redirect_works_below_any_address_and_without_javascript(handbook: Handbook, chromium: Browser):
    handbook.page("concepts/caching.md", "# Caching\n\nText.\n")
    listed(handbook, "/ home", "/old/cache/ caching", "/concepts/caching/ caching")
    assert handbook.build() == []
    page = chromium.new_page(java_script_enabled=False)
    page.goto((handbook.folder / "site/old/cache/index.html").as_uri())
    page.wait_for_url("**/site/concepts/caching/**")
    page.close()


def test_a_page_that_came_back_is_no_redirect(handbook: Handbook):
    handbook.page("cache.md", "# Cache\n\nText.\n")
    docs = listed(handbook, "/ home", "/cache/ caching", "/concepts/caching/ caching")
    assert moves(docs) == {"/concepts/caching/": "/cache/"}
    assert faults(docs) == []


def test_a_page_that_moved_without_a_word_fails_the_build_at_its_line(handbook: Handbook):
    listed(handbook, "/ home", "/cache/ caching")
    [found] = handbook.build()
    assert found.startswith(f"docs/{LIST}:4: there is no page at /cache/ any more. Leave this line, and add one")
    assert "`/the/new/address/ caching`" in found


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("home", "write an address and the id of its page"),
        ("/other home-page", "write an address and the id of its page"),
        ("/../other/ other", "write an address and the id of its page"),
        ("/other/ Other Page", "write an address and the id of its page"),
        ("/other/ home", "/ has the id home already; give this page one of its own"),
        ("/ home", "/ stands twice; leave one out"),
    ],
)
def test_a_line_that_cannot_be_is_named(handbook: Handbook, line: str, says: str):
    handbook.page("other.md", "# Other\n\nText.\n")
    docs = listed(handbook, "/ home", line)
    [found] = said(faults(docs))
    assert found.startswith(f"{LIST}:4: {says}")


def test_a_new_page_is_told_which_line_to_add(handbook: Handbook):
    handbook.page("concepts/new_page.md", "# New\n\nText.\n")
    docs = listed(handbook, "/ home")
    line = "/concepts/new_page/ concepts-new-page"
    assert said(unlisted(docs)) == [f"new_page.md:1: this page is new: add the line `{line}` to docs/{LIST}"]
    listed(handbook, "/ home", line)
    assert unlisted(docs) == faults(docs) == []


def test_a_folder_that_another_generator_made_gets_them_too(handbook: Handbook, tmp_path: Path):
    docs = listed(handbook, "/ home", "/old/ home")
    [file] = write_redirects(docs, tmp_path / "elsewhere")
    assert file == tmp_path / "elsewhere" / "old" / "index.html"
    assert '<link rel="canonical" href="../">' in file.read_text(encoding="utf-8")
