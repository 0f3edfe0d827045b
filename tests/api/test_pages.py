"""Walking a list by its cursors: every row once, in every ordering, whatever happens meanwhile."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.signing import Signer

from demo_api.catalog.models import Category, Product
from tests.api.world import CATEGORIES, PRODUCTS, RESERVATIONS, fill, held, parameters, problem, product, slugs

ORDERINGS = ["created_at", "-created_at", "price", "-price", "name", "-name"]


def walk(client, address, direction="next"):
    """The slugs of each page from this address on."""
    pages = []
    while address:
        response = client.get(address)
        pages.append(slugs(response))
        address = response.json()[direction]
        assert len(pages) < 100, "the walk does not end"
    return pages


def cursor_in(address):
    return parse_qs(urlsplit(address).query)["cursor"][0]


@pytest.fixture
def full_shop(shop):
    """Forty products more; prices, names and times repeat, so that only the id decides between neighbours."""
    fill(shop.coffee, 40)
    return shop


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_walk_forwards_meets_every_row_once_and_in_order(anonymous, full_shop, ordering):
    pages = walk(anonymous, f"{PRODUCTS}?ordering={ordering}&page_size=7")

    sign = "-" if ordering.startswith("-") else ""
    expected = Product.objects.filter(is_active=True).order_by(ordering, f"{sign}id")
    assert sum(pages, []) == list(expected.values_list("slug", flat=True))
    assert {len(page) for page in pages[:-1]} == {7}


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_walk_backwards_shows_the_same_rows_in_the_same_order(anonymous, full_shop, ordering):
    start = f"{PRODUCTS}?ordering={ordering}&page_size=7"
    forwards = sum(walk(anonymous, start), [])
    address, last = start, None
    while address:
        last, address = address, anonymous.get(address).json()["next"]

    backwards = walk(anonymous, last, "previous")

    assert sum(reversed(backwards), []) == forwards


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_rows_that_come_and_go_meanwhile_neither_skip_nor_repeat_the_others(anonymous, full_shop, ordering):
    """With pages by number, each row inserted before the reader would show one row twice, each deleted one hide one."""
    staying = set(Product.objects.filter(is_active=True, slug__startswith="item-").values_list("slug", flat=True))
    seen, address, step = [], f"{PRODUCTS}?ordering={ordering}&page_size=5", 0
    while address:
        response = anonymous.get(address)
        seen += slugs(response)
        gone = seen[-1]  # the very row that the cursor stands at
        Product.objects.filter(slug=gone).delete()
        staying.discard(gone)
        product(f"new-{step}", full_shop.coffee, day=step, price=str(step), name=f"Item {step}")
        address, step = response.json()["next"], step + 1

    assert len(seen) == len(set(seen)), "a row came twice"
    assert staying <= set(seen), "a row was skipped"


def test_the_first_page_has_none_before_it_and_the_last_none_after_it(anonymous, shop):
    only = anonymous.get(PRODUCTS).json()
    assert (only["next"], only["previous"]) == (None, None)

    first = anonymous.get(PRODUCTS, {"page_size": 2}).json()
    assert first["previous"] is None
    second = anonymous.get(first["next"]).json()
    assert second["next"] is None
    assert slugs(anonymous.get(second["previous"])) == ["speaker", "grinder"]


def test_a_page_that_ends_with_the_last_row_has_no_next(anonymous, shop):
    assert anonymous.get(PRODUCTS, {"page_size": 3}).json()["next"] is None


def test_neighbours_keep_the_filters_and_the_page_size(anonymous, full_shop):
    address = anonymous.get(PRODUCTS, {"search": "item", "page_size": 6, "ordering": "-price"}).json()["next"]

    assert parse_qs(urlsplit(address).query).keys() == {"search", "page_size", "ordering", "cursor"}
    assert len(slugs(anonymous.get(address))) == 6


def test_names_in_any_script_can_be_walked(anonymous, shop):
    for number, name in enumerate(["Žižkov", "日本の椅子", "ångström", "a" * 120, "Ωmega", "🫖" * 60]):
        product(f"named-{number}", shop.audio, name=name)

    seen = sum(walk(anonymous, f"{PRODUCTS}?ordering=name&page_size=1"), [])

    assert len(seen) == len(set(seen)) == 9


def test_the_same_page_has_the_same_cursors_so_that_it_can_be_cached(anonymous, full_shop):
    assert anonymous.get(PRODUCTS).content == anonymous.get(PRODUCTS).content


@pytest.mark.parametrize("rows", [10, 1000])
def test_a_deep_page_costs_as_many_queries_as_the_first(anonymous, shop, django_assert_num_queries, rows):
    fill(shop.coffee, rows)
    address = anonymous.get(PRODUCTS, {"page_size": 5}).json()["next"]
    with django_assert_num_queries(2):
        anonymous.get(address)


# Cursors that are not ours ----------------------------------------------------------------------------------------


@pytest.fixture
def cursor(anonymous, full_shop):
    return cursor_in(anonymous.get(PRODUCTS, {"ordering": "name"}).json()["next"])


def refused(client, path, **query):
    assert parameters(problem(client.get(path, query), 400, "invalid-input")) == ["cursor"]


def test_a_cursor_changed_in_one_letter_is_refused(anonymous, cursor):
    for place in range(0, len(cursor), 5):
        letter = "A" if cursor[place] != "A" else "B"
        refused(anonymous, PRODUCTS, ordering="name", cursor=cursor[:place] + letter + cursor[place + 1 :])


def test_a_cursor_of_another_ordering_is_refused(anonymous, cursor):
    for ordering in set(ORDERINGS) - {"name"}:
        refused(anonymous, PRODUCTS, ordering=ordering, cursor=cursor)


@pytest.mark.parametrize(
    "extra", [{"search": "item"}, {"category": "kitchen"}, {"min_price": "1"}, {"in_stock": "true"}]
)
def test_a_cursor_of_other_filters_is_refused(anonymous, cursor, extra):
    refused(anonymous, PRODUCTS, ordering="name", cursor=cursor, **extra)


def test_a_cursor_of_a_category_of_the_same_name_is_refused(anonymous, full_shop):
    Category.objects.create(slug="coffee-two", name="Coffee")
    address = anonymous.get(PRODUCTS, {"category": "coffee"}).json()["next"]
    refused(anonymous, PRODUCTS, category="coffee-two", cursor=cursor_in(address))


def test_a_cursor_of_another_list_is_refused(anonymous, full_shop):
    address = anonymous.get(CATEGORIES, {"page_size": 1, "ordering": "name"}).json()["next"]
    refused(anonymous, PRODUCTS, ordering="name", page_size=1, cursor=cursor_in(address))


def test_a_cursor_signed_for_something_else_is_refused(anonymous, full_shop):
    forged = Signer(salt="elsewhere").sign_object(["", "next", "x", 1])
    refused(anonymous, PRODUCTS, cursor=forged)


def test_a_cursor_may_be_used_with_another_page_size(anonymous, cursor):
    assert len(slugs(anonymous.get(PRODUCTS, {"ordering": "name", "cursor": cursor, "page_size": 3}))) == 3


# The other lists --------------------------------------------------------------------------------------------------


def test_categories_are_walked_by_name_both_ways(anonymous, shop):
    for number in range(9):
        Category.objects.create(slug=f"shelf-{number}", name="Shelf")  # one name for all: the id decides

    forwards = sum(walk(anonymous, f"{CATEGORIES}?page_size=2"), [])
    turned = sum(walk(anonymous, f"{CATEGORIES}?page_size=2&ordering=-name"), [])

    assert forwards == list(Category.objects.order_by("name", "id").values_list("slug", flat=True))
    assert turned == forwards[::-1]


def test_reservations_are_walked_newest_first(customer, clara, shop):
    made = [held(clara, shop.speaker, key=f"key-{number}") for number in range(7)]
    seen, address = [], f"{RESERVATIONS}?page_size=2"
    while address:
        page = customer.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]

    assert seen == [str(reservation.uuid) for reservation in reversed(made)]


def test_prices_of_any_size_can_stand_in_a_cursor(anonymous, shop):
    for number, price in enumerate(["0.00", "0.01", "9999999.00", "9999998.99", "9999999.00"]):
        product(f"priced-{number}", shop.audio, price=price)

    seen = sum(walk(anonymous, f"{PRODUCTS}?ordering=-price&page_size=1"), [])

    prices = [Product.objects.get(slug=slug).price for slug in seen]
    assert prices == sorted(prices, reverse=True)
    assert len(prices) == 8
    assert prices[0] == Decimal("9999999.00")
