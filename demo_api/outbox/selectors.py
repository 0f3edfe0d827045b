"""Reads of the outbox: what may be taken now, what waits, and what will not be tried again."""

from datetime import datetime

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from demo_api.outbox.models import Entry

MOST_ATTEMPTS = 5  # a task that raised this often is kept for a person to look at
MOST_DELIVERIES = 50  # and so is one whose worker died this often; the broker's queue has the same limit
ALIVE = Q(attempts__lt=MOST_ATTEMPTS, deliveries__lt=MOST_DELIVERIES)


def alive() -> QuerySet[Entry]:
    """Entries that will be tried again, sooner or later."""
    return Entry.objects.filter(ALIVE)


def available(now: datetime) -> QuerySet[Entry]:
    """Entries that may be taken now, in order: their time has come, and nobody has a lease on them."""
    return alive().filter(Q(leased_until=None) | Q(leased_until__lte=now), available_at__lte=now)


def poisoned() -> QuerySet[Entry]:
    """Entries that were given up. They stay, with the error of the last attempt, until somebody deletes them."""
    return Entry.objects.exclude(ALIVE)


def backlog() -> tuple[int, float]:
    """How many entries could be taken now and are not, and for how many seconds the oldest of them has been waiting."""
    now = timezone.now()
    waiting = available(now)
    oldest = waiting.aggregate(at=Min("available_at"))["at"]
    return waiting.count(), (now - oldest).total_seconds() if oldest else 0.0
