"""What the service says about itself: is it alive, is it ready, what do its errors mean; and the stored media."""

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import condition
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.nexus import health
from demo_api.nexus.problem_types import PROBLEM_TYPES
from demo_api.nexus.problems import Problem, safe_methods_only
from demo_api.rest.conditional import validated
from demo_api.rest.params import NoParams
from demo_api.rest.policy import Who, endpoint
from demo_api.rest.views import ApiView

IMAGE_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


class LiveSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(read_only=True, help_text="Always `alive`.")


class ReadySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=[("ready", "All is well."), ("degraded", "Requests are answered; work that follows them is delayed.")],
        read_only=True,
        help_text="`ready`, or `degraded` while requests are answered and the work that follows them is delayed.",
    )
    checks = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="Each thing the service uses, with `ok` or a sentence."
    )


class ProblemTypeSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(source="uri", read_only=True)
    status = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True, help_text="What it means and what to do about it.")


class ProblemTypeListSerializer(serializers.Serializer[Any]):
    results = ProblemTypeSerializer(many=True, read_only=True)


class LiveView(ApiView):
    authentication_classes = ()

    @extend_schema(
        operation_id="live",
        summary="Is the process alive?",
        description="Touches nothing: no database, no file. For whoever restarts processes.",
        tags=["service"],
        responses={200: LiveSerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="health")
    def get(self, request: Request) -> Response:
        return Response({"status": "alive"}, headers={"Cache-Control": "no-store"})


class ReadyView(ApiView):
    authentication_classes = ()

    @extend_schema(
        operation_id="ready",
        summary="Can it answer requests?",
        description=(
            "Asks everything the service uses, within two seconds. For whoever routes requests: what only delays work, "
            "such as a broker that is away, does not make it unready."
        ),
        tags=["service"],
        responses={200: ReadySerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="health", problems=("not-ready",))
    def get(self, request: Request) -> Response:
        checks = health.readiness()
        if not health.is_ready(checks):
            said = "; ".join(f"{name}: {found}" for name, found in checks.items() if found != "ok")
            raise Problem("not-ready", said, headers={"Cache-Control": "no-store"}, checks=checks)
        status = "ready" if set(checks.values()) == {"ok"} else "degraded"
        return Response({"status": status, "checks": checks}, headers={"Cache-Control": "no-store"})


class ProblemTypesView(ApiView):
    @extend_schema(
        operation_id="list_problem_types",
        summary="List the problem types",
        description="Every `type` that an error of this service can have.",
        tags=["service"],
        responses={200: ProblemTypeListSerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="read", problems=("invalid-input",))
    def get(self, request: Request) -> Response:
        NoParams.read(request)
        return validated(ProblemTypeListSerializer({"results": list(PROBLEM_TYPES.values())}).data)


class ProblemTypeView(ApiView):
    @extend_schema(
        operation_id="read_problem_type",
        summary="Read a problem type",
        description="What the `type` of an error means. The `type` of every problem document is such an address.",
        tags=["service"],
        responses={200: ProblemTypeSerializer},
    )
    @endpoint(who=Who.ANYONE, throttle="read", problems=("not-found",))
    def get(self, request: Request, slug: str) -> Response:
        if slug not in PROBLEM_TYPES:
            raise NotFound
        return validated(ProblemTypeSerializer(PROBLEM_TYPES[slug]).data)


def media_etag(request: HttpRequest, name: str) -> str:
    """The name itself: another picture has another name."""
    return f'"{name}"'


@safe_methods_only
@condition(etag_func=media_etag)
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored image, from local storage. Names are never used twice, so a copy may be kept for good.

    Only our own image types are served, and none can act as a page on this origin.
    """
    kind = IMAGE_TYPES.get(name[name.rfind(".") :])
    if kind is None or ".." in name or not default_storage.exists(name):
        raise Http404
    return FileResponse(
        default_storage.open(name),
        headers={
            "Content-Type": kind,
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
