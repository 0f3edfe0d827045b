"""Relay connections over the same signed keyset cursors as the REST API's pages (`demo_api/rest/pages.py`).

See https://relay.dev/graphql/connections.htm. A list in a list is read for all its parents at once (`context.peers`).
"""

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from django.db.models import F, Model, QuerySet, Window
from django.db.models.functions import RowNumber
from strawberry import relay
from strawberry_django.optimizer import OptimizerStore, optimize

from demo_api.catalog import selectors
from demo_api.catalog.graphql.context import Info, introduce, peers
from demo_api.catalog.graphql.directives import ListSize
from demo_api.catalog.graphql.limits import LARGEST_PAGE, PAGE
from demo_api.catalog.graphql.problems import invalid_argument
from demo_api.catalog.models import Category, Product
from demo_api.nexus.problems import Problem
from demo_api.rest.pages import FORWARD, Cursor, read_cursor, rows_of, write_cursor

LONGEST_CURSOR = 1500  # characters
ONE_PAGE = ListSize(assumed_size=PAGE, slicing_arguments=["first", "last"], sized_fields=["edges"])
NodeType = TypeVar("NodeType")
Row = TypeVar("Row", bound=Model)
Arguments = tuple[int | None, str | None, int | None, str | None]  # first, after, last, before


@strawberry.enum(description="What products are sorted by; ties are broken in the order they were made.")
class ProductOrdering(enum.Enum):
    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    PRICE = "price"
    PRICE_DESC = "-price"
    NAME = "name"
    NAME_DESC = "-name"


@strawberry.type(name="Connection", description="A page of a list, with cursors to go on from.")
class KeysetConnection(relay.Connection[NodeType], Generic[NodeType]):
    """Relay's connection. There is no total: counting costs more than the page."""


@dataclass(frozen=True)
class Slice:
    """The arguments of a connection, checked: `size` objects from `cursor` on, or backwards to it."""

    size: int
    cursor: str | None
    backward: bool

    @classmethod
    def read(cls, arguments: Arguments) -> "Slice":
        """Raises Problem invalid-input for a size out of range, and for two directions at once."""
        first, after, last, before = arguments
        backward = last is not None or before is not None
        if backward and (first is not None or after is not None):
            raise invalid_argument(
                "/last", "Page forwards by `first` and `after`, or backwards by `last` and `before`."
            )
        size, name = (last, "last") if backward else (first, "first")
        if size is not None and not 1 <= size <= LARGEST_PAGE:
            raise invalid_argument(f"/{name}", f"A page has 1 to {LARGEST_PAGE} objects.", "range")
        cursor = before if backward else after
        if cursor is not None and len(cursor) > LONGEST_CURSOR:
            raise invalid_argument("/before" if backward else "/after", "Too long.", "max_length")
        return cls(PAGE if size is None else size, cursor, backward)


def connection(
    queryset: QuerySet[Row], info: Info, arguments: Arguments, *, ordering: str, listed: Sequence[object]
) -> KeysetConnection[Any]:
    """One page of `queryset`, in one query that selects what is asked for. `listed` says which list this is."""
    page = Slice.read(arguments)
    digest = digest_of(listed, ordering)
    cursor = cursor_at(page, digest)
    narrowed = optimized(queryset, info, ordering)
    rows, more = rows_of(narrowed, ordering=ordering, size=page.size, cursor=cursor, backward=page.backward)
    introduce(rows)
    return as_connection(rows, page, ordering, digest, more=more)


def optimized(queryset: QuerySet[Row], info: Info, ordering: str) -> QuerySet[Row]:
    """The queryset with only the columns and relations that the request selects, and what it is sorted by."""
    # The joins of the selector are for whoever shows everything; here the selection decides.
    plain = queryset.select_related(None)
    return optimize(plain, info, store=OptimizerStore.with_hints(only=[ordering.lstrip("-")]))


def optimized_one(queryset: QuerySet[Row], info: Info) -> Row | None:
    """The first row, with only what the request selects; None when there is none."""
    row = optimize(queryset.select_related(None), info).first()
    if row is not None:
        introduce([row])
    return row


def as_connection(rows: Sequence[Any], page: Slice, ordering: str, digest: str, *, more: bool) -> KeysetConnection[Any]:
    field = ordering.lstrip("-")
    edges = [
        relay.Edge[Any](cursor=write_cursor(Cursor(FORWARD, getattr(row, field), row.pk), digest), node=row)
        for row in rows
    ]
    elsewhere = page.cursor is not None
    return KeysetConnection(
        edges=edges,
        page_info=relay.PageInfo(
            has_next_page=elsewhere if page.backward else more,
            has_previous_page=more if page.backward else elsewhere,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def cursor_at(page: Slice, digest: str) -> Cursor | None:
    """The place a page begins at. Raises Problem invalid-input for a cursor of another list, or of nobody's."""
    if page.cursor is None:
        return None
    try:
        return read_cursor(page.cursor, digest)
    except Problem as problem:
        where = "/before" if page.backward else "/after"
        raise invalid_argument(where, problem.facts["errors"][0]["detail"], "cursor") from None


def digest_of(listed: Sequence[object], ordering: str) -> str:
    """A short digest of everything that decides which rows are in a list, and in which order."""
    text = "\x1f".join(map(str, ["graphql", ordering, *listed]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# Products of categories -------------------------------------------------------------------------------------------


def products_of_category(
    category: Category, info: Info, arguments: Arguments, ordering: ProductOrdering
) -> KeysetConnection[Any]:
    """A page of the products on this category. Without a cursor, one query reads it for all its peers."""
    page = Slice.read(arguments)
    visible = selectors.products(include_inactive=info.context.is_staff)
    listed = ["category", category.pk]
    if page.cursor is not None:
        return connection(visible.filter(category=category), info, arguments, ordering=ordering.value, listed=listed)
    rows = pages_of(category, info, page, visible, ordering.value)[category.pk]
    return as_connection(
        rows[: page.size][:: -1 if page.backward else 1],
        page,
        ordering.value,
        digest_of(listed, ordering.value),
        more=len(rows) > page.size,
    )


def pages_of(
    category: Category, info: Info, page: Slice, visible: QuerySet[Product], ordering: str
) -> dict[int, list[Product]]:
    """The first rows, and one more, for each peer of a category: read once for each place in the request."""
    together = peers(category)
    place = tuple(name for name in info.path.as_list() if isinstance(name, str))  # the same for all of them
    key = (place, page, ordering, id(together))
    if key in info.context.pages:
        return info.context.pages[key]
    found: dict[int, list[Product]] = {peer.pk: [] for peer in together}
    descending = ordering.startswith("-") != page.backward
    order = [F(name).desc() if descending else F(name).asc() for name in (ordering.lstrip("-"), "id")]
    numbered = visible.filter(category__in=found).annotate(
        rank=Window(RowNumber(), partition_by=F("category_id"), order_by=order)
    )
    first: Any = optimized(numbered, info, ordering)
    rows: list[Product] = list(first.filter(rank__lte=page.size + 1).order_by("category_id", "rank"))
    introduce(rows)
    for row in rows:
        found[row.category_id].append(row)
    info.context.pages[key] = found
    return found
