"""A comparison that cannot fail proves nothing: planted differences are found, and no more than VARYING is forgiven."""

from dataclasses import replace

import pytest

from hub.differences import KNOWN_DIFFERENCES, known_differences_markdown
from hub.source import ROOT
from tests.parity.compare import Answer, differences, explained
from tests.parity.pairs import Pairs
from tests.parity.stage import PAGE, apply_pages, changed_pages

REQUEST = "GET http://testserver/api/v1/products/"
ANSWER = Answer(
    200, "OK", [["Vary", "Accept"], ["Server-Timing", 'db;dur=1.20;desc="2"']], b"{}",
    [["BEGIN", []], ["SELECT 1", ["SCAN"]]], {"catalog_product": "1 rows, abc"},
)  # fmt: skip
ONE, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2


def test_the_same_answer_has_no_differences():
    timing = [["Vary", "Accept"], ["Server-Timing", 'db;dur=9.99;desc="3"']]
    assert differences(REQUEST, ANSWER, replace(ANSWER, headers=timing)) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": 201}, "status"),
        ({"reason": "Fine"}, "reason"),
        ({"body": b"{ }"}, "body"),
        ({"headers": [["Vary", "Origin"], ANSWER.headers[1]]}, "header Vary"),
        ({"headers": [*ANSWER.headers, ["Vary", "Accept"]]}, "header Vary"),
        ({"headers": ANSWER.headers[1:]}, "header Vary"),
        ({"headers": ANSWER.headers[::-1]}, "order of headers"),
        ({"queries": [*ANSWER.queries, ["SELECT 1", []]]}, "statements"),
        ({"queries": [["SELECT 2", []]]}, "statements"),
        ({"rows": {"catalog_product": "2 rows, abc"}}, "rows"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_planted_difference_is_found(change, field):
    changed = replace(ANSWER, **change)
    found = differences(REQUEST, ANSWER, changed)
    assert [item.field for item in found] == [field]
    assert explained(found, ANSWER, changed)[0] == found


def test_a_transactions_marks_are_not_compared():
    inside = replace(ANSWER, queries=[['SAVEPOINT "s1_x1"', []], ["SELECT 1", ["SCAN"]]])
    assert differences(REQUEST, ANSWER, inside) == []


# Chance and time ------------------------------------------------------------------------------------------------------


def test_a_value_stands_for_one_and_the_same_value():
    pairs = Pairs()
    assert pairs.same(f"{ONE} {ONE}", f"{OTHER} {OTHER}")
    assert pairs.same([f"again {ONE}"], [f"again {OTHER}"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{ONE} {ONE}", f"{OTHER} {ONE}"),  # one value on this side, two on that
        (f"{ONE} {OTHER}", f"{ONE} {ONE}"),
        (f"a {ONE}", f"b {ONE}"),
        (ONE, "none"),
        (ONE, "2026-01-01T00:00:00"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:01"),  # not of this run, so of the seed: to the letter
        ("Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:01 GMT"),
        (b"\xff", b"\xfe"),
        ([], [""]),
        (1, 2),
    ],
    ids=str,
)
def test_anything_else_differs(one, other):
    assert not Pairs().same(one, other)


# Databases ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [1, 3, 5])
def test_a_database_is_made_again_from_its_changed_pages(pages):
    base = b"a" * (3 * PAGE)
    data = b"".join(bytes([97 + number % 2]) * PAGE for number in range(pages))
    assert apply_pages(base, changed_pages(base, data)) == data
    assert len(changed_pages(base, base)) < 100


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_lists_every_difference_with_its_reason():
    shown = known_differences_markdown("", ROOT)
    for difference in KNOWN_DIFFERENCES:
        assert f"{{#{difference.id}}}" in shown
        assert difference.reason in shown
    assert len({difference.id for difference in KNOWN_DIFFERENCES}) == len(KNOWN_DIFFERENCES)
