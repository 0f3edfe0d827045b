"""/api/v1/categories/: list, read, create, PUT, PATCH, DELETE. The tree's shape is in test_category_tree.py."""

import pytest
from django.db import connection

from demo_api.catalog import errors, services
from demo_api.catalog.models import Category, Product
from tests.api.world import CATEGORIES, PRODUCTS, etag, fingerprint, parameters, pointers, problem, product, slugs

AUDIO, COFFEE = f"{CATEGORIES}audio/", f"{CATEGORIES}coffee/"
QUERIES = 2  # when anything changed last (1), and the categories with their parents (1)


# Reading ----------------------------------------------------------------------------------------------------------


def test_the_list_comes_by_name_and_is_enough_to_draw_the_tree(anonymous, shop):
    rows = anonymous.get(CATEGORIES).json()["results"]
    assert [(row["slug"], row["parent"]) for row in rows] == [("audio", None), ("coffee", "kitchen"), ("kitchen", None)]


def test_the_list_can_be_turned_round(anonymous, shop):
    assert slugs(anonymous.get(CATEGORIES, {"ordering": "-name"})) == ["kitchen", "coffee", "audio"]


@pytest.mark.parametrize("query", ["ordering=slug", "search=a", "page_size=1000"])
def test_unknown_parameters_are_refused(anonymous, shop, query):
    document = problem(anonymous.get(f"{CATEGORIES}?{query}"), 400, "invalid-input")
    assert parameters(document) == [query.split("=")[0]]


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_number_of_queries_does_not_depend_on_rows(anonymous, shop, django_assert_num_queries, rows):
    Category.objects.bulk_create(
        Category(slug=f"shelf-{number}", name=f"Shelf {number}", parent=shop.kitchen) for number in range(rows)
    )
    with django_assert_num_queries(QUERIES):
        assert len(slugs(anonymous.get(CATEGORIES, {"page_size": 100}))) == min(rows + 3, 100)


def test_one_category_takes_one_query(anonymous, shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        coffee = anonymous.get(COFFEE).json()
    assert coffee.keys() == {"slug", "name", "description", "parent", "created_at", "updated_at"}
    assert (coffee["name"], coffee["parent"]) == ("Coffee", "kitchen")


def test_an_unknown_category_is_a_404(anonymous, staff, shop):
    problem(anonymous.get(f"{CATEGORIES}garden/"), 404, "not-found")
    problem(staff.patch(f"{CATEGORIES}garden/", {"name": "x"}, headers={"If-Match": "*"}), 404, "not-found")


# Creating ---------------------------------------------------------------------------------------------------------


def test_staff_create_a_category_at_the_top_or_below_another(staff, shop):
    top = staff.post(CATEGORIES, {"name": "Garden Tools"})
    below = staff.post(CATEGORIES, {"name": "Tea", "slug": "tea", "description": "Leaves.", "parent": "kitchen"})

    assert (top.status_code, top.json()["slug"], top.json()["parent"]) == (201, "garden-tools", None)
    assert (below.status_code, below.json()["parent"]) == (201, "kitchen")
    assert below["Location"] == f"http://testserver{CATEGORIES}tea/"
    assert staff.get(below["Location"]).json() == below.json()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("slug", "audio"),
        ("slug", "Audio!"),
        ("description", "x" * 1001),
        ("parent", "garden"),
        ("parent", 3),
        ("colour", "red"),
    ],
)
def test_a_bad_member_is_named_and_nothing_is_made(staff, shop, member, value):
    before = fingerprint()
    document = problem(staff.post(CATEGORIES, {"name": "Tea"} | {member: value}), 400, "invalid-input")
    assert pointers(document) == [f"/{member}"]
    assert fingerprint() == before


# Changing ---------------------------------------------------------------------------------------------------------


def test_what_get_gave_can_be_changed_and_put(staff, shop):
    sent = staff.get(COFFEE).json() | {"name": "Coffee and tea"}
    response = staff.put(COFFEE, sent, headers=etag(staff, COFFEE))
    assert response.json() == sent | {"updated_at": response.json()["updated_at"]}


def test_put_sets_what_is_left_out_to_its_default(staff, shop):
    response = staff.put(COFFEE, {"name": "Coffee"}, headers=etag(staff, COFFEE)).json()
    assert (response["parent"], response["description"]) == (None, "")


def test_patch_leaves_the_rest_as_it_is(staff, shop):
    response = staff.patch(COFFEE, {"description": "Beans."}, headers=etag(staff, COFFEE)).json()
    assert (response["name"], response["parent"], response["description"]) == ("Coffee", "kitchen", "Beans.")


def test_a_slug_cannot_be_changed(staff, shop):
    document = problem(staff.patch(COFFEE, {"slug": "tea"}, headers={"If-Match": "*"}), 400, "invalid-input")
    assert pointers(document) == ["/slug"]


# Deleting ---------------------------------------------------------------------------------------------------------


def test_an_empty_category_can_be_deleted(staff, shop):
    Product.objects.filter(category=shop.audio).delete()
    assert staff.delete(AUDIO, headers=etag(staff, AUDIO)).status_code == 204
    problem(staff.get(AUDIO), 404, "not-found")


def test_one_that_holds_products_or_categories_stays(staff, shop):
    products = problem(staff.delete(AUDIO, headers={"If-Match": "*"}), 409, "category-in-use")
    assert (products["products"], products["categories"]) == (2, 0)
    children = problem(staff.delete(f"{CATEGORIES}kitchen/", headers={"If-Match": "*"}), 409, "category-in-use")
    assert (children["products"], children["categories"]) == (0, 1)
    assert Category.objects.count() == 3


def test_a_product_that_arrives_in_the_middle_of_the_call_is_not_overlooked(shop):
    empty = Category.objects.create(slug="empty", name="Empty")

    def rival(row):
        product("late", row)

    with pytest.raises(errors.CategoryInUse):
        services.delete_category(category=empty, precondition=rival)


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite has one writer at a time: no rival can delete while a transaction is open",
)
def test_a_category_that_goes_in_the_middle_of_the_call_is_a_400_and_not_a_500(staff, shop, monkeypatch):
    """PostgreSQL checks foreign keys at the commit, after everything that could have said what is wrong."""
    doomed, validate, rivals = Category.objects.create(slug="doomed", name="Doomed"), services.validate, iter([True])

    def validate_then_lose(row):
        validate(row)
        if next(rivals, False):
            Category.objects.filter(pk=doomed.pk)._raw_delete("default")

    monkeypatch.setattr(services, "validate", validate_then_lose)
    response = staff.post(PRODUCTS, {"name": "Late", "price": "1", "category": "doomed"})

    assert pointers(problem(response, 400, "invalid-input")) == ["/category"]
    assert not Product.objects.filter(name="Late").exists()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", CATEGORIES, {"name": "Tea"}),
        ("put", AUDIO, {"name": "Sound"}),
        ("patch", AUDIO, {"name": "Sound"}),
        ("delete", AUDIO, None),
    ],
)
def test_customers_and_strangers_may_not_write(anonymous, customer, shop, method, path, body):
    before = fingerprint()  # after the two clients have their tokens
    problem(getattr(anonymous, method)(path, body, headers={"If-Match": "*"}), 401, "not-authenticated")
    problem(getattr(customer, method)(path, body, headers={"If-Match": "*"}), 403, "permission-denied")
    assert fingerprint() == before
