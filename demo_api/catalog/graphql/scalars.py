"""The scalars that GraphQL has no word for: money and times, written as the REST API writes them."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

MONEY = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,2})?")

Money = NewType("Money", Decimal)


def read_money(value: Any) -> Decimal:
    """An amount from text such as "12.50". Raises GraphQLError for anything else, numbers included."""
    if not isinstance(value, str) or not MONEY.fullmatch(value):
        raise GraphQLError('Money is a decimal string with at most two places, such as "12.50".')
    return Decimal(value) + 0  # -0.00 becomes 0.00, as the database would give it back


def write_time(value: datetime) -> str:
    """RFC 3339 in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


MONEY_SCALAR = strawberry.scalar(
    name="Money",
    description='A decimal string with two places, such as "12.50". A binary fraction would lose cents.',
    serialize=str,
    parse_value=read_money,
)
TIME_SCALAR = strawberry.scalar(
    name="DateTime",
    description='A time of day in UTC (RFC 3339), such as "2026-11-02T10:15:20Z".',
    serialize=write_time,
    parse_value=datetime.fromisoformat,
)
SCALARS: dict[object, Any] = {Money: MONEY_SCALAR, datetime: TIME_SCALAR}
