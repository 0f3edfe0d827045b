"""The OpenAPI document over HTTP: `/api/schema/`, in YAML or JSON, made once in each process."""

from functools import cache
from hashlib import sha256

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from demo_api.rest.params import NoParams
from demo_api.rest.policy import Who, endpoint
from demo_api.rest.views import ApiView


class SchemaView(ApiView):
    """The document follows from the code alone, so it is the same for everyone for as long as the process lives."""

    authentication_classes = ()
    renderer_classes = (OpenApiYamlRenderer, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiJsonRenderer2)

    @extend_schema(exclude=True)
    @endpoint(who=Who.ANYONE, throttle="read", problems=("invalid-input",))
    def get(self, request: Request) -> HttpResponse:
        NoParams.read(request)
        renderer = request.accepted_renderer
        body, tag = rendered(renderer.format)
        return HttpResponse(
            body,
            content_type=f"{request.accepted_media_type}; charset=utf-8",
            headers={"ETag": tag, "Content-Disposition": f'inline; filename="openapi.{renderer.format}"'},
        )


@cache
def rendered(form: str) -> tuple[bytes, str]:
    """The document as `yaml` or `json`, and the entity tag of these very bytes."""
    renderer = OpenApiJsonRenderer() if form == "json" else OpenApiYamlRenderer()
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    body = bytes(renderer.render(document, renderer_context={}))
    return body, f'"{sha256(body).hexdigest()[:32]}"'
