"""The outbox: work that a transaction promised, kept in the database until a worker is known to have it."""

import uuid

from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """A task to be run, written in the same transaction as the change that asks for it.

    With a broker, the relay publishes the entry and deletes it once the broker has confirmed it. Without one, this
    table is the queue: a worker leases the entry, runs the task, and deletes the entry afterwards. Either way, a task
    that raised comes back here, and one that raised five times stays.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the message's id, wherever it goes
    task = models.CharField(max_length=120)  # the task's full name, such as demo_api.imports.tasks.run_import
    arguments = models.JSONField(default=dict)  # keyword arguments: ids and numbers, never rows
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    available_at = models.DateTimeField(default=timezone.now)  # not before this moment
    leased_until = models.DateTimeField(null=True, blank=True)  # a worker or a relay has it until then
    attempts = models.PositiveIntegerField(default=0)  # times the task raised
    deliveries = models.PositiveIntegerField(default=0, db_default=0)  # times a worker began, and perhaps was killed
    error = models.TextField(default="", db_default="", blank=True)  # what the last failed attempt said

    class Meta:
        ordering = ["available_at", "id"]
        indexes = [models.Index(fields=["available_at", "id"], name="outbox_entry_available")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.task} {self.arguments}"
