"""What the catalogue keeps. The rules that must always hold are constraints of the database, not only of the code."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from demo_api.catalog.images import validate_image_file
from demo_api.catalog.version import CatalogueQuerySet, CatalogueVersion, catalogue_changed

__all__ = ["CatalogueVersion", "Category", "Currency", "Deletion", "Product", "Reservation"]

HIGHEST_PRICE = 9_999_999
HIGHEST_STOCK = 1_000_000
LARGEST_RESERVATION = 100

slug_validator = RegexValidator(
    r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", "Lower-case letters a-z, digits and single hyphens between them."
)


class Currency(models.TextChoices):
    """ISO 4217 codes of the currencies a price may be in."""

    EUR = "EUR", "Euro"
    GBP = "GBP", "Pound sterling"
    USD = "USD", "US dollar"


class Timestamped(models.Model):
    """When a row was made and last changed (UTC). `save()` moves `updated_at`; bulk writes set it themselves."""

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.updated_at = timezone.now()
        super().save(*args, **kwargs)


class CatalogueRow(Timestamped):
    """A row that the catalogue shows: writing it, alone or with others, moves the catalogue's version."""

    objects = models.Manager.from_queryset(CatalogueQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        catalogue_changed()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        catalogue_changed()
        return deleted


class Category(CatalogueRow):
    """A node of the tree that products hang on. A cycle is impossible: a trigger of the database refuses it."""

    slug = models.SlugField(max_length=80, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=120, validators=[MinLengthValidator(1)])
    description = models.TextField(max_length=1000, blank=True, default="")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "categories"
        indexes = [models.Index(F("name"), F("id"), name="category_name")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="category_is_not_its_own_parent",
                violation_error_message="A category cannot be its own parent.",
            )
        ]

    def __str__(self) -> str:
        return self.name


def image_path(instance: "Product", filename: str) -> str:
    """Where an uploaded image goes: a name of our own, of which only the (checked) extension is the caller's."""
    return f"products/{uuid.uuid4().hex}{Path(filename).suffix.lower()}"


class Product(CatalogueRow):
    """Something the shop sells. Stock moves only by `services.take_stock` and `return_stock`, or by staff."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=80, unique=True, validators=[slug_validator])
    name = models.CharField(max_length=120, validators=[MinLengthValidator(1)])
    description = models.TextField(max_length=2000, blank=True, default="")
    price = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_PRICE)]
    )
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.EUR)
    stock = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(HIGHEST_STOCK)])
    is_active = models.BooleanField(default=True, help_text="Inactive products are shown to staff only.")
    # A FileField, not an ImageField: the same code runs where Pillow does not exist, with one validator everywhere.
    image = models.FileField(upload_to=image_path, blank=True, max_length=120, validators=[validate_image_file])
    # Made by a task after the picture came, and empty until then: see services.make_thumbnail.
    thumbnail = models.FileField(blank=True, default="", db_default="", max_length=120, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products", db_index=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        # One index for each ordering the list offers, ending in the id that breaks ties, with and without a category.
        indexes = [
            models.Index(fields=["created_at", "id"], name="product_created"),
            models.Index(fields=["price", "id"], name="product_price"),
            models.Index(fields=["name", "id"], name="product_name"),
            models.Index(fields=["category", "created_at", "id"], name="product_category_created"),
            models.Index(fields=["category", "price", "id"], name="product_category_price"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(stock__gte=0) & Q(stock__lte=HIGHEST_STOCK), name="product_stock_is_in_range"
            ),
            models.CheckConstraint(condition=Q(currency__in=Currency.values), name="product_currency_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Reservation(Timestamped):
    """Stock held for one account until `expires_at`. Closing it, by release or expiry, gives the stock back once."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        RELEASED = "released", "Released"
        EXPIRED = "expired", "Expired"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reservations")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LARGEST_RESERVATION)])
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    expires_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=255, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="active"), name="reservation_to_expire"),
            models.Index(fields=["user", "created_at", "id"], name="reservation_of_user"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="reservation_once_for_a_key"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=LARGEST_RESERVATION),
                name="reservation_quantity_is_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "released", "expired"]), name="reservation_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id} for {self.user_id} ({self.state})"


class Deletion(models.Model):
    """That something was deleted, and when: without it a list could not say when it last changed."""

    kind = models.CharField(max_length=20)
    slug = models.SlugField(max_length=80)
    deleted_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-deleted_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"
