"""CSV files to take away: the catalogue, and the row errors of an import. Streamed, so their size does not matter."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from demo_api.imports import exports
from demo_api.imports.api.imports import ImportView
from demo_api.rest.params import NoParams
from demo_api.rest.policy import Who, endpoint
from demo_api.rest.views import ApiView


class CsvRenderer(BaseRenderer):
    """Says that a view answers in CSV; the views below write it themselves, as a stream."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return b"" if data is None else data  # OPTIONS has no body


def csv_file(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class ProductExportView(ApiView):
    renderer_classes = (CsvRenderer,)

    @extend_schema(
        operation_id="export_products",
        summary="Export the products",
        description=(
            "The whole catalogue, inactive products too, in the columns that an import takes: importing it changes "
            "nothing. A cell that a spreadsheet would take for a formula begins with an apostrophe, which an import "
            "takes off again."
        ),
        tags=["exports"],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "One line for each product, by slug.")},
    )
    @endpoint(who=Who.STAFF, throttle="export", problems=("invalid-input",))
    def get(self, request: Request) -> StreamingHttpResponse:
        NoParams.read(request)
        return csv_file("products.csv", exports.products())


class ImportErrorsView(ImportView):
    renderer_classes = (CsvRenderer,)

    @extend_schema(
        operation_id="export_import_errors",
        summary="Read all row errors of an import",
        description="One line for each error: row, column, message, and the beginning of the cell.",
        tags=["imports"],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "One line for each error, by row.")},
    )
    @endpoint(who=Who.STAFF, throttle="export", problems=("not-found", "invalid-input"))
    def get(self, request: Request, import_id: UUID) -> StreamingHttpResponse:
        NoParams.read(request)
        return csv_file("errors.csv", exports.row_errors(self.job(import_id)))
