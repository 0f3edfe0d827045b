"""Taking an entry so that nobody else takes it, for as long as one lives: a lease that runs out gives it back.

No transaction stays open while a task runs or a broker is asked, so a process that dies leaves no lock behind, and
one that only seems dead (a machine that slept) finds out when it wants to renew.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from demo_api.outbox.models import Entry
from demo_api.outbox.selectors import available
from demo_api.outbox.services import LONGEST_ERROR, pause_after


@dataclass
class Lease:
    """An entry that is ours until `entry.leased_until`, and for `duration` more each time it is renewed."""

    entry: Entry
    duration: timedelta
    counted: int = 0  # 1 when taking the entry was counted as a delivery

    def renew(self) -> bool:
        """Makes the lease last `duration` from now. False when it had run out, and someone else took the entry."""
        until = timezone.now() + self.duration
        renewed = self.ours().update(leased_until=until)
        if renewed:
            self.entry.leased_until = until
        return bool(renewed)

    def finish(self) -> None:
        """The work is done, whoever has the entry by now: deletes it."""
        Entry.objects.filter(pk=self.entry.pk).delete()

    def hand_over(self) -> None:
        """The broker has the message: deletes the entry, unless a worker has put it back already.

        A task can fail before the relay that published it comes to this line. Then the entry is that worker's promise
        of the next attempt, and deleting it would lose the work.
        """
        self.ours().delete()

    def give_back(self) -> None:
        """The work was not begun, or was interrupted by us: anyone may take it at once, and nothing is counted."""
        self.ours().update(leased_until=None, deliveries=self.entry.deliveries - self.counted)

    def fail(self, error: str) -> None:
        """Counts a failed attempt. The entry is available again after a pause, or kept for good after too many."""
        attempts = self.entry.attempts + 1
        self.ours().update(
            attempts=attempts,
            error=error[:LONGEST_ERROR],
            leased_until=None,
            available_at=timezone.now() + pause_after(attempts),
        )

    def ours(self) -> QuerySet[Entry]:
        """The entry, unless someone else has taken it since."""
        return Entry.objects.filter(pk=self.entry.pk, leased_until=self.entry.leased_until)


def claim(*, duration: timedelta, is_delivery: bool) -> Lease | None:
    """Takes the next available entry, or gives None. A delivery is counted; passing it on to a broker is none.

    On PostgreSQL, SKIP LOCKED lets several take at once, each another entry. On SQLite the transaction holds the only
    write lock, so there is one at a time.
    """
    if not available(timezone.now()).exists():  # reading first: an idle worker does not lock anybody out
        return None
    with transaction.atomic():
        now = timezone.now()
        entry = available(now).select_for_update(skip_locked=True).first()
        if entry is None:
            return None
        entry.leased_until = now + duration
        entry.deliveries += int(is_delivery)
        entry.save(update_fields=["leased_until", "deliveries"])
        return Lease(entry, duration, counted=int(is_delivery))
