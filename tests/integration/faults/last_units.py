"""A program for test_last_units.py: many threads buy one product at once, and it prints how many got one.

`python -m tests.integration.faults.last_units <way> <threads> <stock>`, on the database that the settings name.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import django
from django.db import OperationalError, connection, transaction

django.setup()

from django.contrib.auth.models import User  # noqa: E402 (needs the applications)

from demo_api.catalog import errors, services  # noqa: E402
from demo_api.catalog.models import Category, Product, Reservation  # noqa: E402


def reserve(user: User, product: Product) -> bool:
    """As the API does it."""
    try:
        return services.reserve(user=user, product=product, quantity=1, key="the last one")[1]
    except errors.InsufficientStock:
        return False


def buy_naively(user: User, product: Product) -> bool:
    """Read, look, change, write back: what everybody writes first. Inside a transaction, and wrong all the same."""
    with transaction.atomic():
        current = Product.objects.get(pk=product.pk)
        if current.stock < 1:
            return False
        time.sleep(0.005)  # the rest of a request
        current.stock -= 1
        current.save(update_fields=["stock"])
        return True


WAYS = {"reserve": reserve, "naive": buy_naively}


def main(way: Callable[[User, Product], bool], threads: int, stock: int) -> dict[str, int]:
    """Sells a product of its own; gives how many were sold, what is left, and the reservations there are."""
    name = f"last-units-{time.time_ns()}"
    category = Category.objects.create(slug=name, name=name)
    product = Product.objects.create(slug=name, name=name, price=1, stock=stock, category=category)
    users = [User.objects.create(username=f"{name}-{number}") for number in range(threads)]
    start = threading.Barrier(threads)

    def buyer(user: User) -> bool:
        try:
            connect()
            start.wait(timeout=60)
            return way(user, product)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        sold = sum(pool.map(buyer, users))
    product.refresh_from_db()
    return {"sold": sold, "left": product.stock, "reservations": Reservation.objects.filter(product=product).count()}


def connect() -> None:
    """Takes a connection before the race; so many at once take the pool a moment to make."""
    for _ in range(20):
        try:
            return connection.ensure_connection()
        except OperationalError:
            time.sleep(0.1)
    raise TimeoutError("the pool never gave a connection")


if __name__ == "__main__":
    print(json.dumps(main(WAYS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3]))))
