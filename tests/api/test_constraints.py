"""Rules that the database itself holds, against writes that never pass the code above it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from demo_api.catalog.models import HIGHEST_STOCK, Product, Reservation
from tests.api.world import held

BAD = [
    {"price": Decimal("-0.01")},
    {"stock": -1},
    {"stock": HIGHEST_STOCK + 1},
    {"currency": "XXX"},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_an_update_past_the_code_is_refused(shop, bad):
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=shop.kettle.pk).update(**bad)


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bulk_insert_past_the_code_is_refused(shop, bad):
    fields = {"slug": "bad", "name": "Bad", "price": Decimal(1), "category": shop.audio} | bad
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.bulk_create([Product(**fields)])
    assert not Product.objects.filter(slug="bad").exists()


@pytest.mark.parametrize("bad", [{"quantity": 0}, {"quantity": 101}, {"state": "lost"}], ids=str)
def test_a_reservation_past_the_code_is_refused(shop, clara, bad):
    reservation = held(clara, shop.kettle, key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.filter(pk=reservation.pk).update(**bad)


def test_a_key_stands_for_one_reservation_of_an_account(shop, clara):
    held(clara, shop.kettle, key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        held(clara, shop.speaker, key="k")


def test_a_slug_stands_for_one_product(shop):
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=shop.kettle.pk).update(slug="speaker")
