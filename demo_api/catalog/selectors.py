"""Reads. Each gives a queryset, or a value, that brings all it shows: query counts never depend on rows."""

from datetime import UTC, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Max, Q, QuerySet

from demo_api.catalog.models import Category, Deletion, Product, Reservation

MOST_SEARCH_WORDS = 8
LONGEST_SEARCH = 100  # characters

# Products ---------------------------------------------------------------------------------------------------------


def products(*, include_inactive: bool = False) -> QuerySet[Product]:
    """Products with their category, in one query. Inactive ones are for staff."""
    queryset = Product.objects.select_related("category")
    return queryset if include_inactive else queryset.filter(is_active=True)


def filtered_products(
    queryset: QuerySet[Product],
    *,
    category: Category | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool | None = None,
    search: str = "",
) -> QuerySet[Product]:
    """`queryset` narrowed down. A category stands for its whole subtree; prices are inclusive."""
    if category is not None:
        queryset = queryset.filter(category__in=subtree_ids(category))
    if min_price is not None:
        queryset = queryset.filter(price__gte=min_price)
    if max_price is not None:
        queryset = queryset.filter(price__lte=max_price)
    if in_stock is not None:
        queryset = queryset.filter(stock__gt=0) if in_stock else queryset.filter(stock=0)
    for word in search.split()[:MOST_SEARCH_WORDS]:
        queryset = queryset.filter(Q(name__icontains=word) | Q(description__icontains=word))
    return queryset


# Categories -------------------------------------------------------------------------------------------------------


def categories() -> QuerySet[Category]:
    """Categories with their parent, in one query."""
    return Category.objects.select_related("parent")


# section: subtree
SUBTREE = """
WITH RECURSIVE subtree(id) AS (
    SELECT id FROM catalog_category WHERE id = %s
    UNION
    SELECT child.id FROM catalog_category AS child JOIN subtree ON child.parent_id = subtree.id
)
SELECT id FROM subtree
"""


def subtree_ids(category: Category) -> list[int]:
    """The ids of a category and all that stand below it, however deep, in one query (a recursive CTE)."""
    with connection.cursor() as cursor:
        cursor.execute(SUBTREE, [category.pk])
        return [row[0] for row in cursor.fetchall()]


# end section


# Reservations -----------------------------------------------------------------------------------------------------


def reservations_of(user: User) -> QuerySet[Reservation]:
    """The account's own reservations with their products, in one query."""
    return Reservation.objects.filter(user=user).select_related("product")


# When things changed ----------------------------------------------------------------------------------------------


def reservations_last_modified(user: User) -> datetime | None:
    """When the account's list was last changed: by its reservations, or by a deleted product that took closed ones."""
    return latest(
        Reservation.objects.filter(user=user).aggregate(at=Max("updated_at"))["at"],
        Deletion.objects.aggregate(at=Max("deleted_at"))["at"],
    )


LAST_MODIFIED = """
SELECT MAX(moment) FROM (
    SELECT MAX(updated_at) AS moment FROM catalog_product
    UNION ALL SELECT MAX(updated_at) FROM catalog_category
    UNION ALL SELECT MAX(deleted_at) FROM catalog_deletion
) AS moments
"""


def catalogue_last_modified() -> datetime | None:
    """When any product or category was last changed or deleted; None while there is nothing.

    One query, of three index look-ups.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_MODIFIED)
        (moment,) = cursor.fetchone()
    # SQLite keeps times as text, in UTC and without saying so.
    return datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment


def latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)
