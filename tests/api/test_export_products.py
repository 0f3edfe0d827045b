"""GET /api/v1/exports/products.csv: the catalogue to take away, harmless to open, and good to import again."""

import csv
from io import StringIO

import pytest

from demo_api.catalog.models import Product
from demo_api.imports import exports
from demo_api.imports.columns import COLUMNS
from demo_api.imports.formulas import guarded, unguarded
from tests.api.world import OPENED, PRODUCTS_CSV, fill, problem, product, run_import

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "'", "'x", "\uff1d1", "\n=1", "x=1", ""]


def exported(client) -> str:
    response = client.get(PRODUCTS_CSV)
    assert response.status_code == 200
    return str(response.getvalue().decode())


def test_every_product_is_a_row_also_those_that_are_not_for_sale(staff, shop):
    rows = list(csv.DictReader(StringIO(exported(staff))))

    assert tuple(rows[0]) == COLUMNS
    assert [row["slug"] for row in rows] == ["grinder", "kettle", "prototype", "speaker"]
    assert rows[1] == {
        "slug": "kettle", "name": "Heron Kettle", "description": "", "price": "79.00", "currency": "EUR",
        "stock": "5", "is_active": "true", "category": "coffee",
    }  # fmt: skip
    assert rows[2]["is_active"] == "false"


def test_it_is_a_file_to_be_saved(staff, shop):
    response = staff.get(PRODUCTS_CSV)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert response["Cache-Control"] == "private, no-cache"
    assert response.streaming


def test_it_is_for_staff(anonymous, customer, shop):
    problem(anonymous.get(PRODUCTS_CSV), 401, "not-authenticated")
    problem(customer.get(PRODUCTS_CSV), 403, "permission-denied")


def test_no_cell_begins_a_formula(staff, shop):
    for number, text in enumerate(FORMULAS):
        product(f"risky-{number}", shop.audio, name=text or "x", description=text)

    for row in csv.reader(StringIO(exported(staff), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")) for cell in row), row


@pytest.mark.parametrize("text", FORMULAS)
def test_guarding_loses_nothing(text):
    assert unguarded(guarded(text)) == text


def test_importing_an_export_changes_nothing(staff, shop):
    hostile = [text for text in FORMULAS if text == text.strip()] + [
        '"',
        ",",
        "a\r\nb",
        "a\nb",
        "a\rb",
        "ü🜚",
        "\\N",
        "%s",
    ]
    for number, text in enumerate(hostile):
        product(f"risky-{number}", shop.audio, name=text or "x", description=text, is_active=number % 2 == 0)
    Product.objects.update(updated_at=OPENED)

    document = run_import(staff, exported(staff))

    assert document["errors"] == []
    assert document["rows"]["unchanged"] == document["rows"]["total"] == 4 + len(hostile)
    assert not Product.objects.exclude(updated_at=OPENED).exists()


def test_an_emptied_catalogue_comes_back_as_it_was(staff, shop):
    fill(shop.coffee, 50)
    product("risky", shop.audio, name="=1+1", description="'@x")
    before = exported(staff)
    Product.objects.all().delete()

    assert run_import(staff, before)["rows"]["created"] == 55
    assert exported(staff) == before


def test_the_query_count_does_not_depend_on_the_rows(staff, shop, django_assert_num_queries):
    """The token and its account, and the export's one query."""
    with django_assert_num_queries(2):
        exported(staff)
    fill(shop.coffee, 1200)
    with django_assert_num_queries(2):
        exported(staff)


def test_lines_are_made_as_they_are_sent(shop, monkeypatch):
    """The first piece is there before the last row has been read."""
    monkeypatch.setattr(exports, "BATCH", 2)
    asked = []

    def rows():
        for number in range(10):
            asked.append(number)
            yield (number,)

    pieces = exports.csv_lines(["n"], rows())
    next(pieces)

    assert len(asked) == 2
    assert len(list(pieces)) == 5
