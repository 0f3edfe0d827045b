"""Every decision record has the same form, and the index leads to it."""

import re

import pytest

from tests.docs.pages import DOCS, Page, parse, read

FOLDER = DOCS / "decisions"
RECORDS = [read(path) for path in sorted(FOLDER.glob("0*.md"))]
SECTIONS = ["The rule", "Why", "Consequences"]
STATUS = re.compile(r"^\*\*Status:\*\* (Accepted|Superseded)\b.* \*\*Date:\*\* \d{4}-\d\d-\d\d$", re.M)
MOST_WORDS = 320

each_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.path.stem)


def not_linked(index: str, records: list[Page]) -> list[str]:
    """The records that the index does not lead to under their own title."""
    return [
        record.path.name for record in records if f"[{record.front_matter['title']}]({record.path.name})" not in index
    ]


def test_the_index_leads_to_every_record() -> None:
    assert RECORDS
    assert not_linked(read(FOLDER / "index.md").body, RECORDS) == []


def test_a_record_that_is_not_linked_is_found() -> None:
    planted = parse(FOLDER / "0099-planted.md", "---\ntitle: Planted\n---\n# Planted\n")
    assert not_linked(read(FOLDER / "index.md").body, [planted]) == ["0099-planted.md"]


def test_the_numbers_have_no_gap() -> None:
    assert [int(record.path.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


def form_faults(record: Page) -> list[str]:
    """What a record lacks."""
    faults = []
    if f"# {record.front_matter.get('title')}\n" not in record.body:
        faults.append("the heading is not the title")
    if not STATUS.search(record.body):
        faults.append("no status and date")
    if re.findall(r"^## (.+)$", record.body, re.M) != SECTIONS:
        faults.append(f"the sections are not {SECTIONS}")
    if len(record.body.split()) > MOST_WORDS:
        faults.append(f"more than {MOST_WORDS} words")
    return faults


@each_record
def test_a_record_has_the_form_of_all(record: Page) -> None:
    assert form_faults(record) == []


def test_a_record_without_that_form_is_found() -> None:
    body = "# Another\n\n**Status:** Maybe.\n\n## Why\n\n" + "word " * MOST_WORDS
    assert len(form_faults(parse(FOLDER / "0099-planted.md", f"---\ntitle: Planted\n---\n{body}"))) == 4
