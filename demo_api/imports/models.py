"""An import is a row: what it is about, how far it came, and who is at work on it. The queue only points at it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Import(models.Model):
    """One CSV file on its way into the catalogue. Workers come and go; every chunk leaves its checkpoint here."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    idempotency_key = models.CharField(max_length=255, editable=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    queued_at = models.DateTimeField(default=timezone.now)  # when it was last promised to a worker
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, default="")  # why it failed, or stopped the last time

    # The file
    file_name = models.CharField(max_length=100, blank=True)  # in the storage `imports`; empty once it is cleaned up
    size = models.PositiveBigIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256, in hexadecimal
    columns = models.JSONField()  # the header's names, in the file's order

    # The checkpoint: moves in the transaction of the rows that it counts
    bytes_done = models.PositiveBigIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, blank=True)  # known once the file has been read to its end
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)  # of work on the rows done

    # The lease
    lease = models.UUIDField(null=True, blank=True)  # the one run that may write; a new one for each
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)  # runs begun
    fruitless_attempts = models.PositiveIntegerField(default=0)  # runs begun since the last checkpoint

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="import_created"),
            models.Index(fields=["state", "queued_at"], name="import_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="import_once_for_a_key"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "succeeded", "failed", "cancelled"]),
                name="import_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} ({self.state})"


class ImportRowError(models.Model):
    """Why one row was refused, by column. Rows count as a spreadsheet shows them: the header is row 1."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="errors", db_index=False)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=20, blank=True)  # empty: the row as a whole
    message = models.CharField(max_length=300)
    value = models.CharField(max_length=100, blank=True)  # the beginning of what the cell holds

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["job", "row", "id"], name="import_row_error")]

    def __str__(self) -> str:
        return f"row {self.row}, {self.column or 'whole row'}: {self.message}"
