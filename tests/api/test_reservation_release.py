"""POST /api/v1/reservations/{id}/release/, and `manage.py expire_reservations`: stock goes back once."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command

from demo_api.catalog import services
from demo_api.catalog.models import Product, Reservation
from tests.api.world import RESERVATIONS, held, problem, reserve


def stock(slug: str = "kettle") -> int:
    return Product.objects.get(slug=slug).stock


def lapse() -> None:
    """The time of every reservation is over."""
    Reservation.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


def expire() -> str:
    output = StringIO()
    call_command("expire_reservations", stdout=output)
    return output.getvalue().strip()


# Release ----------------------------------------------------------------------------------------------------------


def test_releasing_gives_the_stock_back(customer, shop):
    location = reserve(customer, "kettle", 2)["Location"]
    response = customer.post(f"{location}release/")
    assert (response.status_code, response.json()["state"]) == (200, "released")
    assert stock() == 5


def test_releasing_twice_is_releasing_once(customer, shop):
    location = reserve(customer, "kettle", 2)["Location"]
    first, second = (customer.post(f"{location}release/") for _ in range(2))
    assert (second.status_code, second.json()) == (200, first.json())
    assert stock() == 5


def test_a_rival_release_in_the_middle_of_the_call_gives_nothing_back_twice(customer, shop, monkeypatch):
    """Two clicks: both requests have read the reservation as active when the first one closes it."""
    location, close = reserve(customer, "kettle", 2)["Location"], services.close

    def rival_first(reservation, state):
        assert close(reservation, Reservation.State.RELEASED)
        return close(reservation, state)

    monkeypatch.setattr(services, "close", rival_first)
    assert customer.post(f"{location}release/").json()["state"] == "released"
    assert stock() == 5


def test_an_expired_one_stays_expired(customer, shop):
    location = reserve(customer, "kettle", 2)["Location"]
    lapse()
    expire()
    assert customer.post(f"{location}release/").json()["state"] == "expired"
    assert stock() == 5


def test_an_unknown_one_is_a_404_and_a_stranger_must_sign_in(customer, anonymous):
    problem(customer.post(f"{RESERVATIONS}{uuid4()}/release/"), 404, "not-found")
    problem(anonymous.post(f"{RESERVATIONS}{uuid4()}/release/"), 401, "not-authenticated")


# Expiry -----------------------------------------------------------------------------------------------------------


def test_what_is_over_goes_back_and_what_is_not_stays(customer, shop):
    over = reserve(customer, "kettle", 2, key="1")["Location"]
    lapse()
    running = reserve(customer, "speaker", 3, key="2")["Location"]

    assert expire() == "1 reservation(s) expired."

    assert customer.get(over).json()["state"] == "expired"
    assert customer.get(running).json()["state"] == "active"
    assert (stock(), stock("speaker")) == (5, 9)


def test_running_it_twice_changes_nothing(customer, shop):
    reserve(customer, "kettle", 2)
    lapse()
    expire()
    assert expire() == "0 reservation(s) expired."
    assert stock() == 5


def test_a_released_one_does_not_expire(customer, shop):
    location = reserve(customer, "kettle", 2)["Location"]
    customer.post(f"{location}release/")
    lapse()
    assert expire() == "0 reservation(s) expired."
    assert customer.get(location).json()["state"] == "released"


@pytest.mark.parametrize("count", [3, 4, 7])
def test_batches_leave_nothing_behind(clara, shop, monkeypatch, count):
    monkeypatch.setattr(services, "EXPIRY_BATCH", 2)
    for number in range(count):
        held(clara, [shop.kettle, shop.speaker][number % 2], key=str(number))
    lapse()
    assert expire() == f"{count} reservation(s) expired."
    assert stock() + stock("speaker") == 5 + 12 + count


def test_one_released_in_the_middle_of_a_run_is_not_given_back_twice(clara, shop, monkeypatch):
    services.reserve(user=clara, product=shop.kettle, quantity=2, key="k")
    lapse()
    close = services.close

    def rival_first(reservation, state):
        close(reservation, Reservation.State.RELEASED)
        return close(reservation, state)

    monkeypatch.setattr(services, "close", rival_first)
    assert expire() == "0 reservation(s) expired."
    assert stock() == 5
