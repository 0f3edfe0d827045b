"""What time leaves behind: files of finished imports, files without a row, and imports that no queue points at."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from demo_api.imports import files, leases
from demo_api.imports.models import Import

State = Import.State
ORPHAN_AGE = timedelta(days=1)  # a younger file may still be on its way to its row
STRANDED_AFTER = timedelta(hours=1)
BATCH = 100


def clean_up() -> dict[str, int]:
    """Does all three, and gives how many files of each kind went, and how many imports were queued again."""
    return {"expired": forget_files(), "orphans": delete_orphans(), "rescued": rescue()}


def forget_files() -> int:
    """Deletes the files of imports that finished IMPORT_RETENTION_DAYS ago. Their rows and errors stay."""
    old = timezone.now() - timedelta(days=settings.IMPORT_RETENTION_DAYS)
    done = Import.objects.filter(finished_at__lt=old).exclude(file_name="").exclude(state__in=Import.UNFINISHED)
    count = 0
    for job in done.iterator():
        with transaction.atomic():
            # Row first: a kill in between leaves an orphan, which is found, and never a row that names nothing.
            if done.filter(pk=job.pk).update(file_name=""):
                count += 1
                transaction.on_commit(lambda name=job.file_name: files.discard(name))  # type: ignore[misc]
    return count


def delete_orphans() -> int:
    """Deletes stored files that no import names: a process was killed between the file and its row."""
    storage, old = files.storage(), timezone.now() - ORPHAN_AGE
    try:
        _, names = storage.listdir("")
    except FileNotFoundError:  # nothing was ever stored
        return 0
    count = 0
    for name in names:
        if storage.get_modified_time(name) < old and not Import.objects.filter(file_name=name).exists():
            files.discard(name)
            count += 1
    return count


def rescue() -> int:
    """Promises again what was lost with its message: a lease that ran out, or a queue that forgot. Twice is once."""
    now = timezone.now()
    dead = Q(state=State.RUNNING, leased_until__lt=now - leases.lease_time())
    forgotten = Q(state=State.QUEUED, queued_at__lt=now - STRANDED_AFTER)
    with transaction.atomic():
        stranded = list(Import.objects.select_for_update(skip_locked=True).filter(dead | forgotten)[:BATCH])
        for job in stranded:
            leases.promise(job)
        Import.objects.filter(pk__in=[job.pk for job in stranded]).update(queued_at=now)
    return len(stranded)
