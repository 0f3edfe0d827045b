"""Many buyers at once, on a database that lets them: the rule holds, and the naive way shows that the test can fail."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from demo_api.catalog import errors, services
from demo_api.catalog.models import Category, Product, Reservation

BUYERS, THREADS, STOCK = 40, 5, 10  # a thread each, and the test itself: six connections, which is the pool

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="SQLite has one writer at a time: buyers cannot meet in the middle"
    ),
]


@pytest.fixture
def kettle():
    category = Category.objects.create(slug="kitchen", name="Kitchen")
    return Product.objects.create(slug="kettle", name="Kettle", price="79", stock=STOCK, category=category)


def run(count: int, buy: Callable[[int], bool]) -> int:
    """Runs `buy` in THREADS threads that start together. Gives how many purchases succeeded."""
    start = threading.Barrier(THREADS)

    def buyer(numbers: range) -> int:
        try:
            start.wait(timeout=10)
            return sum(buy(number) for number in numbers)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(buyer, [range(first, count, THREADS) for first in range(THREADS)]))


def buy_naively(product: Product) -> bool:
    """Read, look, write back: what everybody writes first."""
    with transaction.atomic():
        current = Product.objects.get(pk=product.pk)
        if current.stock < 1:
            return False
        time.sleep(0.002)  # the rest of a request
        Product.objects.filter(pk=product.pk).update(stock=current.stock - 1)
        return True


def reserve(user: User, product: Product, key: str) -> bool:
    try:
        return services.reserve(user=user, product=product, quantity=1, key=key)[1]
    except (errors.InsufficientStock, errors.ReservationLimit):
        return False


def test_reading_and_writing_back_oversells(kettle):
    """The control: without it, nobody would know whether these buyers ever meet."""
    assert run(BUYERS, lambda number: buy_naively(kettle)) > STOCK


def test_a_conditional_update_sells_exactly_what_there_is(kettle):
    users = [User.objects.create(username=f"buyer-{number}") for number in range(BUYERS)]

    assert run(BUYERS, lambda number: reserve(users[number], kettle, "k")) == STOCK

    kettle.refresh_from_db()
    assert kettle.stock == 0
    assert Reservation.objects.count() == STOCK


def test_one_request_sent_by_many_at_once_takes_stock_once(kettle):
    clara = User.objects.create(username="clara")
    assert run(16, lambda number: reserve(clara, kettle, "order-17")) == 1
    kettle.refresh_from_db()
    assert kettle.stock == STOCK - 1


def test_requests_at_once_do_not_pass_the_limit_of_an_account(kettle, monkeypatch):
    monkeypatch.setattr(services, "ACTIVE_RESERVATIONS", 3)
    clara = User.objects.create(username="clara")
    assert run(16, lambda number: reserve(clara, kettle, f"key-{number}")) == 3


def test_two_expiry_runs_at_once_give_back_once(kettle):
    clara = User.objects.create(username="clara")
    for number in range(8):
        services.reserve(user=clara, product=kettle, quantity=1, key=str(number))
    Reservation.objects.update(expires_at="2026-01-01T00:00:00Z")

    assert run(THREADS, lambda number: services.expire_reservations()) == 8  # type: ignore[arg-type,return-value]

    kettle.refresh_from_db()
    assert kettle.stock == STOCK
