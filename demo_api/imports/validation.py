"""The rules for one row, quickly. What is plainly right is seen by a glance; the rest is judged by the REST serializer.

So the rules and their messages are those of `POST /api/v1/products/`, and only a row that is doubtful costs as much.
A test holds the glance against the serializer and the model over hostile values.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError

from demo_api.catalog.api.serializers import ProductWriteSerializer
from demo_api.catalog.models import Currency
from demo_api.imports.formulas import unguarded

Glance = Callable[[str], Any]  # the value of a cell that is plainly right, else None

PLAIN_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*").fullmatch
PLAIN_PRICE = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,2})?").fullmatch
PLAIN_STOCK = re.compile(r"[0-9]{1,6}").fullmatch
FLAGS = {
    "true": True,
    "false": False,
    "True": True,
    "False": False,
    "TRUE": True,
    "FALSE": False,
    "1": True,
    "0": False,
}
CURRENCIES = {str(code): str(code) for code in Currency.values}
NO_CATEGORY = "There is no category with this slug."
MESSAGE, VALUE = 300, 100  # characters kept of a row error


class Fault(NamedTuple):
    """Why a row was refused: the column (empty: the whole row), the message, and the beginning of the cell."""

    column: str
    message: str
    value: str


def slug(cell: str) -> str | None:
    return cell if len(cell) <= 80 and PLAIN_SLUG(cell) else None


def name(cell: str) -> str | None:
    cell = cell.strip()
    return cell if 0 < len(cell) <= 120 and cell[0] != "'" and "\0" not in cell else None


def description(cell: str) -> str | None:
    cell = cell.strip()
    return cell if len(cell) <= 2000 and cell[:1] != "'" and "\0" not in cell else None


def price(cell: str) -> Decimal | None:
    return Decimal(cell) if PLAIN_PRICE(cell) else None


def stock(cell: str) -> int | None:
    return int(cell) if PLAIN_STOCK(cell) else None


GLANCES: dict[str, Glance] = {
    "slug": slug,
    "name": name,
    "description": description,
    "price": price,
    "currency": CURRENCIES.get,
    "stock": stock,
    "is_active": FLAGS.get,
}
TEXTS = {"name", "description"}  # the columns whose cells an export may have guarded


class Judge:
    """Judges rows whose cells come in the order of `columns`."""

    def __init__(self, columns: list[str]) -> None:
        fields = ProductWriteSerializer().fields
        self.columns = [column for column in columns if column != "category"]
        self.category = columns.index("category")
        self.checks = [(columns.index(name), GLANCES[name], fields[name], name) for name in self.columns]

    def values(self, cells: list[str]) -> tuple[list[Any], list[Fault]]:
        """The values of all columns but the category, in order, and what is wrong with them."""
        values: list[Any] = []
        faults: list[Fault] = []
        for index, glance, field, column in self.checks:
            value = glance(cells[index])
            if value is None:
                value = judged(cells[index], field, column, faults)
            values.append(value)
        return values, faults


def judged(cell: str, field: Any, column: str, faults: list[Fault]) -> Any:
    """The value as the serializer reads it; None, and its messages among `faults`, when it does not."""
    if column in TEXTS:
        cell = unguarded(cell)
    try:
        value = field.run_validation(cell)
    except ValidationError as error:
        messages = error.detail if isinstance(error.detail, list) else [error.detail]
        faults.extend(Fault(column, printable(str(message), MESSAGE), printable(cell, VALUE)) for message in messages)
        return None
    return value + 0 if column == "price" else value  # -0.00 becomes 0.00, as in the serializer


def category_fault(cell: str, known: Mapping[str, int]) -> Fault | None:
    """What is wrong with a category cell, given the ids of the categories that there are."""
    if cell in known:
        return None
    message = NO_CATEGORY if cell else "This field may not be null."
    return Fault("category", message, printable(cell, VALUE))


def printable(text: str, longest: int) -> str:
    """Text that every database can keep: no NUL, and not too long."""
    return text[:longest].replace("\x00", "\\0")[:longest]
