"""The objects of the schema, each bound to its model: the optimizer selects only the columns that are asked for."""

from collections.abc import Callable
from typing import Any, cast

import strawberry
import strawberry_django
from django.contrib.auth.models import User
from strawberry import auto
from strawberry.extensions import FieldExtension

from demo_api.catalog import models
from demo_api.catalog.graphql.context import Info
from demo_api.catalog.graphql.directives import ListSize
from demo_api.catalog.graphql.pages import ONE_PAGE, KeysetConnection, ProductOrdering, products_of_category
from demo_api.catalog.graphql.scalars import Money
from demo_api.catalog.graphql.versions import columns, version_of

Currency = strawberry.enum(models.Currency, description="ISO 4217 codes of the currencies a price may be in.")
ReservationState = strawberry.enum(models.Reservation.State, name="ReservationState")
SOME_CATEGORIES, A_FEW_BELOW = ListSize(assumed_size=10), ListSize(assumed_size=5)


class HideInactive(FieldExtension):
    """Gives null in place of a product that is not for sale, except to staff."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
        product = next_(source, info, **arguments)
        return product if product.is_active or info.context.is_staff else None


@strawberry_django.type(models.Category, description="A node of the tree that products hang on.")
class Category:
    slug: auto = strawberry_django.field(description="Names the category; never changes.")
    name: auto
    description: auto
    created_at: auto
    updated_at: auto

    @strawberry_django.field(only=columns(models.Category), description="Send it back with a write.")
    def version(self) -> str:
        return version_of(cast(models.Category, self))

    @strawberry.field(description="The category above; null at the top.")
    def parent(self, info: Info) -> "Category | None":
        return cast("Category | None", info.context.tree.parent(cast(models.Category, self)))

    @strawberry.field(description="The categories directly below, by name.", directives=[A_FEW_BELOW])
    def children(self, info: Info) -> list["Category"]:
        return cast("list[Category]", info.context.tree.children(cast(models.Category, self)))

    @strawberry.field(
        description="The products that hang on this category itself, not on those below it.", directives=[ONE_PAGE]
    )
    def products(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        ordering: ProductOrdering = ProductOrdering.CREATED_AT_DESC,
    ) -> KeysetConnection["Product"]:
        page = (first, after, last, before)
        return products_of_category(cast(models.Category, self), info, page, ordering)


@strawberry_django.type(models.Product, description="Something the shop sells.")
class Product:
    id: strawberry.ID = strawberry_django.field(field_name="uuid", description="A UUID.")
    slug: auto = strawberry_django.field(description="Names the product; never changes.")
    name: auto
    description: auto
    price: Money = strawberry_django.field(description="A decimal string.")
    currency: Currency  # type: ignore[valid-type]  # mypy takes it for a variable
    stock: auto = strawberry_django.field(description="How many are left to reserve.")
    is_active: auto = strawberry_django.field(description="Inactive products are shown to staff only.")
    category: Category
    created_at: auto
    updated_at: auto

    @strawberry_django.field(only=["image"], description="The picture's address; null without one.")
    def image(self, info: Info) -> str | None:
        product = cast(models.Product, self)
        return info.context.request.build_absolute_uri(product.image.url) if product.image else None

    @strawberry_django.field(
        only=["thumbnail"], description="The address of a picture of at most 320 pixels a side; null until it is made."
    )
    def thumbnail(self, info: Info) -> str | None:
        product = cast(models.Product, self)
        return info.context.request.build_absolute_uri(product.thumbnail.url) if product.thumbnail else None

    @strawberry_django.field(only=columns(models.Product), description="Send it back with a write.")
    def version(self) -> str:
        return version_of(cast(models.Product, self))


@strawberry_django.type(models.Reservation, description="Stock held for your account until a time.")
class Reservation:
    id: strawberry.ID = strawberry_django.field(field_name="uuid", description="A UUID.")
    quantity: auto
    state: ReservationState  # type: ignore[valid-type]  # mypy takes it for a variable
    created_at: auto
    expires_at: auto = strawberry_django.field(description="When the stock goes back by itself.")
    product: Product | None = strawberry_django.field(
        only=["product__is_active"],
        extensions=[HideInactive()],
        description="The product; null while it is not for sale.",
    )

    @strawberry_django.field(
        select_related=["product"],
        only=["product__slug"],
        description="The slug of the product, whatever became of it.",
    )
    def product_slug(self) -> str:
        return cast(models.Reservation, self).product.slug


@strawberry_django.type(User, description="The account that a token belongs to.")
class Account:
    username: auto
    email: auto
    is_staff: auto = strawberry_django.field(description="Whether the account may change the catalogue.")
    date_joined: auto
