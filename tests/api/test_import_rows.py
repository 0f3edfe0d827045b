"""What a file may hold: each row is judged as the API judges a product, and no byte sequence is a fault of ours."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as Refused

from demo_api.catalog.api.serializers import ProductWriteSerializer
from demo_api.catalog.models import Product
from demo_api.imports.columns import COLUMNS
from demo_api.imports.models import ImportRowError
from demo_api.imports.validation import GLANCES, MESSAGE, Judge, printable
from tests.api.world import run_import

HEADER = "slug,name,price,category\n"
GOOD = "mug,Mug,9.50,kitchen\n"
HOSTILE = [
    *("", " ", "  x  ", "'", "'=1", "''=1", "=1+1", "-1", "+1", "@x", "\t", "\r", "\n", "a\nb", "\0", "a\0b", "\ufeff"),
    *("x" * 80, "x" * 81, "x" * 120, "x" * 121, "x" * 2000, "x" * 2001, " " * 3000, "é" * 120, "🜚" * 120, "🜚" * 121),
    *("a", "a-b", "a--b", "-a", "a-", "A", "a_b", "a.b", "\uff41", "a\u200b", "a b", "1", "0-0"),
    *("0", "1", "00", "-0", "-0.00", "0.001", "1.", ".5", "1.5", "1.50", "1.500", "1e2", "1E-2", "1e400", "12,50"),
    *("999999", "999999.99", "1000000", "9999999", "9999999.00", "9999999.01", "10000000", "1" * 2000, "9" * 30),
    *("NaN", "sNaN", "Infinity", "-Infinity", "1_000", "١٢", "1\u00a0", "\u00a01", "0x10", "1.0", "5.000", "5.5"),
    *("true", "false", "True", "FALSE", "TRUE", "tRUE", "yes", "no", "on", "off", "t", "f", "2", "null", "None"),
    *("EUR", "eur", "GBP", "USD", "XXX", " EUR", "EUR "),
]


def by_the_serializer(column: str, cell: str) -> Any:
    """The value, or the messages, that the REST serializer has for a cell."""
    try:
        return ProductWriteSerializer().fields[column].run_validation(cell)
    except Refused as error:
        return [str(message) for message in error.detail]


@pytest.mark.parametrize("column", list(GLANCES))
def test_a_glance_says_what_the_serializer_says(column, db):
    """Where a glance finds a cell right, the serializer finds the same value; so only the serializer ever refuses."""
    passed = 0
    for cell in HOSTILE:
        value = GLANCES[column](cell)
        if value is not None:
            assert value == by_the_serializer(column, cell), (column, cell)
            assert type(value) is type(by_the_serializer(column, cell)), (column, cell)
            passed += 1
    assert passed > 2


@pytest.mark.parametrize("column", list(GLANCES))
def test_what_a_row_is_refused_for_is_said_as_the_api_says_it(column, db):
    judge = Judge(list(COLUMNS))
    good = dict(zip(COLUMNS, ["a", "A", "", "1", "EUR", "1", "true", "x"], strict=True))
    for cell in HOSTILE:
        if column in ("name", "description") and cell.lstrip("'")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
            continue  # what exports guard is another test's matter
        values, faults = judge.values(list((good | {column: cell}).values()))
        expected = by_the_serializer(column, cell)
        if isinstance(expected, list):
            assert [fault.message for fault in faults] == [printable(text, MESSAGE) for text in expected]
        else:
            assert (faults, values[judge.columns.index(column)]) == ([], expected)


def test_what_passes_the_judge_passes_the_model(shop):
    """Every accepted value, in every column, makes a product that its own `full_clean` accepts."""
    judge = Judge(list(COLUMNS))
    good = dict(zip(COLUMNS, ["a", "A", "", "1", "EUR", "1", "true", "x"], strict=True))
    accepted = refused = 0
    for column, cell in itertools.product(GLANCES, HOSTILE):
        values, faults = judge.values(list((good | {column: cell}).values()))
        product = Product(**dict(zip(judge.columns, values, strict=True)), category=shop.kitchen)
        if faults:
            refused += 1
            continue
        accepted += 1
        try:
            product.full_clean()
        except ValidationError as error:
            raise AssertionError((column, cell)) from error
    assert accepted > 100
    assert refused > 100


def test_messages_are_kept_as_text_that_any_database_can_hold():
    assert printable("a\0b" + "x" * 500, 10) == "a\\0bxxxxxx"


# Files as they come -----------------------------------------------------------------------------------------------


def errors() -> list[tuple[int, str, str]]:
    return list(ImportRowError.objects.values_list("row", "column", "message"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"mug,Mug,9.50\n", "4 cells were expected, and there are 3."),
        (b"mug,Mug,9.50,kitchen,\n", "4 cells were expected, and there are 5."),
        (b"mug,M\xe9g,9.50,kitchen\n", "The row is not UTF-8: byte 6 of the line cannot be decoded."),
        (b'mug,"M\xe9\nx",9.50,kitchen\n', "The row is not UTF-8: byte 7 of the line cannot be decoded."),
        (b"mug,M\rug,9.50,kitchen\n", "The row cannot be read. Lines end in LF or CRLF."),
        (b"mug," + b"x" * 70_000 + b",9.50,kitchen\n", "The row is longer than 65536 bytes."),
        (b'mug,"Mug,9.50,kitchen\n' + b"x" * 65_600 + b"\n", "The row is longer than 65536 bytes."),
        (b"mug,M\0g,9.50,kitchen\n", "Null characters are not allowed."),
        (b"m\0g,Mug,9.50,kitchen\n", "Null characters are not allowed."),
        (b"mug,Mug,\0,kitchen\n", "A valid number is required."),
        (b"mug,Mug,9.50,kit\0chen\n", "There is no category with this slug."),
        (b"mug,Mug,9.50,no-such\n", "There is no category with this slug."),
        (b"mug,Mug,9.50,\n", "This field may not be null."),
    ],
)
def test_a_bad_row_is_refused_and_the_next_one_loaded(staff, shop, row, said):
    document = run_import(staff, HEADER.encode() + row + b"cup,Cup,2.00,kitchen\n")

    assert (document["state"], document["rows"]["created"]) == ("succeeded", 1)
    if not row.startswith(b'mug,"M\xe9'):  # there the quotation that was left open ends a line later
        assert document["rows"]["refused"] == 1
    assert any(said in error["message"] for error in document["errors"])
    assert document["errors"][0]["row"] == 2
    assert Product.objects.get(slug="cup").name == "Cup"


def test_a_row_is_refused_for_all_its_faults_at_once(staff, shop):
    run_import(staff, "slug,name,price,stock,currency,is_active,category\nA B,,x,-1,XXX,maybe,nowhere\n")

    assert [column for _, column, _ in errors()] == [
        "slug", "name", "price", "stock", "currency", "is_active", "category",
    ]  # fmt: skip


def test_a_quotation_left_open_to_the_end_is_one_bad_row(staff, shop):
    document = run_import(staff, HEADER + GOOD + 'cup,"Cup,1.00,kitchen\n')

    assert (document["rows"]["created"], document["rows"]["refused"], document["progress"]) == (1, 1, 1.0)


def test_what_spreadsheets_write_is_read(staff, shop):
    """A byte order mark, CRLF, quotes in quotes, a line break in a cell, empty lines, and no line break at the end."""
    header, mug = "\ufeffslug,name,description,price,category", 'mug,"The ""Mug""","two\r\nlines",9.50,kitchen'
    text = f"{header}\r\n\r\n{mug}\r\n\r\ncup,Cup,,1,kitchen"
    document = run_import(staff, text)

    assert (document["rows"]["created"], document["rows"]["total"], document["progress"]) == (2, 2, 1.0)
    product = Product.objects.get(slug="mug")
    assert (product.name, product.description, product.price) == ('The "Mug"', "two\r\nlines", Decimal("9.50"))


