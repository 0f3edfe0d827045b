"""Pages by signed keyset cursor: page 4,000 costs what page 1 did, and rows inserted meanwhile neither skip nor repeat.

A cursor holds the ordering, a digest of the filters, and the sort value and id of the row it stands at. It is signed:
a caller cannot make one up, and one from another list is refused. See https://use-the-index-luke.com/no-offset.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from demo_api.nexus.problems import invalid_parameter

Row = TypeVar("Row", bound=Model)
signer = Signer(salt="demo_api.rest.pages")
FORWARD, BACKWARD = "next", "previous"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, and the addresses of its neighbours."""

    rows: list[Row]
    next: str | None
    previous: str | None

    def document(self, serializer: Any, request: Request) -> dict[str, Any]:
        """The list representation, each row written by `serializer`."""
        results = serializer(self.rows, many=True, context={"request": request}).data
        return {"next": self.next, "previous": self.previous, "results": results}


@dataclass(frozen=True)
class Cursor:
    """A place in a list: go `direction` from the row with this sort `value` and `id`."""

    direction: str
    value: Any
    id: int


def keyset_page(queryset: QuerySet[Row], request: Request, params: dict[str, Any], *, ordering: str) -> Page[Row]:
    """One page of `queryset`, ordered by one field (`-` first: descending) and then by id, in one query.

    `page_size` and `cursor` are taken from `params`, the checked query parameters. The path, the ordering and the
    filters must be those that the cursor was made for. Raises Problem invalid-input for a cursor that is not ours.
    """
    filters = digest_of_list(request, ordering)
    size = params["page_size"]
    cursor = read_cursor(params["cursor"], filters) if params.get("cursor") else None
    backward = cursor is not None and cursor.direction == BACKWARD
    field = ordering.lstrip("-")
    rows, more = rows_of(queryset, ordering=ordering, size=size, cursor=cursor, backward=backward)

    def address(direction: str, row: Row) -> str:
        cursor = write_cursor(Cursor(direction, getattr(row, field), row.pk), filters)
        return request.build_absolute_uri(f"{request.path}?{with_cursor(request, cursor)}")

    has_next = bool(rows) and (more if not backward else True)
    has_previous = bool(rows) and (more if backward else cursor is not None)
    return Page(
        rows=rows,
        next=address(FORWARD, rows[-1]) if has_next else None,
        previous=address(BACKWARD, rows[0]) if has_previous else None,
    )


def rows_of(
    queryset: QuerySet[Row], *, ordering: str, size: int, cursor: Cursor | None, backward: bool
) -> tuple[list[Row], bool]:
    """At most `size` rows after the cursor, or before it when `backward`, in order; and whether there are more."""
    field, descending = ordering.lstrip("-"), ordering.startswith("-") != backward
    if cursor is not None:
        queryset = queryset.filter(beyond(field, cursor, descending))
    sign = "-" if descending else ""
    found = list(queryset.order_by(f"{sign}{field}", f"{sign}id")[: size + 1])
    rows = found[:size]
    if backward:
        rows.reverse()
    return rows, len(found) > size


def beyond(field: str, cursor: Cursor, descending: bool) -> Q:
    """The rows after the cursor's. The bound on `field` alone is implied, but it is what an index can use."""
    step = "lt" if descending else "gt"
    after = Q(**{f"{field}__{step}": cursor.value}) | Q(**{field: cursor.value, f"id__{step}": cursor.id})
    return Q(**{f"{field}__{step}e": cursor.value}) & after


# Cursors as text --------------------------------------------------------------------------------------------------


def write_cursor(cursor: Cursor, filters: str) -> str:
    """The cursor as signed text, the same for the same place (no time in it, so that entity tags stay the same)."""
    value = cursor.value.isoformat() if hasattr(cursor.value, "isoformat") else str(cursor.value)
    return str(signer.sign_object([filters, cursor.direction, value, cursor.id]))


def read_cursor(text: str, filters: str) -> Cursor:
    try:
        own_filters, direction, value, row_id = signer.unsign_object(text)
    except (BadSignature, ValueError, TypeError, UnicodeError):
        raise invalid_parameter(
            "cursor", "Not a cursor of this service. Take it from `next` or `previous` of a list, unchanged.", "cursor"
        ) from None
    if own_filters != filters:
        raise invalid_parameter(
            "cursor",
            "This cursor belongs to a list with another ordering or other filters. Start without it.",
            "cursor",
        )
    return Cursor(direction, value, row_id)


def digest_of_list(request: Request, ordering: str) -> str:
    """A short digest of everything that decides which rows are in the list, and in which order."""
    filters = sorted(
        item for item in request.query_params.items() if item[0] not in ("cursor", "page_size", "ordering")
    )
    text = json.dumps([request.path, ordering, filters])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_cursor(request: Request, cursor: str) -> str:
    """The request's query string with this cursor in it."""
    query = request.query_params.copy()
    query["cursor"] = cursor
    return query.urlencode()
