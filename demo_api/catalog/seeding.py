"""The seeded catalogue: the curated one, the same on every machine, and as many generated products as asked for.

Both add what is missing and touch nothing that is there, so seeding twice changes nothing.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from demo_api.catalog.models import Category, Product, Timestamped

FOLDER = Path(__file__).with_name("seed")
BATCH = 2000  # products inserted in one transaction: what bounds the memory, however many are asked for
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
Row = TypeVar("Row", bound=Timestamped)
ACCOUNTS = {"demo-staff": ("demo-staff-password", True), "demo": ("demo-password", False)}

# The curated catalogue --------------------------------------------------------------------------------------------


@transaction.atomic
def seed_catalogue() -> int:
    """Adds the curated categories, products and pictures that are missing. Gives how many products it added."""
    curated = json.loads((FOLDER / "catalogue.json").read_text("utf-8"))
    pictures = {entry["slug"]: stored_picture(entry["picture"]) for entry in curated["products"]}
    known = {category.slug: category for category in Category.objects.all()}
    for entry in curated["categories"]:
        if entry["slug"] not in known:
            category = stamped(Category(**entry | {"parent": known.get(entry["parent"])}), SINCE)
            Category.objects.bulk_create([category])  # not save(), which would set the time to now
            known[category.slug] = category
    present = set(
        Product.objects.values_list("slug", flat=True).filter(slug__in=[p["slug"] for p in curated["products"]])
    )
    missing = [entry for entry in curated["products"] if entry["slug"] not in present]
    Product.objects.bulk_create([curated_product(e, known, pictures[e["slug"]]) for e in missing])
    return len(missing)


def curated_product(entry: dict[str, Any], categories: dict[str, Category], picture: str) -> Product:
    created = datetime.fromisoformat(entry["created_at"])
    product = Product(
        slug=entry["slug"],
        uuid=uuid_of(entry["slug"]),
        name=entry["name"],
        description=entry["description"],
        price=Decimal(entry["price"]),
        currency=entry["currency"],
        stock=entry["stock"],
        is_active=entry["is_active"],
        category=categories[entry["category"]],
        image=picture,
    )
    return stamped(product, created)


def stored_picture(name: str) -> str:
    """The picture's name in the storage, where it is put if it is not there yet."""
    stored = f"products/seed/{name}"
    if not default_storage.exists(stored):
        default_storage.save(stored, ContentFile((FOLDER / "pictures" / name).read_bytes()))
    return stored


def stamped(row: Row, created: datetime) -> Row:
    """The row with times that are the same on every machine."""
    row.created_at = row.updated_at = created
    return row


def uuid_of(slug: str) -> UUID:
    """A seeded product's id, the same on every machine."""
    return uuid5(NAMESPACE_URL, f"nexus/products/{slug}")


def seed_accounts() -> int:
    """The demo accounts, for a machine of one's own. Their passwords are public, so production gets none."""
    if settings.ENVIRONMENT == "production":
        return 0
    made = 0
    for username, (password, is_staff) in ACCOUNTS.items():
        if not User.objects.filter(username=username).exists():
            User.objects.create_user(username, password=password, is_staff=is_staff, is_superuser=is_staff)
            made += 1
    return made


# Generated products -----------------------------------------------------------------------------------------------

QUALITIES = [
    "Small",
    "Large",
    "Light",
    "Sturdy",
    "Folding",
    "Quiet",
    "Warm",
    "Plain",
    "Slim",
    "Double",
    "Round",
    "Tall",
]
MATERIALS = ["Oak", "Linen", "Steel", "Copper", "Cork", "Wool", "Glass", "Ash", "Cotton", "Brass", "Leather", "Clay"]
THINGS = ["Lamp", "Bag", "Bowl", "Chair", "Tray", "Blanket", "Jug", "Shelf", "Stool", "Basket", "Hook", "Box", "Mat"]


def seed_generated(count: int, progress: Callable[[int], Any] = lambda done: None) -> int:
    """Sees to it that generated products 1 to `count` exist, in bounded memory. Gives how many were added.

    `progress` is called with the number of products dealt with since the last call.
    """
    # Sorted here: each database has an order of its own for text.
    leaves = [pk for _, pk in sorted(Category.objects.filter(children=None).values_list("slug", "pk"))]
    before = Product.objects.count()
    for numbers in batches(count):
        slugs = [slug_of(number) for number in numbers]
        present = set(Product.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        missing = [generated_product(n, leaves) for n in numbers if slug_of(n) not in present]
        Product.objects.bulk_create(missing, ignore_conflicts=True)
        progress(len(numbers))
    return Product.objects.count() - before


def batches(count: int) -> Iterator[range]:
    for start in range(1, count + 1, BATCH):
        yield range(start, min(start + BATCH, count + 1))


def slug_of(number: int) -> str:
    return f"generated-{number:07}"


def generated_product(number: int, leaves: list[int]) -> Product:
    """Product `number`: everything about it follows from its number, by a hash, so it is the same everywhere."""
    chance = blake2b(str(number).encode(), digest_size=8).digest()
    quality, material, thing = (
        words[byte % len(words)] for words, byte in zip((QUALITIES, MATERIALS, THINGS), chance, strict=False)
    )
    cents = 300 + int.from_bytes(chance[3:6], "big") % 150_000
    product = Product(
        slug=slug_of(number),
        uuid=uuid_of(slug_of(number)),
        name=f"{quality} {material} {thing} {number}",
        description=f"A generated product for measuring: a {quality.lower()} {thing.lower()} of {material.lower()}.",
        price=Decimal(cents) / 100,
        stock=chance[6] % 40,
        category_id=leaves[chance[7] % len(leaves)],
    )
    return stamped(product, SINCE + timedelta(seconds=30 * number))
