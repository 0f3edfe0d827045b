"""Promising work: the entry commits together with the change that asks for it, or neither does."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from demo_api.outbox.models import Entry

LONGEST_ERROR = 2000  # characters of it that are kept


def enqueue(*, task: str, arguments: dict[str, Any], available_at: datetime | None = None) -> Entry:
    """Promises that `task` (a full name) is run with these keyword arguments, at least once, when this commits.

    Raises RuntimeError outside a transaction: the promise would then stand apart from what it is about.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("enqueue() belongs in the transaction of the change that asks for the work.")
    return Entry.objects.create(task=task, arguments=arguments, available_at=available_at or timezone.now())


def take_back(*, uuid: UUID, task: str, arguments: dict[str, Any], attempts: int, error: str) -> None:
    """Puts a message whose task raised into the outbox again: `attempts` counts this one too.

    Two deliveries of one message that both fail leave one entry, for its id is the message's. A relay that has not
    deleted it yet loses its lease, and with it the right to: see `Lease.hand_over`.
    """
    fields = {"task": task, "arguments": arguments, "attempts": attempts, "error": error[:LONGEST_ERROR]}
    fields |= {"available_at": timezone.now() + pause_after(attempts), "leased_until": None}
    Entry.objects.update_or_create(uuid=uuid, defaults=fields)


def pause_after(attempts: int, *, longest: float = 300) -> timedelta:
    """How long to wait after so many failures in a row: 1, 2, 4 ... seconds, up to `longest`.

    Up to half of it is taken off by chance, so that those who failed together do not come back together.
    """
    whole = min(2.0 ** max(attempts - 1, 0), longest)
    return timedelta(seconds=whole * random.uniform(0.5, 1))  # noqa: S311  # no secret
