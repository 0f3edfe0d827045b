"""`POST /graphql/`: one GraphQL request over HTTP. What can be asked stands in `demo_api/catalog/graphql/`.

See https://graphql.github.io/graphql-over-http/draft/. A request that is refused before it runs is answered with 400,
or with 200 where the caller asked for `application/json`, which older clients expect.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.rest.fields import StrictSerializer
from demo_api.rest.params import NoParams
from demo_api.rest.policy import JSON_BODY, Who, endpoint
from demo_api.rest.throttling import MinuteThrottle
from demo_api.rest.views import ApiView, OneFormRenderer

MEDIA_TYPE = "application/graphql-response+json"
LEGACY_MEDIA_TYPE = "application/json"


class GraphQLRenderer(OneFormRenderer):
    media_type = MEDIA_TYPE
    format = "graphql"


class GraphQLRequestSerializer(StrictSerializer):
    query = serializers.CharField(trim_whitespace=False, help_text="The document.")
    variables = serializers.DictField(
        required=False, allow_null=True, default=dict, help_text="The values of its variables, by name."
    )
    operationName = serializers.CharField(  # noqa: N815 (the specification's name)
        required=False, allow_null=True, default=None, help_text="Which operation to run, where there are several."
    )
    extensions = serializers.DictField(required=False, allow_null=True, help_text="Read and not used.")


RESPONSE = {
    "type": "object",
    "properties": {
        "data": {"type": ["object", "null"], "description": "What was asked for, in the form of the document."},
        "errors": {
            "type": "array",
            "description": "What is wrong with the document, or which fields failed: each with its problem's members.",
            "items": {
                "type": "object",
                "required": ["message", "extensions"],
                "properties": {
                    "message": {"type": "string"},
                    "locations": {"type": "array", "items": {"type": "object"}, "description": "Lines and columns."},
                    "path": {"type": "array", "items": {"type": ["string", "integer"]}, "description": "Which field."},
                    "extensions": {"type": "object", "description": "The members of a problem document."},
                },
            },
        },
        "extensions": {"type": "object", "description": "`limits`: what was found in the document, and the most."},
    },
}


@cache
def engine() -> Callable[..., Any]:
    """What answers. It is imported by the first request: most processes never get one, and it takes a second."""
    answer: Callable[..., Any] = import_string("demo_api.catalog.graphql.engine.answer")
    return answer


class GraphQLView(ApiView):
    renderer_classes = (GraphQLRenderer, OneFormRenderer)

    @extend_schema(
        operation_id="graphql",
        summary="Ask in GraphQL",
        description=(
            "One operation a request; a list of them is refused. Every field says who may ask it, in the schema and on "
            "the GraphQL pages of the handbook. Each field of a mutation counts as a write."
        ),
        tags=["graphql"],
        request=GraphQLRequestSerializer,
        responses={200: RESPONSE, (400, MEDIA_TYPE): RESPONSE},
    )
    @endpoint(who=Who.ANYONE, throttle="read", body=JSON_BODY)
    def post(self, request: Request) -> Response:
        NoParams.read(request)
        form = GraphQLRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        answer = engine()(
            asked["query"], asked["variables"] or {}, asked["operationName"], request, count_writes=self.count_writes
        )
        legacy = request.accepted_renderer.media_type == LEGACY_MEDIA_TYPE
        return Response(answer.body, status=200 if answer.runs or legacy else 400)

    def count_writes(self, number: int) -> None:
        """Counts so many writes. Raises Throttled past the limit."""
        throttle = MinuteThrottle("write")
        for _ in range(number):
            if not throttle.allow_request(self.request, self):
                raise Throttled(wait=throttle.wait())
