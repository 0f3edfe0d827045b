"""Who may work on an import: one run at a time, by a lease on the row that every chunk prolongs.

A run that was killed leaves its lease to run out. One that is only slow finds its lease gone when it wants to commit.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from demo_api.imports.errors import LeaseLost
from demo_api.imports.models import Import
from demo_api.outbox import services as outbox

State = Import.State
TASK = "demo_api.imports.tasks.run_import"
MOST_FRUITLESS_ATTEMPTS = 5  # runs that end without a checkpoint, one after the other
KILLED = f"{MOST_FRUITLESS_ATTEMPTS} runs ended without a word and without getting further."
PAUSES = [timedelta(seconds=seconds) for seconds in (1, 5, 30, 120)]  # before each new try


def promise(job: Import, *, at: datetime | None = None) -> None:
    """Asks for a run of the import, in the caller's transaction."""
    outbox.enqueue(task=TASK, arguments={"import_id": str(job.uuid)}, available_at=at)


def lease_time() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def claim(import_id: str) -> Import | None:
    """Takes the import for this run and counts the attempt; None when there is nothing (more) to do here.

    One conditional UPDATE decides between two that ask at once. While another run holds it, this one only promises to
    look again when that lease has run out: the delivery that we answer may be the last there is.
    """
    now, lease = timezone.now(), uuid.uuid4()
    waiting = Q(state=State.QUEUED) | Q(state=State.RUNNING, leased_until__lte=now) | handed_over()
    job = Import.objects.filter(uuid=import_id)
    with transaction.atomic():
        if stop_poisoned(job.filter(waiting), now):
            return None
        counts = {} if job.filter(handed_over()).exists() else counted()
        changes = {"lease": lease, "leased_until": now + lease_time(), "updated_at": now, **counts}
        changes["started_at"] = Coalesce("started_at", Value(now, output_field=DateTimeField()))
        if not job.filter(waiting).update(state=State.RUNNING, **changes):
            look_again_later(job)
            return None
        return job.get(lease=lease)


def stop_poisoned(waiting: QuerySet[Import], now: datetime) -> bool:
    """Ends an import whose runs were all killed before a checkpoint: the next one would be killed too."""
    poisoned = waiting.filter(fruitless_attempts__gte=MOST_FRUITLESS_ATTEMPTS)
    return bool(
        poisoned.update(
            state=State.FAILED, problem=KILLED, lease=None, leased_until=None, finished_at=now, updated_at=now
        )
    )


def look_again_later(job: QuerySet[Import]) -> None:
    """Promises a run for when the lease of an import in other hands has run out."""
    busy = job.filter(state=State.RUNNING, leased_until__isnull=False).first()
    if busy and busy.leased_until:
        promise(busy, at=busy.leased_until + timedelta(seconds=1))


def handed_over() -> Q:
    """A slice that ended in good order leaves the import running and free: to go on is no new attempt."""
    return Q(state=State.RUNNING, leased_until=None)


def counted() -> dict[str, Any]:
    """Before anything runs: a run that is killed has been counted all the same."""
    return {"attempts": F("attempts") + 1, "fruitless_attempts": F("fruitless_attempts") + 1}


def held(job: Import) -> Import:
    """The import as it is now, locked, while the lease is still ours. Raises LeaseLost. Call it in a transaction."""
    current = Import.objects.select_for_update().filter(pk=job.pk, lease=job.lease, state=State.RUNNING).first()
    if current is None:
        raise LeaseLost
    return current


def hand_over(job: Import) -> None:
    """Ends a slice: the next one may be anyone's."""
    Import.objects.filter(pk=job.pk, lease=job.lease, state=State.RUNNING).update(lease=None, leased_until=None)


def fail(job: Import, problem: str) -> None:
    """Ends an import that no further attempt could help."""
    now = timezone.now()
    Import.objects.filter(pk=job.pk, lease=job.lease, state=State.RUNNING).update(
        state=State.FAILED, problem=problem, lease=None, leased_until=None, finished_at=now, updated_at=now
    )


def hand_back(job: Import, error: BaseException) -> None:
    """Puts an import whose run failed back into the queue, with its promise; what it has committed stays.

    A run that was the last one allowed leaves it failed, to be looked at.
    """
    now = timezone.now()
    with transaction.atomic():
        current = Import.objects.select_for_update().filter(pk=job.pk, lease=job.lease, state=State.RUNNING).first()
        if current is None:
            return
        current.lease = current.leased_until = None
        current.updated_at = current.queued_at = now
        current.problem = f"The last run stopped: {type(error).__name__}."
        if current.fruitless_attempts >= MOST_FRUITLESS_ATTEMPTS:
            current.state, current.finished_at = State.FAILED, now
        else:
            current.state = State.QUEUED
            pause = PAUSES[current.fruitless_attempts - 1] if current.fruitless_attempts else timedelta()
            promise(current, at=now + pause)
        current.save()
