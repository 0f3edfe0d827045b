"""POST /api/v1/products/."""

import pytest

from demo_api.catalog import services
from demo_api.catalog.models import Product
from tests.api.world import PRODUCTS, fingerprint, pointers, problem, product

TEAPOT = {"name": "Iron Teapot", "price": "45.50", "category": "coffee"}


def test_staff_create_a_product(staff, shop):
    body = TEAPOT | {"slug": "teapot", "description": "Cast iron.", "currency": "GBP", "stock": 4, "is_active": False}
    response = staff.post(PRODUCTS, body)

    assert response.status_code == 201
    made = response.json()
    assert made | body | {"category": {"slug": "coffee", "name": "Coffee"}} == made
    assert response["Location"] == f"http://testserver{PRODUCTS}teapot/"
    assert staff.get(response["Location"]).json() == made


def test_the_answer_carries_the_tag_that_the_next_write_needs(staff, shop):
    made = staff.post(PRODUCTS, TEAPOT)
    changed = staff.patch(made["Location"], {"stock": 9}, headers={"If-Match": made["ETag"]})
    assert changed.status_code == 200


def test_what_is_left_out_has_its_default(staff, shop):
    made = staff.post(PRODUCTS, TEAPOT).json()
    assert (made["description"], made["currency"], made["stock"], made["is_active"]) == ("", "EUR", 0, True)
    assert made["image"] is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Iron Teapot", "iron-teapot"),
        ("Café  Crème!", "cafe-creme"),
        ("Salt _ Pepper", "salt-pepper"),
        ("_-_ odd _-_", "odd"),
        ("日本", "item"),
        ("Heron " * 19, "heron" + "-heron" * 10 + "-hero"),
    ],
)
def test_without_a_slug_it_gets_one_from_its_name(staff, shop, name, slug):
    response = staff.post(PRODUCTS, TEAPOT | {"name": name})
    assert response.json()["slug"] == slug


def test_a_slug_that_is_taken_gets_a_number(staff, shop):
    made = [staff.post(PRODUCTS, TEAPOT).json()["slug"] for _ in range(3)]
    assert made == ["iron-teapot", "iron-teapot-2", "iron-teapot-3"]


def test_a_price_keeps_its_digits(staff, shop):
    """Sent as a number it is read as a decimal, not as a float: 0.07 stays 0.07."""
    for sent, kept in [("0.07", "0.07"), (0.07, "0.07"), (1999.99, "1999.99"), (7, "7.00"), ("1E+3", "1000.00")]:
        assert staff.post(PRODUCTS, TEAPOT | {"price": sent}).json()["price"] == kept


def test_minus_zero_is_zero(staff, shop):
    """The database drops the sign; an answer that kept it would carry a tag that is out of date at once."""
    made = staff.post(PRODUCTS, TEAPOT | {"price": "-0.00"})
    assert made.json()["price"] == "0.00"
    assert staff.get(made["Location"])["ETag"] == made["ETag"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", None),
        ("name", "x" * 121),
        ("name", ["Teapot"]),
        ("slug", "Iron Teapot"),
        ("slug", "-teapot"),
        ("slug", "tea--pot"),
        ("slug", "teapöt"),
        ("slug", "x" * 81),
        ("slug", "kettle"),  # taken
        ("slug", None),
        ("description", "x" * 2001),
        ("price", None),
        ("price", "free"),
        ("price", "-0.01"),
        ("price", "1.005"),
        ("price", "9999999.01"),
        ("price", "NaN"),
        ("price", True),
        ("currency", "XXX"),
        ("currency", None),
        ("stock", -1),
        ("stock", 1_000_001),
        ("stock", 1.5),
        ("stock", "many"),
        ("is_active", "perhaps"),
        ("is_active", None),
        ("category", "garden"),
        ("category", None),
        ("category", 1),
        ("category", {"name": "Coffee"}),
        ("category", ["coffee"]),
        ("colour", "red"),
    ],
)
def test_a_bad_member_is_named_by_its_pointer_and_nothing_is_made(staff, shop, member, value):
    before = fingerprint()
    document = problem(staff.post(PRODUCTS, TEAPOT | {member: value}), 400, "invalid-input")
    assert pointers(document) == [f"/{member}"]
    assert fingerprint() == before


def test_every_missing_member_is_named_at_once(staff, shop):
    document = problem(staff.post(PRODUCTS, {}), 400, "invalid-input")
    assert sorted(pointers(document)) == ["/category", "/name", "/price"]


def test_customers_and_strangers_may_not(anonymous, customer, shop):
    assert problem(anonymous.post(PRODUCTS, TEAPOT), 401, "not-authenticated")
    assert anonymous.post(PRODUCTS, TEAPOT)["WWW-Authenticate"] == "Bearer"
    problem(customer.post(PRODUCTS, TEAPOT), 403, "permission-denied")
    assert Product.objects.count() == 4


# Races ------------------------------------------------------------------------------------------------------------


def test_a_rival_that_takes_the_slug_first_is_a_400_and_not_a_500(staff, shop, monkeypatch):
    validate, rivals = services.validate, iter([True])

    def validate_then_lose(row):
        validate(row)
        if next(rivals, False):  # the rival's product is committed after we looked, before we save
            product("teapot", shop.audio)

    monkeypatch.setattr(services, "validate", validate_then_lose)
    document = problem(staff.post(PRODUCTS, TEAPOT | {"slug": "teapot"}), 400, "invalid-input")

    assert pointers(document) == ["/slug"]
    assert not Product.objects.filter(name="Iron Teapot").exists()
