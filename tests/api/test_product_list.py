"""GET /api/v1/products/: who sees what, filters, search and orderings."""

import pytest

from demo_api.catalog.models import Category
from tests.api.world import PRODUCTS, fill, parameters, problem, product, slugs

# When anything changed last (1: products, categories, deletions), and the products with their categories (1).
QUERIES = 2


def test_everyone_sees_active_products_newest_first(anonymous, shop):
    assert slugs(anonymous.get(PRODUCTS)) == ["speaker", "grinder", "kettle"]


def test_staff_see_inactive_products_too(staff, customer, shop):
    assert slugs(staff.get(PRODUCTS)) == ["prototype", "speaker", "grinder", "kettle"]
    assert "prototype" not in slugs(customer.get(PRODUCTS))


def test_a_row_says_everything_a_shop_window_needs(anonymous, shop):
    kettle = anonymous.get(PRODUCTS).json()["results"][-1]

    assert kettle == {
        "id": str(shop.kettle.uuid),
        "slug": "kettle",
        "name": "Heron Kettle",
        "description": "",
        "price": "79.00",  # a string: no float ever touches money
        "currency": "EUR",
        "stock": 5,
        "is_active": True,
        "image": None,
        "thumbnail": None,
        "category": {"slug": "coffee", "name": "Coffee"},
        "created_at": "2026-01-06T09:00:00Z",
        "updated_at": kettle["updated_at"],
    }


def test_an_empty_shop_has_an_empty_list(anonymous):
    assert anonymous.get(PRODUCTS).json() == {"next": None, "previous": None, "results": []}


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_number_of_queries_does_not_depend_on_rows(anonymous, shop, django_assert_num_queries, rows):
    fill(shop.coffee, rows)
    anonymous.get(PRODUCTS)  # nothing is warm or cold afterwards

    with django_assert_num_queries(QUERIES):
        page = anonymous.get(PRODUCTS, {"page_size": 100}).json()["results"]

    assert len(page) == min(rows + 3, 100)


def test_filters_by_category_add_the_look_up_and_the_subtree_and_nothing_else(
    anonymous, shop, django_assert_num_queries
):
    fill(shop.coffee, 30)
    with django_assert_num_queries(QUERIES + 2):
        anonymous.get(PRODUCTS, {"category": "kitchen", "search": "item", "in_stock": "true"})


# Filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"category": "audio"}, ["speaker"]),
        ({"category": "coffee"}, ["grinder", "kettle"]),
        ({"category": "kitchen"}, ["grinder", "kettle"]),  # with all that stands below it
        ({"min_price": "79"}, ["grinder", "kettle"]),  # included
        ({"max_price": "79.00"}, ["speaker", "kettle"]),
        ({"min_price": "60", "max_price": "100"}, ["kettle"]),
        ({"min_price": "0", "max_price": "0"}, []),
        ({"in_stock": "true"}, ["speaker", "kettle"]),
        ({"in_stock": "false"}, ["grinder"]),
        ({"search": "HERON"}, ["kettle"]),
        ({"search": "lagoon speaker"}, ["speaker"]),  # every word
        ({"search": "lagoon kettle"}, []),
        ({"search": "100%"}, []),  # a percent sign is no wildcard
        ({"search": "_"}, []),
        ({"category": "kitchen", "in_stock": "true", "search": "e"}, ["kettle"]),
        ({"search": "prototype"}, []),
    ],
)
def test_filters_narrow_the_list(anonymous, shop, query, found):
    assert slugs(anonymous.get(PRODUCTS, query)) == found


def test_a_category_stands_for_its_subtree_however_deep(anonymous, shop):
    parent = shop.coffee
    for depth in range(12):
        parent = Category.objects.create(slug=f"level-{depth}", name=f"Level {depth}", parent=parent)
    product("needle", parent, day=9)

    assert slugs(anonymous.get(PRODUCTS, {"category": "kitchen"}))[0] == "needle"
    assert slugs(anonymous.get(PRODUCTS, {"category": "level-11"})) == ["needle"]


def test_search_reads_descriptions_too(anonymous, shop):
    product("mug", shop.coffee, day=9, description="Stoneware, fired twice.")
    assert slugs(anonymous.get(PRODUCTS, {"search": "STONEWARE"})) == ["mug"]


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("category=garden", "category"),
        ("category=", "category"),
        ("min_price=cheap", "min_price"),
        ("min_price=-1", "min_price"),
        ("min_price=1.005", "min_price"),
        ("max_price=99999999", "max_price"),
        ("min_price=10&max_price=5", "min_price"),
        ("in_stock=maybe", "in_stock"),
        ("in_stock=True", "in_stock"),
        ("ordering=stock", "ordering"),
        ("ordering=name,price", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=ten", "page_size"),
        ("search=a+b+c+d+e+f+g+h+i", "search"),
        ("search=" + "x" * 101, "search"),
        ("colour=red", "colour"),
        ("page=2", "page"),
        ("format=json", "format"),
        ("in_stock=true&in_stock=false", "in_stock"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(anonymous, shop, query, refused):
    document = problem(anonymous.get(f"{PRODUCTS}?{query}"), 400, "invalid-input")
    assert parameters(document) == [refused]


def test_every_bad_parameter_is_named_at_once(anonymous):
    document = problem(anonymous.get(f"{PRODUCTS}?min_price=x&page_size=0&in_stock=2"), 400, "invalid-input")
    assert sorted(parameters(document)) == ["in_stock", "min_price", "page_size"]


# Orderings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("created_at", ["kettle", "grinder", "speaker"]),
        ("-created_at", ["speaker", "grinder", "kettle"]),
        ("price", ["speaker", "kettle", "grinder"]),
        ("-price", ["grinder", "kettle", "speaker"]),
        ("name", ["kettle", "speaker", "grinder"]),
        ("-name", ["grinder", "speaker", "kettle"]),
    ],
)
def test_orderings(anonymous, shop, ordering, expected):
    assert slugs(anonymous.get(PRODUCTS, {"ordering": ordering})) == expected
