"""DELETE /api/v1/products/{slug}/."""

import pytest

from demo_api.catalog import errors, services
from demo_api.catalog.models import Product, Reservation
from tests.api.world import PRODUCTS, etag, held, picture, problem, reserve, stored_files, upload

KETTLE = f"{PRODUCTS}kettle/"


def test_staff_delete_a_product(staff, anonymous, shop):
    response = staff.delete(KETTLE, headers=etag(staff, KETTLE))
    assert (response.status_code, response.content) == (204, b"")
    problem(anonymous.get(KETTLE), 404, "not-found")


def test_its_picture_goes_with_it(staff, shop, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upload(staff, "kettle", picture())
    assert len(stored_files()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        staff.delete(KETTLE, headers=etag(staff, KETTLE))
    assert stored_files() == []


def test_a_product_that_somebody_holds_stays(staff, customer, shop):
    reserve(customer, "kettle", 2)
    document = problem(staff.delete(KETTLE, headers=etag(staff, KETTLE)), 409, "product-reserved")
    assert document["reservations"] == 1
    assert Product.objects.filter(slug="kettle").exists()


def test_closed_reservations_do_not_hold_it(staff, clara, shop):
    reservation = held(clara, shop.kettle, key="old")
    services.release(reservation=reservation)

    assert staff.delete(KETTLE, headers=etag(staff, KETTLE)).status_code == 204
    assert not Reservation.objects.exists()


def test_a_reservation_made_in_the_middle_of_the_call_is_not_overlooked(clara, shop):
    """The rival reserves after the precondition was checked: the count comes after it, under the product's lock."""

    def rival(row):
        services.reserve(user=clara, product=row, quantity=1, key="k")

    with pytest.raises(errors.ProductReserved):
        services.delete_product(product=shop.kettle, precondition=rival)


def test_customers_and_strangers_may_not(anonymous, customer, shop):
    problem(anonymous.delete(KETTLE, headers={"If-Match": "*"}), 401, "not-authenticated")
    problem(customer.delete(KETTLE, headers={"If-Match": "*"}), 403, "permission-denied")
    assert Product.objects.filter(slug="kettle").exists()
