"""The representations of the catalogue: what is read, and what may be written."""

from decimal import Decimal
from typing import Any

from django.db.models.fields.files import FieldFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from demo_api.catalog.images import LARGEST_FILE, THUMBNAIL_SIDE
from demo_api.catalog.models import (
    HIGHEST_PRICE,
    HIGHEST_STOCK,
    LARGEST_RESERVATION,
    Category,
    Currency,
    Product,
    Reservation,
    slug_validator,
)
from demo_api.catalog.services import NO_SUCH_PRODUCT
from demo_api.rest.fields import MomentField, StrictSerializer

# Reading ----------------------------------------------------------------------------------------------------------


class CategorySerializer(serializers.Serializer[Category]):
    slug = serializers.SlugField(read_only=True)
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    parent = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="The slug of the category above; null at the top."
    )
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)

    def get_parent(self, category: Category) -> str | None:
        return category.parent.slug if category.parent else None


class CategoryLinkSerializer(serializers.Serializer[Category]):
    slug = serializers.SlugField(read_only=True)
    name = serializers.CharField(read_only=True)


class ProductSerializer(serializers.Serializer[Product]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    slug = serializers.SlugField(read_only=True, help_text="Names the product in addresses; never changes.")
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    price = serializers.DecimalField(max_digits=9, decimal_places=2, read_only=True, help_text="A decimal string.")
    currency = serializers.ChoiceField(choices=Currency.choices, read_only=True)
    stock = serializers.IntegerField(read_only=True, help_text="How many are left to reserve.")
    is_active = serializers.BooleanField(read_only=True, help_text="Inactive products are shown to staff only.")
    image = serializers.SerializerMethodField(help_text="The picture's address; null without one.")
    thumbnail = serializers.SerializerMethodField(
        help_text=f"The address of a WebP of at most {THUMBNAIL_SIDE} pixels a side. It is made after an upload, "
        "usually within a second; null until then, and for the seeded pictures, which are small already."
    )
    category = CategoryLinkSerializer(read_only=True)
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_image(self, product: Product) -> str | None:
        return self.address(product.image)

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_thumbnail(self, product: Product) -> str | None:
        return self.address(product.thumbnail)

    def address(self, file: FieldFile) -> str | None:
        return str(self.context["request"].build_absolute_uri(file.url)) if file else None


class ReservationSerializer(serializers.Serializer[Reservation]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    product = serializers.SlugField(source="product.slug", read_only=True, help_text="The product's slug.")
    quantity = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=Reservation.State.choices, read_only=True)
    created_at = MomentField(read_only=True)
    expires_at = MomentField(read_only=True, help_text="When the stock goes back by itself.")


def page_of(serializer: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """The schema of one page of a list."""
    fields = {
        "next": serializers.URLField(allow_null=True, read_only=True, help_text="The next page; null on the last."),
        "previous": serializers.URLField(allow_null=True, read_only=True, help_text="The page before."),
        "results": serializer(many=True, read_only=True),
    }
    return type(name, (serializers.Serializer,), fields)


ProductPageSerializer = page_of(ProductSerializer, "ProductPageSerializer")
CategoryPageSerializer = page_of(CategorySerializer, "CategoryPageSerializer")
ReservationPageSerializer = page_of(ReservationSerializer, "ReservationPageSerializer")

# Writing ----------------------------------------------------------------------------------------------------------


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "object",
                "required": ["slug"],
                "properties": {"slug": {"type": "string"}, "name": {"type": "string"}},
            },
        ]
    }
)
class CategoryReference(serializers.SlugRelatedField[Category]):
    """A category's slug; the object that a product shows is accepted too, so that what was read can be written."""

    def __init__(self, **kwargs: Any) -> None:
        messages: dict[str, Any] = {
            "does_not_exist": "There is no category with this slug.",
            "invalid": "Give a category's slug.",
        }
        super().__init__(
            slug_field="slug", queryset=Category.objects.select_related("parent"), error_messages=messages, **kwargs
        )

    def to_internal_value(self, data: Any) -> Category:
        if isinstance(data, dict):
            data = data.get("slug")
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ImmutableSlug(serializers.CharField):
    """A slug that a new row may choose, and that an old one keeps: addresses do not change."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, validators=[slug_validator], required=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        current = getattr(self.parent, "instance", None)
        if current is not None and value != current.slug:
            raise serializers.ValidationError("A slug cannot be changed: addresses would break.", code="immutable")
        return value


class CategoryWriteSerializer(StrictSerializer):
    read_only_members = frozenset({"created_at", "updated_at"})

    slug = ImmutableSlug(help_text="Without one, it is made from the name.")
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)
    parent = CategoryReference(  # type: ignore[assignment]
        required=False, default=None, allow_null=True
    )


class ProductWriteSerializer(StrictSerializer):
    read_only_members = frozenset({"id", "image", "thumbnail", "created_at", "updated_at"})

    slug = ImmutableSlug(help_text="Without one, it is made from the name.")
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    price = serializers.DecimalField(
        max_digits=9, decimal_places=2, min_value=Decimal(0), max_value=Decimal(HIGHEST_PRICE)
    )
    currency = serializers.ChoiceField(choices=Currency.choices, required=False, default=Currency.EUR)
    stock = serializers.IntegerField(min_value=0, max_value=HIGHEST_STOCK, required=False, default=0)
    is_active = serializers.BooleanField(required=False, default=True)
    category = CategoryReference()

    def validate_price(self, price: Decimal) -> Decimal:
        return price + 0  # -0.00 becomes 0.00, as the database would give it back


class ReservationWriteSerializer(StrictSerializer):
    product = serializers.SlugRelatedField[Product](
        slug_field="slug",
        queryset=Product.objects.all(),  # whether it is for sale, the service decides
        error_messages={"does_not_exist": NO_SUCH_PRODUCT, "invalid": "Give a product's slug."},
    )
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_RESERVATION)


class ImageSerializer(serializers.Serializer[Any]):
    image = serializers.FileField(
        max_length=255, help_text=f"A JPEG, PNG or still WebP image of at most {LARGEST_FILE // 1024 // 1024} MiB."
    )
