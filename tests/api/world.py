"""The small world of these tests: a shop with two shelves, pictures made on the spot, and how an error must look."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from knox.models import AuthToken
from PIL import Image
from rest_framework.test import APIClient

from demo_api.catalog.models import Category, Product, Reservation
from demo_api.imports import services as imports
from demo_api.imports.models import Import
from demo_api.nexus.problem_types import PROBLEM_TYPES

PRODUCTS = "/api/v1/products/"
CATEGORIES = "/api/v1/categories/"
RESERVATIONS = "/api/v1/reservations/"
IMPORTS = "/api/v1/imports/"
PRODUCTS_CSV = "/api/v1/exports/products.csv"
AUTH = "/api/v1/auth/"
OPENED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"

# The shop ---------------------------------------------------------------------------------------------------------


@dataclass
class Shop:
    """Coffee stands below kitchen, audio beside it. The grinder is sold out; the prototype is for staff's eyes."""

    kitchen: Category
    coffee: Category
    audio: Category
    kettle: Product
    grinder: Product
    speaker: Product
    prototype: Product


def open_shop() -> Shop:
    kitchen = Category.objects.create(slug="kitchen", name="Kitchen")
    coffee = Category.objects.create(slug="coffee", name="Coffee", parent=kitchen)
    audio = Category.objects.create(slug="audio", name="Audio")
    return Shop(
        kitchen=kitchen,
        coffee=coffee,
        audio=audio,
        kettle=product("kettle", coffee, name="Heron Kettle", price="79.00", stock=5, day=1),
        grinder=product("grinder", coffee, name="Pivot Grinder", price="129.50", stock=0, day=2),
        speaker=product("speaker", audio, name="Lagoon Speaker", price="59.90", stock=12, day=3),
        prototype=product("prototype", audio, name="Secret Prototype", price="1.00", day=4, is_active=False),
    )


def product(slug: str, category: Category, *, day: int = 0, price: str = "10.00", **fields: Any) -> Product:
    """A saved product that was made so many days after the shop opened."""
    fields = {"name": slug.title(), "stock": 3, "created_at": OPENED + timedelta(days=day)} | fields
    return Product.objects.create(slug=slug, category=category, price=Decimal(price), **fields)


def fill(category: Category, count: int) -> None:
    """So many more products, with prices and names that repeat, as they do in a real shop."""
    Product.objects.bulk_create(
        Product(
            slug=f"item-{number}",
            name=f"Item {number % 7}",
            price=Decimal(number % 5),
            stock=number % 3,
            category=category,
            created_at=OPENED + timedelta(hours=number // 2),
        )
        for number in range(count)
    )


# Callers ----------------------------------------------------------------------------------------------------------


def person(username: str, **fields: Any) -> User:
    return User.objects.create_user(username, password=PASSWORD, **fields)


def client_of(user: User | None) -> APIClient:
    """A client that sends the account's bearer token with every request."""
    client = APIClient()
    if user:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=user)[1]}")
    return client


def etag(client: APIClient, path: str) -> dict[str, str]:
    """The `If-Match` header that a write to this address needs now."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    return {"If-Match": response["ETag"]}


def reserve(client: APIClient, slug: str, quantity: int = 1, key: str = "key-1") -> Any:
    body = {"product": slug, "quantity": quantity}
    return client.post(RESERVATIONS, body, headers={"Idempotency-Key": key})


def held(user: User, product: Product, *, key: str, quantity: int = 1, minutes: int = 15) -> Reservation:
    """A reservation as it stands in the database; the stock is not touched."""
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    return Reservation.objects.create(
        user=user, product=product, quantity=quantity, idempotency_key=key, expires_at=expires
    )


def send_csv(client: APIClient, text: str | bytes, key: str = "file-1") -> Any:
    """POST of a CSV file; nothing runs it."""
    body: Any = text.encode() if isinstance(text, str) else text
    return client.generic("POST", IMPORTS, body, "text/csv", headers={"Idempotency-Key": key})


def queued_import(client: APIClient, text: str | bytes, key: str = "file-1") -> Import:
    response = send_csv(client, text, key)
    assert response.status_code == 202, response.content
    return Import.objects.get(uuid=response.json()["id"])


def run_import(client: APIClient, text: str | bytes, key: str = "file-1") -> dict[str, Any]:
    """Sends a CSV file, runs its import as a worker would, and gives the resource as it is then."""
    job = queued_import(client, text, key)
    imports.run(str(job.uuid))
    document: dict[str, Any] = client.get(f"{IMPORTS}{job.uuid}/").json()
    return document


# Answers ----------------------------------------------------------------------------------------------------------


def slugs(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["slug"] for row in response.json()["results"]]


def problem(response: Any, status: int, slug: str) -> dict[str, Any]:
    """Asserts that this is the problem document of that type, whole and consistent, and gives it."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    document: dict[str, Any] = response.json()
    kind = PROBLEM_TYPES[slug]
    assert document["type"] == f"/api/problems/{slug}/"
    assert (document["status"], document["title"]) == (status, kind.title) == (kind.status, kind.title)
    assert document["detail"]
    assert document["instance"].startswith("/")
    assert document["request_id"] == response["X-Request-ID"]
    for error in document.get("errors", []):
        assert len(error.keys() & {"pointer", "parameter", "header"}) == 1
        assert error["detail"]
        assert error["code"]
    return document


def pointers(document: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in document["errors"]]


def parameters(document: dict[str, Any]) -> list[str]:
    return [error["parameter"] for error in document["errors"]]


# Pictures ---------------------------------------------------------------------------------------------------------


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: Any) -> bytes:
    """A real picture, as Pillow writes it."""
    written = BytesIO()
    Image.new(mode, size, "teal").save(written, kind, **options)
    return written.getvalue()


def upload(client: APIClient, slug: str, data: bytes, name: str = "photo.png", **headers: str) -> Any:
    """PUT of a product's picture; without `If-Match` given, for whatever version it is now."""
    sent = {"If-Match": "*"} | {key.replace("_", "-"): value for key, value in headers.items()}
    file = SimpleUploadedFile(name, data)
    return client.put(f"{PRODUCTS}{slug}/image/", {"image": file}, format="multipart", headers=sent)


def stored_files() -> list[str]:
    """Every file that a request could have stored: pictures, and files to import."""
    return [*files_below(Path(settings.MEDIA_ROOT)), *import_files()]


def import_files() -> list[str]:
    return files_below(Path(storages["imports"].path("")))


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


# Nothing changed --------------------------------------------------------------------------------------------------


STATIC = {"contenttypes.ContentType", "auth.Permission", "auth.Group"}  # written by migrations only


@cache
def tables() -> list[str]:
    """The tables that a request could write to."""
    models = apps.get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models if model._meta.label not in STATIC)


def rows() -> Iterator[str]:
    """Asked of the tables themselves: through the models it would take half of the time of a test."""
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # our own names
            yield table
            yield from sorted(map(repr, cursor.fetchall()))


def fingerprint() -> str:
    """A digest of every row that a request could write, and of every stored file's name: equal, nothing has changed."""
    return hashlib.sha256("\n".join([*rows(), *stored_files()]).encode()).hexdigest()
