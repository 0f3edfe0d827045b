"""Imports: asked for, run, cancelled, tried again. The row is the truth; whoever runs it may be killed."""

from typing import IO

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from demo_api.imports import chunks, files, leases
from demo_api.imports.columns import read_header
from demo_api.imports.errors import BadFile, KeyReused, LeaseLost, NotRetryable, QueueFull
from demo_api.imports.models import Import

State = Import.State

# Asking for one ---------------------------------------------------------------------------------------------------


def start(*, user: User | None, stream: IO[bytes], size: int, key: str) -> tuple[Import, bool]:
    """Stores the body and queues its import. Gives the import, and whether this call made it.

    The file comes first, for a row without a file would be a promise that nobody can keep; a file whose row does not
    come is deleted here, or, after a kill, by `clean_up`. Row and outbox entry commit together. The same `key` with
    the same file gives the import that the first call made. Raises BadFile, QueueFull, KeyReused.
    """
    refuse_full_queue()
    header: list[tuple[list[str], int]] = []
    incoming = files.Incoming(stream, lambda beginning: header.append(read_header(beginning)))
    name = files.store(incoming)
    try:
        if incoming.length != size or not header:
            raise BadFile(f"The body ended after {incoming.length} of {size} bytes.")
        columns, offset = header[0]
        made = Import(
            user=user,
            idempotency_key=key,
            file_name=name,
            size=size,
            digest=incoming.digest.hexdigest(),
            columns=columns,
            bytes_done=offset,
        )
        job, is_new = queued(made)
    except BaseException:
        files.discard(name)
        raise
    if not is_new:
        files.discard(name)
    return job, is_new


def queued(made: Import) -> tuple[Import, bool]:
    """Saves a new import with its promise, or gives the earlier one of the same key."""
    try:
        with transaction.atomic():
            if earlier := import_of_key(made):
                return earlier, False
            lock_queue()
            refuse_full_queue()
            made.save(force_insert=True)
            leases.promise(made)
            return made, True
    except IntegrityError:  # a twin of this request was first, and has committed
        earlier = import_of_key(made)
        if earlier is None:
            raise
        return earlier, False


def import_of_key(made: Import) -> Import | None:
    """The import this key stands for. Raises KeyReused when that was of another file."""
    earlier = Import.objects.filter(user=made.user, idempotency_key=made.idempotency_key).first()
    if earlier and earlier.digest != made.digest:
        raise KeyReused
    return earlier


def refuse_full_queue() -> None:
    """Raises QueueFull while as many imports wait as may: what cannot be done soon is better asked for later."""
    if Import.objects.filter(state=State.QUEUED).count() >= settings.IMPORT_QUEUE_LIMIT:
        raise QueueFull(limit=settings.IMPORT_QUEUE_LIMIT)


def lock_queue() -> None:
    """One at a time past the cap: two that count together would both pass it. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('imports_import queue'))")


# Running ----------------------------------------------------------------------------------------------------------


def run(import_id: str) -> None:
    """Runs an import to its end, chunk by chunk, from wherever the last run left it.

    Call it as often as you like: it returns at once when the import is finished, cancelled, or in other hands. When it
    raises, it has already put the import back into the queue with an outbox entry of its own: deliver nothing again.
    """
    job = leases.claim(import_id)
    if job is not None:
        work_on(job, chunk_rows=settings.IMPORT_CHUNK_ROWS)


def run_slice(import_id: str) -> bool:
    """Runs one chunk, for a place that has no worker. Gives whether there is more to do."""
    job = leases.claim(import_id)
    if job is None or not work_on(job, chunk_rows=settings.IMPORT_CHUNK_ROWS, most_chunks=1):
        return False
    leases.hand_over(job)
    return True


def work_on(job: Import, *, chunk_rows: int, most_chunks: int | None = None) -> bool:
    """Loads chunks until the end, or so many. Gives whether there are more and they are still this run's to load."""
    try:
        with chunks.opened(job) as source:
            done = 0
            while more := chunks.load(job, source, rows=chunk_rows):
                done += 1
                if done == most_chunks:
                    break
            return more
    except LeaseLost:
        return False
    except BadFile as error:
        leases.fail(job, str(error))
        return False
    except BaseException as error:
        leases.hand_back(job, error)
        raise


# Changing its course ----------------------------------------------------------------------------------------------


def cancel(*, job: Import) -> Import:
    """Stops an import: the rows of finished chunks stay, no other row comes. A finished one stays as it is."""
    now = timezone.now()
    Import.objects.filter(pk=job.pk, state__in=Import.UNFINISHED).update(
        state=State.CANCELLED, lease=None, leased_until=None, finished_at=now, updated_at=now
    )
    return Import.objects.get(pk=job.pk)


def retry(*, job: Import) -> Import:
    """Queues a failed or cancelled import again, from its checkpoint. One that waits or runs stays as it is.

    Raises NotRetryable for one that has succeeded or whose file is gone, and QueueFull.
    """
    with transaction.atomic():
        lock_queue()
        current = Import.objects.select_for_update().get(pk=job.pk)
        if current.state in Import.UNFINISHED:
            return current
        if current.state == State.SUCCEEDED:
            raise NotRetryable("The import has succeeded. To load the file again, send it again.")
        if not current.file_name:
            raise NotRetryable("The file of this import has been cleaned up. Send it again.")
        refuse_full_queue()
        now = timezone.now()
        current.state, current.finished_at, current.problem = State.QUEUED, None, ""
        current.fruitless_attempts, current.queued_at, current.updated_at = 0, now, now
        current.save()
        leases.promise(current)
        return current
