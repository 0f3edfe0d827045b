"""`/metrics`, for whoever collects them; `metrics.py` says what they are."""

from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from demo_api.nexus import metrics
from demo_api.nexus.problems import Problem
from demo_api.rest.params import NoParams
from demo_api.rest.policy import Who, endpoint
from demo_api.rest.views import ApiView


class TextRenderer(BaseRenderer):
    """Takes part in the choice of a media type; the view answers with bytes."""

    media_type = "text/plain"
    format = "txt"

    def render(self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None) -> Any:
        return b"" if data is None else data  # OPTIONS has no body


class MetricsView(ApiView):
    authentication_classes = ()  # a token of its own: METRICS_TOKEN, not an account's
    renderer_classes = (TextRenderer,)

    @extend_schema(exclude=True)
    @endpoint(who=Who.ANYONE, throttle="health", problems=("not-authenticated", "not-found", "invalid-input"))
    def get(self, request: Request) -> HttpResponse:
        NoParams.read(request)
        may_scrape(request)
        headers = {"Cache-Control": "no-store"}
        return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)


def may_scrape(request: Request) -> None:
    """Raises Problem not-authenticated without the token, and NotFound in production as long as there is no token."""
    token = settings.METRICS_TOKEN
    if not token and settings.ENVIRONMENT == "production":
        raise NotFound
    sent = request.headers.get("Authorization", "")
    if token and not compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise Problem("not-authenticated", "Send Authorization: Bearer with the METRICS_TOKEN of this service.")
