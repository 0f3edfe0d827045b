"""The version of a row: a write names the one it has read, so that nobody's change is overwritten unseen.

The REST API does the same with entity tags; a digest of the row serves where there is no representation to digest.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db.models import Model

from demo_api.nexus.problems import Problem


def columns(model: type[Model]) -> list[str]:
    """Every column that a version depends on: all of them."""
    return [field.attname for field in model._meta.concrete_fields]


def version_of(row: Model) -> str:
    """A digest of every column, as 32 hexadecimal digits."""
    values = [field.value_to_string(row) for field in row._meta.concrete_fields]
    return hashlib.sha256("\x1f".join(values).encode()).hexdigest()[:32]


def unchanged(version: str) -> Callable[[Any], None]:
    """The precondition that a row still has this version. It raises Problem precondition-failed (412)."""

    def check(current: Model) -> None:
        now = version_of(current)
        if version != now:
            detail = "`version` is not the current one: someone has changed it since you read it."
            raise Problem("precondition-failed", detail, current_version=now)

    return check
