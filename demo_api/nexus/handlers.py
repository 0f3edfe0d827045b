"""The outermost layer: Django's WSGI and ASGI handlers, with requests that no `Content-Type` can break.

Django looks up the charset that a caller names while it makes the request object, before any middleware could answer.
"""

from collections.abc import Mapping
from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.utils.http import parse_header_parameters


class Utf8Only(HttpRequest):
    """Everything sent here is UTF-8 (RFC 8259, section 8.1): a `charset` is not believed, and may not even exist."""

    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # no view reads a body of no type: 415
            self.content_type, self.content_params = "", {}


class Utf8WSGIRequest(Utf8Only, WSGIRequest): ...


class Utf8ASGIRequest(Utf8Only, ASGIRequest): ...


class WsgiHandler(WSGIHandler):
    request_class = Utf8WSGIRequest


class AsgiHandler(ASGIHandler):
    request_class = Utf8ASGIRequest
