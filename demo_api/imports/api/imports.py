"""`/api/v1/imports/`: products from a CSV file. The answer to the file is a promise, and an address to look at."""

from typing import IO, Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.catalog.api.docs import IDEMPOTENCY_KEY, conditional_read
from demo_api.catalog.api.params import PageParams
from demo_api.catalog.api.reservations import idempotency_key
from demo_api.imports import services
from demo_api.imports.api.serializers import ImportPageSerializer, ImportSerializer, ImportSummarySerializer
from demo_api.imports.columns import COLUMNS, OPTIONAL, REQUIRED
from demo_api.imports.models import Import
from demo_api.rest.conditional import validated
from demo_api.rest.pages import keyset_page
from demo_api.rest.params import NoParams
from demo_api.rest.parsers import content_length
from demo_api.rest.policy import CSV_BODY, Who, endpoint
from demo_api.rest.views import ApiView

POLL_AFTER = 1  # seconds: how soon it is worth looking again


def words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


class ImportView(ApiView):
    """What the views of one import share."""

    def job(self, import_id: UUID) -> Import:
        found = Import.objects.filter(uuid=import_id).first()
        if found is None:
            raise NotFound("There is no import with this id.")
        return found

    def answer(self, job: Import, *, headers: dict[str, str] | None = None, **kwargs: Any) -> Response:
        """The import, and, until it is finished, when to look again."""
        sent = dict(headers or {})
        if job.state in Import.UNFINISHED:
            sent["Retry-After"] = str(POLL_AFTER)
        data = ImportSerializer(job, context={"request": self.request}).data
        return validated(data, last_modified=job.updated_at, headers=sent, **kwargs)


class ImportListView(ImportView):
    @extend_schema(
        operation_id="list_imports",
        summary="List imports",
        description="Every import, newest first, whoever asked for it.",
        tags=["imports"],
        parameters=[PageParams, *conditional_read],
        responses={200: ImportPageSerializer, 304: None},
    )
    @endpoint(who=Who.STAFF, throttle="read")
    def get(self, request: Request) -> Response:
        params = PageParams.read(request)
        changed = Import.objects.aggregate(at=Max("updated_at"))["at"]
        page = keyset_page(Import.objects.all(), request, params, ordering="-created_at")
        return validated(page.document(ImportSummarySerializer, request), last_modified=changed)

    @extend_schema(
        operation_id="create_import",
        summary="Import products from a CSV file",
        description=(
            "Takes the file and answers before it is read: `Location` is the import, to be polled. Each row creates a "
            "product or updates the one with its slug; a row that is refused leaves its product as it was. UTF-8, "
            f"separated by commas, with a header. Columns, in any order: {words(COLUMNS)}; {words(REQUIRED)} are "
            f"required. Without one of {words(OPTIONAL)}, old products keep theirs and new ones get the default. "
            "`category` is a slug. When a slug comes twice, the last row wins. At most 1,000,000 rows. Sent again with "
            "the same `Idempotency-Key`, the file is not imported again."
        ),
        tags=["imports"],
        parameters=[IDEMPOTENCY_KEY],
        request={"text/csv": OpenApiTypes.STR},
        responses={202: OpenApiResponse(ImportSerializer, "Accepted, now or by the first request with this key.")},
    )
    @endpoint(
        who=Who.STAFF,
        throttle="upload",
        body=CSV_BODY,
        problems=("invalid-csv", "queue-full", "idempotency-key-reused", "insufficient-storage"),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key(request)
        stream = cast(IO[bytes], request.data)  # the parser hands on the body itself
        job, made = services.start(user=cast(User, request.user), stream=stream, size=content_length(request), key=key)
        headers = {"Location": request.build_absolute_uri(f"{request.path}{job.uuid}/")}
        if not made:
            headers["Idempotent-Replayed"] = "true"
        return self.answer(job, status=status.HTTP_202_ACCEPTED, headers=headers)


class ImportDetailView(ImportView):
    @extend_schema(
        operation_id="read_import",
        summary="Read an import",
        description=(
            "How far it is. Ask again after `Retry-After` seconds, with `If-None-Match`, until the header is gone: "
            "then it has succeeded, failed, or been cancelled. An import with refused rows has succeeded all the same."
        ),
        tags=["imports"],
        parameters=conditional_read,
        responses={200: ImportSerializer, 304: None},
    )
    @endpoint(who=Who.STAFF, throttle="read", problems=("not-found", "invalid-input"))
    def get(self, request: Request, import_id: UUID) -> Response:
        NoParams.read(request)
        return self.answer(self.job(import_id))


class ImportCancelView(ImportView):
    @extend_schema(
        operation_id="cancel_import",
        summary="Cancel an import",
        description="No more rows are loaded; those that are loaded stay. A finished import stays as it is.",
        tags=["imports"],
        request=None,
        responses={200: ImportSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", problems=("not-found",))
    def post(self, request: Request, import_id: UUID) -> Response:
        return self.answer(services.cancel(job=self.job(import_id)))


class ImportRetryView(ImportView):
    @extend_schema(
        operation_id="retry_import",
        summary="Try an import again",
        description="Goes on with a failed or cancelled import, where it stopped. Any that waits or runs stays so.",
        tags=["imports"],
        request=None,
        responses={200: ImportSerializer},
    )
    @endpoint(who=Who.STAFF, throttle="write", problems=("not-found", "import-not-retryable", "queue-full"))
    def post(self, request: Request, import_id: UUID) -> Response:
        return self.answer(services.retry(job=self.job(import_id)))
