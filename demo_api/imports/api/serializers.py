"""The representations of an import."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from demo_api.catalog.api.serializers import page_of
from demo_api.imports.models import Import, ImportRowError

SHOWN_ERRORS = 100


class RowCountsSerializer(serializers.Serializer[Import]):
    total = serializers.IntegerField(
        source="rows_total", allow_null=True, read_only=True, help_text="Null until the file has been read to its end."
    )
    done = serializers.IntegerField(source="rows_done", read_only=True)
    created = serializers.IntegerField(read_only=True)
    updated = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True, help_text="Products that were as the row says already.")
    refused = serializers.IntegerField(read_only=True)


class RowErrorSerializer(serializers.Serializer[ImportRowError]):
    row = serializers.IntegerField(read_only=True, help_text="As a spreadsheet counts: the header is row 1.")
    column = serializers.CharField(read_only=True, help_text="Empty when the row as a whole is wrong.")
    message = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True, help_text="The beginning of what the cell holds.")


class ImportSummarySerializer(serializers.Serializer[Import]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    state = serializers.ChoiceField(choices=Import.State.choices, read_only=True)
    progress = serializers.SerializerMethodField(help_text="The share of the file's bytes that is done, from 0 to 1.")
    rows = RowCountsSerializer(source="*", read_only=True)
    throughput = serializers.SerializerMethodField(help_text="Rows a second while at work; null before the first.")
    size = serializers.IntegerField(read_only=True, help_text="Of the file, in bytes.")
    attempts = serializers.IntegerField(read_only=True, help_text="How many times a worker has begun.")
    problem = serializers.CharField(read_only=True, help_text="Why it failed, or why the last attempt stopped.")
    created_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_progress(self, job: Import) -> float:
        return round(job.bytes_done / job.size, 4)

    def get_throughput(self, job: Import) -> float | None:
        return round(job.rows_done / job.seconds, 1) if job.seconds else None


class ImportSerializer(ImportSummarySerializer):
    errors = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text=f"The first {SHOWN_ERRORS} row errors."
    )
    errors_url = serializers.SerializerMethodField(help_text="All of them, as CSV.")

    def get_errors(self, job: Import) -> list[dict[str, Any]]:
        return [dict(RowErrorSerializer(error).data) for error in job.errors.all()[:SHOWN_ERRORS]]

    def get_errors_url(self, job: Import) -> str:
        return str(self.context["request"].build_absolute_uri(reverse("import-errors", args=[job.uuid])))


ImportPageSerializer = page_of(ImportSummarySerializer, "ImportPageSerializer")
