"""Every page has a stable id and address: what was published stays there, or leads to where it went."""

from hub.redirects import entries, faults, pages, unlisted
from hub.source import Place
from tests.docs.pages import DOCS


def told(found: list[tuple[Place, str]]) -> list[str]:
    return [f"{place}: {message}" for place, message in found]


def test_every_address_that_was_published_is_a_page_or_leads_to_one() -> None:
    assert told(faults(DOCS)) == []


def test_every_page_is_in_the_list() -> None:
    assert told(unlisted(DOCS)) == []
    assert len(entries(DOCS)) >= len(pages(DOCS)) > 20
