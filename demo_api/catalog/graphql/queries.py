"""What can be read. Each field says who may ask (`fields.py`)."""

from typing import cast

import strawberry
from django.contrib.auth.models import User

from demo_api.catalog import selectors
from demo_api.catalog.graphql.context import Info
from demo_api.catalog.graphql.fields import read
from demo_api.catalog.graphql.inputs import ProductFilter
from demo_api.catalog.graphql.pages import ONE_PAGE, KeysetConnection, ProductOrdering, connection, optimized_one
from demo_api.catalog.graphql.types import SOME_CATEGORIES, Account, Category, Product, Reservation
from demo_api.rest.policy import Who


@strawberry.type
class Query:
    @read(who=Who.ANYONE, size=ONE_PAGE)
    def products(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: ProductFilter | None = None,
        ordering: ProductOrdering = ProductOrdering.CREATED_AT_DESC,
    ) -> KeysetConnection[Product]:
        """Active products, a page at a time, newest first; staff see inactive ones too."""
        narrowing = filter or ProductFilter()
        visible = selectors.products(include_inactive=info.context.is_staff)
        return connection(
            selectors.filtered_products(visible, **narrowing.checked()),
            info,
            (first, after, last, before),
            ordering=ordering.value,
            listed=["products", *narrowing.facts()],
        )

    @read(who=Who.ANYONE)
    def product(self, info: Info, slug: str) -> Product | None:
        """One product by its slug; null when there is none that you may see."""
        visible = selectors.products(include_inactive=info.context.is_staff)
        return cast("Product | None", optimized_one(visible.filter(slug=slug), info))

    @read(who=Who.ANYONE, size=SOME_CATEGORIES)
    def categories(self, info: Info) -> list[Category]:
        """The categories at the top, by name; `children` leads down. The whole tree costs one query."""
        return cast("list[Category]", info.context.tree.top())

    @read(who=Who.ANYONE)
    def category(self, info: Info, slug: str) -> Category | None:
        """One category by its slug; null when there is none."""
        return cast("Category | None", optimized_one(selectors.categories().filter(slug=slug), info))

    @read(who=Who.SIGNED_IN, size=ONE_PAGE)
    def reservations(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> KeysetConnection[Reservation] | None:
        """Your own reservations, newest first, whatever became of them."""
        user = cast(User, info.context.user)
        page = (first, after, last, before)
        own = selectors.reservations_of(user)
        return connection(own, info, page, ordering="-created_at", listed=["reservations", user.pk])

    @read(who=Who.SIGNED_IN)
    def me(self, info: Info) -> Account | None:
        """The account that the token belongs to."""
        return cast(Account, info.context.user)
