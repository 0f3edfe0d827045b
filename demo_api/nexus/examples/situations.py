"""What is so before a recorded request is made: each situation holds while its `with` block runs, and gives values."""

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import Client, override_settings
from knox.models import AuthToken

from demo_api.catalog import services
from demo_api.catalog.models import Category, Product, Reservation
from demo_api.imports import services as imports
from demo_api.imports.models import Import
from demo_api.nexus.examples.exchange import CUSTOMER, STAFF
from demo_api.nexus.examples.imports import FILE_KEY, MUGS_FILE
from demo_api.nexus.examples.reservations import KEY, MUGS

SERVER: dict[str, Any] = {"HTTP_HOST": "127.0.0.1:8000"}  # where the examples are asked
Values = dict[str, str]  # `token` is sent with the request; the others fill the placeholders of its path or body


@contextmanager
def nothing_special() -> Iterator[Values]:
    yield {}


@contextmanager
def a_cursor() -> Iterator[Values]:
    """`cursor`: the end of the first page of two products."""
    page = Client(**SERVER).get("/api/v1/products/?page_size=2").json()
    yield {"cursor": parse_qs(urlsplit(page["next"]).query)["cursor"][0]}


@contextmanager
def a_revoked_token() -> Iterator[Values]:
    record, token = AuthToken.objects.create(user=User.objects.get(username=CUSTOMER))
    record.delete()
    yield {"token": token}


@contextmanager
def a_category() -> Iterator[Values]:
    """An empty category `tea`."""
    services.create_category(fields={"name": "Tea", "parent": Category.objects.get(slug="coffee-and-tea")})
    yield {}


def reserve(key: str, quantity: int) -> Reservation:
    user, product = User.objects.get(username=CUSTOMER), Product.objects.get(slug=MUGS["product"])
    return services.reserve(user=user, product=product, quantity=quantity, key=key)[0]


@contextmanager
def a_reservation() -> Iterator[Values]:
    """`reservation`: the one that the first request with the usual key made."""
    yield {"reservation": str(reserve(KEY["Idempotency-Key"], MUGS["quantity"]).uuid)}


@contextmanager
def twenty_reservations() -> Iterator[Values]:
    for number in range(services.ACTIVE_RESERVATIONS):
        reserve(f"order-{number}", 1)
    yield {}


@contextmanager
def a_large_body() -> Iterator[Values]:
    yield {"large": json.dumps({"description": "x" * (70_000 - len('{"description": ""}'))})}


@contextmanager
def a_full_disk() -> Iterator[Values]:
    """Of the media: no machine's own disk can be filled for an example."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with patch.object(FileSystemStorage, "save", side_effect=full):
        yield {}


@contextmanager
def a_locked_database() -> Iterator[Values]:
    """Another program is writing, and does not come to an end."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")  # milliseconds: nothing is gained by waiting for it
    with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield {}


@contextmanager
def a_database_away() -> Iterator[Values]:
    """A folder stands where the database file was, so that nothing can be opened there."""
    file = Path(settings.DATABASES["default"]["NAME"])
    aside = file.with_name("aside.sqlite3")
    connection.close()
    file.rename(aside)
    file.mkdir()
    try:
        yield {}
    finally:
        connection.close()
        file.rmdir()
        aside.rename(file)


@contextmanager
def a_full_minute() -> Iterator[Values]:
    """This minute's requests have been made: every further one is one too many."""
    with override_settings(THROTTLE_RATES=dict.fromkeys(settings.THROTTLE_RATES, 0)):
        yield {}


@contextmanager
def a_missing_migration() -> Iterator[Values]:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    yield {}


def import_of(text: str, key: str) -> Import:
    user, content = User.objects.get(username=STAFF), text.encode()
    return imports.start(user=user, stream=BytesIO(content), size=len(content), key=key)[0]


@contextmanager
def an_import() -> Iterator[Values]:
    """`import`: the one that the usual file asked for; nothing has run it yet."""
    yield {"import": str(import_of(MUGS_FILE, FILE_KEY["Idempotency-Key"]).uuid)}


@contextmanager
def a_finished_import() -> Iterator[Values]:
    """`import`: the usual file's, with a row that was refused."""
    job = import_of(MUGS_FILE, FILE_KEY["Idempotency-Key"])
    imports.run(str(job.uuid))
    yield {"import": str(job.uuid)}


@contextmanager
def a_full_queue() -> Iterator[Values]:
    for number in range(settings.IMPORT_QUEUE_LIMIT):
        import_of(MUGS_FILE, f"file-{number}")
    yield {}


@contextmanager
def a_cancelled_import_and_a_full_queue() -> Iterator[Values]:
    """`import`: the cancelled one."""
    job = imports.cancel(job=import_of(MUGS_FILE, "cancelled"))
    with a_full_queue():
        yield {"import": str(job.uuid)}


SITUATIONS: dict[str, Callable[[], AbstractContextManager[Values]]] = {
    "": nothing_special,
    "a body of 70,000 bytes": a_large_body,
    "a category": a_category,
    "a cursor": a_cursor,
    "a cancelled import, a full queue": a_cancelled_import_and_a_full_queue,
    "a database that is away": a_database_away,
    "a finished import": a_finished_import,
    "a full disk": a_full_disk,
    "a full queue": a_full_queue,
    "a locked database": a_locked_database,
    "a missing migration": a_missing_migration,
    "a reservation": a_reservation,
    "a revoked token": a_revoked_token,
    "an import": an_import,
    "as many requests as a minute allows": a_full_minute,
    "twenty reservations": twenty_reservations,
}


@contextmanager
def situation(given: str) -> Iterator[Values]:
    """The situations that `given` names, joined by "and"; gives the values of all of them."""
    with ExitStack() as stack:
        values: Values = {}
        for name in given.split(" and "):
            values |= stack.enter_context(SITUATIONS[name]())
        yield values
