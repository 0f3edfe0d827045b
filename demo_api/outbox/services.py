"""Promising work: the entry commits together with the change that asks for it, or neither does."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from demo_api.outbox.models import Entry


def enqueue(*, task: str, arguments: dict[str, Any], available_at: datetime | None = None) -> Entry:
    """Promises that `task` (a full name) is run with these keyword arguments, at least once, when this commits.

    Raises RuntimeError outside a transaction: the promise would then stand apart from what it is about.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("enqueue() belongs in the transaction of the change that asks for the work.")
    return Entry.objects.create(task=task, arguments=arguments, available_at=available_at or timezone.now())
