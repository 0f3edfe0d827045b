"""The sql block: one statement on the seeded catalogue, with its rows and the database's plan."""

import re

import pytest

from hub.capture_sql import capture_sql
from tests.hub.conftest import Handbook

CHEAP = "SELECT name, price FROM catalog_product WHERE price < 12 ORDER BY price, id"


def fence(source: str, options: str = "") -> str:
    return f"```sql{options}\n{source}\n```\n\n"


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html).replace("&lt;", "<").replace("&#x27;", "'")


def rows_in(html: str) -> int:
    """Return how many rows the tables of statements have, their heads included."""
    return sum(part.partition("</table>")[0].count("<tr>") for part in html.split('nx-sql__rows"')[1:])


def build(handbook: Handbook, text: str) -> list[str]:
    handbook.page("index.md", f"# Home\n\n{text}")
    return handbook.build()


# Shown ------------------------------------------------------------------------------------------------------------


def test_the_rows_stand_in_a_table_and_the_plan_in_a_tab(handbook: Handbook):
    assert build(handbook, fence(CHEAP)) == []
    html = handbook.html("index.html")
    assert '<th scope="col">name</th><th scope="col">price</th>' in html
    assert rows_in(html) == 4
    assert "SQL on SQLite" in html
    assert "USING INDEX product_price (price<?)" in text_of(html)
    assert "recorded while this page was built" in html
    assert "1 block asked of the database" in html


def test_the_first_rows_are_shown_and_the_others_counted(handbook: Handbook):
    assert build(handbook, fence("SELECT slug FROM catalog_product") + fence("SELECT 1", " {rows=2}")) == []
    html = handbook.html("index.html")
    assert rows_in(html) == 11 + 2
    assert "The first 10 of 60 rows." in html
    assert build(handbook, fence("SELECT slug FROM catalog_product", " {rows=3}")) == []
    assert "The first 3 of 60 rows." in handbook.html("index.html")


def test_null_no_row_bytes_and_markup_are_shown_as_what_they_are(handbook: Handbook):
    values = "SELECT NULL, '', '<b>', x'00ff', 1.50, -2, '12a'"
    assert build(handbook, fence(values) + fence("SELECT 1 WHERE 1 = 2")) == []
    html = handbook.html("index.html")
    cells = "<td><i>NULL</i></td><td></td><td>&lt;b&gt;</td><td>X&#x27;00ff&#x27;</td>"
    assert cells + '<td class="nx-sql__number">1.5</td><td class="nx-sql__number">-2</td><td>12a</td>' in html
    assert "No row." in html


def test_a_block_starts_from_the_seed_and_leaves_nothing(handbook: Handbook):
    count = "SELECT count(*) FROM catalog_reservation"
    delete = "UPDATE catalog_product SET stock = 0 WHERE price < 12"
    ask = "SELECT count(*) AS empty FROM catalog_product WHERE stock = 0 AND price < 12"
    program = "from demo_api.catalog.models import Product\nProduct.objects.filter(price__lt=12, stock=0).count()"
    python = f"```python\n{program}\n```\n\n"
    given = "```output\n3 rows changed, then rolled back\n```\n\n"
    empty = "```output\nempty\n-----\n0\n```\n\n"
    zero = "```output\n0\n```\n"
    assert build(handbook, fence(count) + fence(delete) + given + fence(ask) + empty + python + zero) == []
    assert "3 rows changed, then rolled back." in handbook.html("index.html")


def test_output_below_holds_the_rows_lined_up(handbook: Handbook):
    given = (
        "name                | price\n--------------------+------\nPlain Eraser        | 3.2\nGraphite Pencil Set | 9"
    )
    text = fence(CHEAP, " {rows=2}") + f"```output\n{given}\n(3 rows, 2 shown)\n```\n"
    assert build(handbook, text) == []
    [found] = build(handbook, text.replace("| 9", "| 8"))
    assert found.startswith("docs/index.md:7: the block above gives something else")


def test_an_expected_error_is_shown(handbook: Handbook):
    source = "UPDATE catalog_product SET price = -1"
    given = "```output\nIntegrityError: CHECK constraint failed: product_price_is_not_negative\n```\n"
    assert build(handbook, fence(source, " {raises=IntegrityError}") + given) == []
    html = handbook.html("index.html")
    assert "CHECK constraint failed: product_price_is_not_negative" in html
    assert "nx-status--5" in html


# Refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("SELECT name\nFROM nowhere", 5, "the database answered OperationalError: no such table: nowhere"),
        ("SELECT name,\n  colour\nFROM catalog_product", 5, "no such column: colour"),
        ("SELECT name\nFROM catalog_product\nFROM catalog_category", 6, 'near "FROM": syntax error'),
        ("SELECT 'FROM it'\nFORM catalog_product", 5, "syntax error"),
        ("SELECT (\n1", 5, "incomplete input"),
        ("UPDATE catalog_product\nSET price = -1", 3, "IntegrityError: CHECK constraint failed"),
        ("SELECT 1;\n\nSELECT 2;", 6, "a block holds one statement"),
        ("-- only a remark", 3, "there is no statement in this block"),
        ("COMMIT", 4, "a block begins with SELECT, WITH, VALUES, INSERT, UPDATE or DELETE, not with COMMIT"),
        ("-- ask\nEXPLAIN SELECT 1", 5, "the plan has a tab of its own, so leave EXPLAIN out"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(handbook: Handbook, source, line, says):
    [found] = build(handbook, fence(source))
    assert found.startswith(f"docs/index.md:{line}: ")
    assert says in found


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("rows=0", "rows=0 is not a number from 1 to 100"),
        ("rows=101", "rows=101 is not a number from 1 to 100"),
        ("rows=many", "rows=many is not a number"),
        ("raises=IntegrityError", "expected IntegrityError, the database raised nothing"),
        ("raises='a b'", "raises=a b is not the name of an exception"),
        ("engine=oracle", "engine=oracle is not one that can be run; write engine=postgresql"),
        ("plan=no", "unknown option 'plan'; a block in sql takes rows, raises, engine, volatile, not-run"),
    ],
)
def test_an_option_that_is_wrong_is_named(handbook: Handbook, options, says):
    [found] = build(handbook, "Text.\n\n" + fence("SELECT 1", f" {{{options}}}"))
    assert found.startswith("docs/index.md:5: ")
    assert says in found


def test_one_statement_may_end_with_a_semicolon_and_begin_with_a_comment():
    done = capture_sql("-- the cheap ones\n/* all */ SELECT 1 AS one; -- done", 1)
    assert (done.columns, done.rows, done.error) == (["one"], [["1"]], None)
    assert done.plan == "SCAN CONSTANT ROW"
