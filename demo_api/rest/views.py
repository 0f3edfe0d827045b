"""The base of every view: what an endpoint declares in its policy is what it does."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from demo_api.nexus.problems import Problem
from demo_api.rest.parsers import LimitedMultiPartParser, StreamParser, StrictJSONParser, content_length
from demo_api.rest.policy import Policy, Who, endpoint
from demo_api.rest.throttling import MinuteThrottle


class OneFormRenderer(JSONRenderer):
    """JSON in one form only: `Accept: application/json; indent=4` would give other bytes for the same entity tag."""

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> None:
        return None


class ApiView(APIView):
    """A REST framework view whose permissions, throttles and parsers come from the method's declared policy.

    Raises ImproperlyConfigured when a method that is called declares none.
    """

    renderer_classes: tuple[type[BaseRenderer], ...] = (OneFormRenderer,)

    def policy(self) -> Policy | None:
        """The policy of the method that is being called; None for a method the view does not take."""
        request = getattr(self, "request", None)  # None while the OpenAPI generator looks at the view
        method = (request.method or "").lower() if request else ""
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            return None
        policy: Policy | None = getattr(handler, "policy", None)
        if policy is None:
            raise ImproperlyConfigured(f"{type(self).__name__}.{method} declares no policy: use @endpoint(...).")
        return policy

    def get_permissions(self) -> list[BasePermission]:
        policy = self.policy()
        return [policy.who.permission] if policy else []

    def get_throttles(self) -> list[BaseThrottle]:
        policy = self.policy()
        return [MinuteThrottle(policy.throttle)] if policy else []

    def get_parsers(self) -> list[BaseParser]:
        policy = self.policy()
        if policy is None or policy.body is None:
            return [StrictJSONParser(0)]
        if policy.body.media_type == "multipart/form-data":
            return [LimitedMultiPartParser(policy.body.limit)]
        if policy.body.media_type == "text/csv":
            return [StreamParser(policy.body.media_type, policy.body.limit)]
        return [StrictJSONParser(policy.body.limit)]

    def perform_authentication(self, request: Request) -> None:
        """Counts a request with a bad token for its address: what is refused was looked up all the same.

        Raises AuthenticationFailed, or Throttled past the limit.
        """
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:  # the request now stands as nobody's
            super().check_throttles(request)
            raise

    def check_permissions(self, request: Request) -> None:
        """Counts the request first: one that is refused was asked all the same."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Nothing: `check_permissions` has counted the request already."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses a missing body where one is expected: REST framework would take it for an empty object."""
        super().initial(request, *args, **kwargs)
        policy = self.policy()
        if policy and policy.body and not content_length(request):
            raise ParseError("The body is empty, or came in chunks without a Content-Length, which is not read here.")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        allowed = ", ".join(self.allowed_methods)
        raise Problem("method-not-allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed})

    @extend_schema(exclude=True)
    @endpoint(who=Who.ANYONE, throttle="read")
    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """The methods this address takes (RFC 9110, section 9.3.7); a 204 has no content, in no format."""
        response = HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
        del response["Content-Type"]
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Adds what caches must know: who asked matters, and nothing is reused without asking unless a view says so."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization"])
        if "Cache-Control" not in response.headers:
            private = getattr(request, "auth", None) is not None
            response["Cache-Control"] = "private, no-cache" if private else "no-cache"
        return response