@pytest.mark.parametrize("text", ["slug,name,price,category", HEADER, HEADER + "\n\n\r\n"])
def test_a_file_without_rows_succeeds_with_none(staff, shop, text):
    document = run_import(staff, text)

    assert (document["state"], document["rows"]["total"], document["progress"]) == ("succeeded", 0, 1.0)


def test_no_bytes_at_all_are_a_fault_of_ours(staff, shop):
    """Every byte, alone and doubled, at the place of a cell. A quotation mark alone is another test's."""
    rows = [
        b"mug-%d-%d,%s,1.00,kitchen\n" % (byte, times, bytes([byte]) * times)
        for byte in range(256)
        for times in (1, 2)
        if (byte, times) != (ord('"'), 1)
    ]

    document = run_import(staff, HEADER.encode() + b"".join(rows))

    assert document["state"] == "succeeded"
    assert document["rows"]["created"] > 180
    assert document["rows"]["refused"] > 256


def test_more_rows_than_may_be_are_refused_at_the_first_one_too_many(staff, shop, monkeypatch):
    monkeypatch.setattr("demo_api.imports.chunks.MOST_ROWS", 3)
    rows = "".join(f"mug-{number},Mug,1,kitchen\n" for number in range(4))

    exact = run_import(staff, HEADER + rows[: rows.rindex("mug-3")], "three")
    over = run_import(staff, HEADER + rows, "four")

    assert (exact["state"], exact["rows"]["total"]) == ("succeeded", 3)
    assert (over["state"], over["rows"]["done"]) == ("failed", 3)
    assert "more than 3 rows" in over["problem"]
