"""PUT and PATCH /api/v1/products/{slug}/."""

import pytest

from demo_api.catalog.models import Product
from tests.api.world import PRODUCTS, etag, fingerprint, pointers, problem

KETTLE = f"{PRODUCTS}kettle/"


def test_what_get_gave_can_be_changed_and_put(staff, shop):
    sent = staff.get(KETTLE).json() | {"price": "85.00"}
    response = staff.put(KETTLE, sent, headers=etag(staff, KETTLE))

    assert response.status_code == 200
    assert response.json() == sent | {"updated_at": response.json()["updated_at"]}
    assert staff.get(KETTLE).json() == response.json()


def test_put_sets_what_is_left_out_to_its_default(staff, shop):
    shop.kettle.description, shop.kettle.image = "With a counter-balanced handle.", "products/kettle.webp"
    shop.kettle.save()
    body = {"name": "Kettle", "price": "80", "category": "audio"}

    response = staff.put(KETTLE, body, headers=etag(staff, KETTLE)).json()

    assert (response["name"], response["price"], response["category"]["slug"]) == ("Kettle", "80.00", "audio")
    assert (response["description"], response["stock"]) == ("", 0)
    assert response["slug"] == "kettle"  # an address never changes
    assert response["image"].endswith("kettle.webp")  # a picture has an address of its own


def test_put_needs_every_required_member(staff, shop):
    document = problem(staff.put(KETTLE, {"name": "Kettle"}, headers=etag(staff, KETTLE)), 400, "invalid-input")
    assert sorted(pointers(document)) == ["/category", "/price"]


def test_patch_leaves_the_rest_as_it_is(staff, shop):
    before = staff.get(KETTLE).json()
    after = staff.patch(KETTLE, {"stock": 40}, headers=etag(staff, KETTLE)).json()
    assert after == before | {"stock": 40, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


def test_a_product_can_be_taken_off_sale_and_put_back(staff, anonymous, shop):
    staff.patch(KETTLE, {"is_active": False}, headers=etag(staff, KETTLE))
    problem(anonymous.get(KETTLE), 404, "not-found")

    staff.patch(KETTLE, {"is_active": True}, headers=etag(staff, KETTLE))
    assert anonymous.get(KETTLE).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_slug_cannot_be_changed(staff, shop, method):
    body = staff.get(KETTLE).json() | {"slug": "teapot"}
    document = problem(getattr(staff, method)(KETTLE, body, headers=etag(staff, KETTLE)), 400, "invalid-input")
    assert document["errors"] == [
        {"pointer": "/slug", "detail": "A slug cannot be changed: addresses would break.", "code": "immutable"}
    ]


@pytest.mark.parametrize(
    "body", [{"price": "-1"}, {"stock": 2_000_000}, {"prize": "1.00"}, {"category": "garden"}, {"name": ""}]
)
def test_a_bad_member_changes_nothing(staff, shop, body):
    headers, before = etag(staff, KETTLE), fingerprint()
    document = problem(staff.patch(KETTLE, body, headers=headers), 400, "invalid-input")
    assert pointers(document) == [f"/{next(iter(body))}"]
    assert fingerprint() == before


def test_an_empty_body_is_not_an_empty_object(staff, shop):
    """A chunked body, which is not read, looks empty too: taken for `{}`, a change would be lost with a 200."""
    problem(
        staff.generic("PATCH", KETTLE, b"", "application/json", headers={"If-Match": "*"}), 400, "malformed-request"
    )


@pytest.mark.parametrize("method", ["put", "patch"])
def test_customers_and_strangers_may_not(anonymous, customer, shop, method):
    body = anonymous.get(KETTLE).json() | {"price": "0.01"}
    problem(getattr(anonymous, method)(KETTLE, body, headers={"If-Match": "*"}), 401, "not-authenticated")
    problem(getattr(customer, method)(KETTLE, body, headers={"If-Match": "*"}), 403, "permission-denied")
    assert Product.objects.get(slug="kettle").price == 79


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_unknown_product_is_a_404(staff, shop, method):
    response = getattr(staff, method)(f"{PRODUCTS}teapot/", {"name": "Teapot"}, headers={"If-Match": "*"})
    problem(response, 404, "not-found")
