"""What can be changed, by the same services as over REST. Every answer is a union of its success and its problems."""

import re
import uuid
from typing import Annotated, TypeVar, cast

import strawberry
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet

from demo_api.catalog import models, selectors, services
from demo_api.catalog.graphql import problems
from demo_api.catalog.graphql.context import Info
from demo_api.catalog.graphql.fields import write
from demo_api.catalog.graphql.inputs import CategoryChanges, CategoryInput, ProductChanges, ProductInput
from demo_api.catalog.graphql.problems import (
    InvalidInput,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    invalid_argument,
)
from demo_api.catalog.graphql.problems import PreconditionFailed as Changed
from demo_api.catalog.graphql.types import Category, Product, Reservation
from demo_api.catalog.graphql.versions import unchanged
from demo_api.nexus.problems import Problem
from demo_api.rest.policy import Who

Row = TypeVar("Row", bound=Model)
KEY = re.compile(r"[\x21-\x7e]{1,255}")  # as the Idempotency-Key header of the REST API


@strawberry.type(description="The reservation that this idempotency key stands for.")
class Reserved:
    reservation: Reservation
    replayed: bool = strawberry.field(description="Whether an earlier request with this key had made it.")


@strawberry.type(description="What was deleted.")
class Deleted:
    slug: str


Refused = InvalidInput | NotAuthenticated | PermissionDenied
CreateProductAnswer = Annotated[Product | Refused, strawberry.union("CreateProductAnswer")]
UpdateProductAnswer = Annotated[Product | Refused | NotFound | Changed, strawberry.union("UpdateProductAnswer")]
DeleteProductAnswer = Annotated[
    Deleted | Refused | NotFound | Changed | problems.ProductReserved, strawberry.union("DeleteProductAnswer")
]
CreateCategoryAnswer = Annotated[Category | Refused, strawberry.union("CreateCategoryAnswer")]
UpdateCategoryAnswer = Annotated[
    Category | Refused | NotFound | Changed | problems.CategoryCycle, strawberry.union("UpdateCategoryAnswer")
]
DeleteCategoryAnswer = Annotated[
    Deleted | Refused | NotFound | Changed | problems.CategoryInUse, strawberry.union("DeleteCategoryAnswer")
]
ReserveAnswer = Annotated[
    Reserved
    | InvalidInput
    | NotAuthenticated
    | problems.InsufficientStock
    | problems.ReservationLimit
    | problems.IdempotencyKeyReused,
    strawberry.union("ReserveAnswer"),
]
ReleaseAnswer = Annotated[Reservation | NotAuthenticated | NotFound, strawberry.union("ReleaseAnswer")]


@strawberry.type
class Mutation:
    # Reservations

    @write(who=Who.SIGNED_IN)
    def reserve(self, info: Info, product: str, quantity: int, idempotency_key: str) -> ReserveAnswer:
        """Takes stock and holds it for 15 minutes. The same key with the same request takes nothing more."""
        if not KEY.fullmatch(idempotency_key):
            raise invalid_argument("/idempotencyKey", "1 to 255 visible ASCII characters without spaces.")
        if not 1 <= quantity <= models.LARGEST_RESERVATION:
            raise invalid_argument("/quantity", f"From 1 to {models.LARGEST_RESERVATION}.", "range")
        wanted = models.Product.objects.filter(slug=product).first()  # whether it is for sale, the service decides
        if wanted is None:
            raise invalid_argument("/product", services.NO_SUCH_PRODUCT, "does_not_exist")
        user = cast(User, info.context.user)
        made, is_new = services.reserve(user=user, product=wanted, quantity=quantity, key=idempotency_key)
        return Reserved(reservation=cast(Reservation, made), replayed=not is_new)

    @write(who=Who.SIGNED_IN)
    def release(self, info: Info, id: strawberry.ID) -> ReleaseAnswer:
        """Gives the stock back. A reservation that is closed already stays as it is."""
        own = selectors.reservations_of(cast(User, info.context.user))
        reservation = named(own, "You have no reservation with this id.", uuid=as_uuid(id))
        return cast(Reservation, services.release(reservation=reservation))

    # Products

    @write(who=Who.STAFF, input="input")
    def create_product(self, info: Info, input: ProductInput) -> CreateProductAnswer:
        """A new product. Its picture is put afterwards, over REST."""
        return cast(Product, services.create_product(fields=input.fields()))

    @write(who=Who.STAFF, input="changes")
    def update_product(self, info: Info, slug: str, version: str, changes: ProductChanges) -> UpdateProductAnswer:
        """Sets the fields that are given and leaves the others as they are."""
        product = product_named(slug)
        changed = services.update_product(product=product, fields=changes.fields(), precondition=unchanged(version))
        return cast(Product, changed)

    @write(who=Who.STAFF)
    def delete_product(self, info: Info, slug: str, version: str) -> DeleteProductAnswer:
        """Deletes the product and its picture. Refused while active reservations hold it."""
        services.delete_product(product=product_named(slug), precondition=unchanged(version))
        return Deleted(slug=slug)

    # Categories

    @write(who=Who.STAFF, input="input")
    def create_category(self, info: Info, input: CategoryInput) -> CreateCategoryAnswer:
        """A new category, at the top or below a parent."""
        return cast(Category, services.create_category(fields=input.fields()))

    @write(who=Who.STAFF, input="changes")
    def update_category(self, info: Info, slug: str, version: str, changes: CategoryChanges) -> UpdateCategoryAnswer:
        """Sets the fields that are given. A new `parent` moves the category with all that stands below it."""
        category = category_named(slug)
        changed = services.update_category(category=category, fields=changes.fields(), precondition=unchanged(version))
        return cast(Category, changed)

    @write(who=Who.STAFF)
    def delete_category(self, info: Info, slug: str, version: str) -> DeleteCategoryAnswer:
        """Deletes an empty category. Refused while it holds products or categories."""
        services.delete_category(category=category_named(slug), precondition=unchanged(version))
        return Deleted(slug=slug)


# What a mutation is about -----------------------------------------------------------------------------------------


def product_named(slug: str) -> models.Product:
    return named(selectors.products(include_inactive=True), f"There is no product {slug!r}.", slug=slug)


def category_named(slug: str) -> models.Category:
    return named(selectors.categories(), f"There is no category {slug!r}.", slug=slug)


def named(queryset: QuerySet[Row], otherwise: str, **lookup: object) -> Row:
    """The one row. Raises Problem not-found, which says `otherwise`."""
    found = queryset.filter(**lookup).first()
    if found is None:
        raise Problem("not-found", otherwise)
    return found


def as_uuid(text: str) -> uuid.UUID | None:
    """The UUID that a text spells; None, which no row has, for any other text."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
