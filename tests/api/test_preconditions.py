"""If-Match on every write of an existing thing: nobody's change is overwritten unseen (RFC 9110, section 13.1.1)."""

import pytest

from demo_api.catalog import services
from demo_api.catalog.models import Product
from tests.api.world import CATEGORIES, PRODUCTS, etag, fingerprint, picture, problem, upload

KETTLE, AUDIO = f"{PRODUCTS}kettle/", f"{CATEGORIES}audio/"
WRITES = [
    ("put", KETTLE, {"name": "Kettle", "price": "1", "category": "audio"}),
    ("patch", KETTLE, {"price": "1"}),
    ("delete", KETTLE, None),
    ("put", AUDIO, {"name": "Sound"}),
    ("patch", AUDIO, {"name": "Sound"}),
    ("delete", AUDIO, None),
    ("delete", f"{KETTLE}image/", None),
]
each_write = pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda value: str(value)[:40])


@pytest.fixture(autouse=True)
def _empty_audio(shop):
    shop.speaker.delete()
    shop.prototype.delete()


@each_write
def test_a_write_without_if_match_is_asked_for_it(staff, method, path, body):
    before = fingerprint()
    problem(getattr(staff, method)(path, body), 428, "precondition-required")
    problem(getattr(staff, method)(path, body, headers={"If-Match": "  "}), 428, "precondition-required")
    assert fingerprint() == before


@each_write
def test_a_write_to_an_older_version_is_refused_and_told_the_current_tag(staff, method, path, body):
    resource = path.removesuffix("image/")
    old = etag(staff, resource)
    staff.patch(resource, {"name": "Changed by a colleague"}, headers=old)
    before = fingerprint()

    response = getattr(staff, method)(path, body, headers=old)

    problem(response, 412, "precondition-failed")
    assert {"If-Match": response["ETag"]} == etag(staff, resource)
    assert fingerprint() == before


@each_write
def test_a_write_with_the_current_tag_passes(staff, method, path, body):
    response = getattr(staff, method)(path, body, headers=etag(staff, path.removesuffix("image/")))
    assert response.status_code in (200, 204)


@each_write
def test_a_star_stands_for_whatever_it_is_now(staff, method, path, body):
    assert getattr(staff, method)(path, body, headers={"If-Match": "*"}).status_code in (200, 204)


def test_one_of_several_tags_is_enough(staff):
    current = etag(staff, KETTLE)["If-Match"]
    response = staff.patch(KETTLE, {"stock": 1}, headers={"If-Match": f'"older", {current} ,W/"weak"'})
    assert response.status_code == 200


def test_a_weak_tag_never_matches(staff):
    """If-Match compares strongly: equal bytes, not equal meaning."""
    weak = "W/" + etag(staff, KETTLE)["If-Match"]
    problem(staff.patch(KETTLE, {"stock": 1}, headers={"If-Match": weak}), 412, "precondition-failed")


@pytest.mark.parametrize("header", ["abc", "'abc'", '"abc', "W/abc", "\u00e9", ",", "*, *x", "\x00", "x" * 5000])
def test_what_is_no_tag_is_named(staff, header):
    document = problem(staff.patch(KETTLE, {"stock": 1}, headers={"If-Match": header}), 400, "invalid-input")
    assert [error["header"] for error in document["errors"]] == ["If-Match"]


def test_the_picture_belongs_to_the_version(staff, django_capture_on_commit_callbacks):
    old = etag(staff, KETTLE)
    assert upload(staff, "kettle", picture(), If_Match=old["If-Match"]).status_code == 200
    problem(upload(staff, "kettle", picture(), If_Match=old["If-Match"]), 412, "precondition-failed")
    problem(staff.patch(KETTLE, {"stock": 1}, headers=old), 412, "precondition-failed")


def test_a_sale_makes_a_new_version(staff, clara, shop):
    """Staff who set the stock from an old page would give back what was sold since."""
    old = etag(staff, KETTLE)
    services.reserve(user=clara, product=shop.kettle, quantity=2, key="k")
    problem(staff.patch(KETTLE, {"stock": 5}, headers=old), 412, "precondition-failed")
    assert Product.objects.get(slug="kettle").stock == 3


def test_a_change_in_the_middle_of_the_call_is_seen(staff, monkeypatch):
    """The rival commits after the view has read the product and before the row is locked."""
    headers, changing = etag(staff, KETTLE), services.changing

    def rival_first(queryset, row, precondition):
        Product.objects.filter(pk=row.pk).update(price="99.00")
        return changing(queryset, row, precondition)

    monkeypatch.setattr(services, "changing", rival_first)
    problem(staff.patch(KETTLE, {"stock": 1}, headers=headers), 412, "precondition-failed")
    assert str(Product.objects.get(slug="kettle").price) == "99.00"


def test_a_product_deleted_in_the_middle_of_the_call_is_a_404(staff, monkeypatch):
    headers, changing = etag(staff, KETTLE), services.changing

    def rival_first(queryset, row, precondition):
        Product.objects.filter(pk=row.pk).delete()
        return changing(queryset, row, precondition)

    monkeypatch.setattr(services, "changing", rival_first)
    problem(staff.patch(KETTLE, {"stock": 1}, headers=headers), 404, "not-found")
