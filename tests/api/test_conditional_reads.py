"""ETag, Last-Modified and 304 on reads (RFC 9110, section 13): nothing is sent twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.http import http_date

from demo_api.catalog.models import Category, Deletion, Product, Reservation
from tests.api.world import AUTH, CATEGORIES, PRODUCTS, RESERVATIONS, etag, picture, reserve, upload

TAGGED = [
    PRODUCTS,
    f"{PRODUCTS}?search=kettle&page_size=1",
    f"{PRODUCTS}kettle/",
    CATEGORIES,
    f"{CATEGORIES}coffee/",
    RESERVATIONS,
    "reservation",
    f"{AUTH}me/",
    "/api/problems/",
    "/api/problems/not-found/",
]
DATED = TAGGED[:7]  # accounts and problem types keep no time of change


@pytest.fixture
def address(customer, shop):
    """Makes `reservation` in the lists above the address of one."""
    location = reserve(customer, "kettle")["Location"]
    return lambda path: location if path == "reservation" else path


@pytest.mark.parametrize("path", TAGGED)
def test_every_read_has_a_strong_tag_and_nothing_is_sent_twice(customer, address, path):
    first = customer.get(address(path))
    assert first["ETag"].startswith('"')

    again = customer.get(address(path), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    # A cache stores these anew with the old body (RFC 9110, section 15.4.5).
    for header in ("ETag", "Cache-Control", "Vary"):
        assert again[header] == first[header]
    assert again["X-Request-ID"]


@pytest.mark.parametrize("path", DATED)
def test_every_read_of_the_catalogue_says_when_it_changed_last(customer, address, path):
    Product.objects.update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    Category.objects.update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    Reservation.objects.update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    first = customer.get(address(path))
    assert first["Last-Modified"] == "Sun, 01 Feb 2026 00:00:00 GMT"

    def since(moment):
        return customer.get(address(path), headers={"If-Modified-Since": http_date(moment.timestamp())}).status_code

    assert since(datetime(2026, 2, 1, tzinfo=UTC)) == 304
    assert since(datetime(2026, 2, 2, tzinfo=UTC)) == 304
    assert since(datetime(2026, 1, 31, tzinfo=UTC)) == 200


@pytest.mark.parametrize("header", ["*", '"x", {tag}', "W/{tag}"])
def test_a_weak_tag_a_list_and_a_star_are_enough_for_a_read(customer, address, header):
    tag = customer.get(PRODUCTS)["ETag"]
    response = customer.get(PRODUCTS, headers={"If-None-Match": header.format(tag=tag)})
    assert response.status_code == 304


def test_the_tag_goes_before_the_time(customer, address):
    """Two changes in one second have one time and two tags."""
    response = customer.get(
        PRODUCTS, headers={"If-None-Match": '"another"', "If-Modified-Since": http_date(datetime.now(UTC).timestamp())}
    )
    assert response.status_code == 200


def test_a_changed_product_has_a_new_tag(staff, shop):
    path = f"{PRODUCTS}kettle/"
    old = etag(staff, path)["If-Match"]
    staff.patch(path, {"stock": 1}, headers={"If-Match": old})
    assert staff.get(path, headers={"If-None-Match": old}).status_code == 200


def test_a_renamed_category_changes_the_products_that_show_its_name(staff, shop):
    Product.objects.update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    Category.objects.update(updated_at=datetime(2026, 2, 1, tzinfo=UTC))
    path = f"{PRODUCTS}kettle/"
    before = staff.get(path)
    staff.patch(f"{CATEGORIES}coffee/", {"name": "Brewing"}, headers=etag(staff, f"{CATEGORIES}coffee/"))
    after = staff.get(path)
    assert before["ETag"] != after["ETag"]
    assert before["Last-Modified"] != after["Last-Modified"]


@pytest.mark.parametrize("path", [f"{PRODUCTS}kettle/", f"{CATEGORIES}audio/"])
def test_a_deletion_changes_the_lists(staff, shop, path):
    """Without a record of it, the newest row that is left would say that nothing has happened."""
    shop.speaker.delete()
    shop.prototype.delete()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    Product.objects.update(updated_at=yesterday)
    Category.objects.update(updated_at=yesterday)

    assert staff.delete(path, headers={"If-Match": "*"}).status_code == 204

    assert Deletion.objects.count() == 1
    for listed in (PRODUCTS, CATEGORIES):
        since = http_date((yesterday + timedelta(hours=1)).timestamp())
        assert staff.get(listed, headers={"If-Modified-Since": since}).status_code == 200


def test_staff_and_customers_are_not_served_each_others_list(staff, customer, shop):
    tag = customer.get(PRODUCTS)["ETag"]
    assert staff.get(PRODUCTS, headers={"If-None-Match": tag}).status_code == 200


def test_the_tag_is_of_the_bytes_that_are_sent(anonymous, shop):
    """`indent` is a parameter of the media type that REST framework would obey: other bytes, the same tag."""
    plain = anonymous.get(PRODUCTS)
    indented = anonymous.get(PRODUCTS, headers={"Accept": "application/json; indent=4"})
    assert (indented["ETag"], indented.content) == (plain["ETag"], plain.content)


def test_a_stored_picture_is_kept_for_good_and_sent_once(staff, anonymous, shop):
    address = upload(staff, "kettle", picture()).json()["image"]
    shown = anonymous.get(address)
    b"".join(shown.streaming_content)  # the file is closed when it has been sent
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    again = anonymous.get(address, headers={"If-None-Match": shown["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


# Caches -----------------------------------------------------------------------------------------------------------


def test_who_asked_matters_to_caches(anonymous, customer, shop):
    for client, control in ((anonymous, "no-cache"), (customer, "private, no-cache")):
        response = client.get(CATEGORIES)
        assert response["Cache-Control"] == control
        assert {"Accept", "Authorization"} <= {name.strip() for name in response["Vary"].split(",")}


def test_errors_vary_as_answers_do(anonymous, shop):
    assert "Authorization" in anonymous.get(f"{PRODUCTS}teapot/")["Vary"]


def test_an_error_is_not_kept_and_has_no_entity_tag(anonymous, shop):
    """Each has a request id of its own: a tag would be new every time and good for nothing."""
    response = anonymous.get(f"{PRODUCTS}teapot/")
    assert response["Cache-Control"] == "no-store"
    assert "ETag" not in response
