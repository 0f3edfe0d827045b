"""Errors as problem details (RFC 9457), from one place, on every path."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.views import set_rollback

from demo_api.nexus import logs
from demo_api.nexus.errors import DomainError
from demo_api.nexus.handbook import missing_page
from demo_api.nexus.problem_types import PROBLEM_TYPES, ProblemType
from demo_api.nexus.storage import StorageFull, is_full

__all__ = ["PROBLEM_TYPES", "Problem", "ProblemType", "answer", "exception_handler", "problem_document"]

View = Callable[..., HttpResponseBase]
logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5  # seconds: what a 503 asks for


class Problem(Exception):
    """An error that the HTTP side itself finds; raise it with the slug of a registered type.

    `facts` become members of the document; `headers` are added to the response.
    """

    def __init__(self, slug: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        self.kind = PROBLEM_TYPES[slug]
        self.detail = detail or self.kind.title + "."
        self.headers = dict(headers or {})
        self.facts = facts
        super().__init__(self.detail)


def invalid_parameter(name: str, detail: str, code: str = "invalid") -> Problem:
    """The problem for one query parameter."""
    return Problem("invalid-input", errors=[{"parameter": name, "detail": detail, "code": code}])


def invalid_header(name: str, detail: str, code: str = "invalid") -> Problem:
    """The problem for one request header."""
    return Problem("invalid-input", errors=[{"header": name, "detail": detail, "code": code}])


def problem_document(kind: ProblemType, detail: str, path: str, **facts: Any) -> dict[str, Any]:
    """The members of RFC 9457, the request's id, and the type's own members, ready for JSON."""
    document = {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": path,
        "request_id": logs.request_id.get(),
    }
    return document | facts


# From exceptions to problems --------------------------------------------------------------------------------------

FRAMEWORK_PROBLEMS: list[tuple[type[Exception], str]] = [
    (drf.ParseError, "malformed-request"),
    (drf.NotAuthenticated, "not-authenticated"),
    (drf.AuthenticationFailed, "not-authenticated"),
    (drf.PermissionDenied, "permission-denied"),
    (PermissionDenied, "permission-denied"),
    (drf.NotFound, "not-found"),
    (Http404, "not-found"),
    (ObjectDoesNotExist, "not-found"),  # deleted between two steps of one request
    (drf.MethodNotAllowed, "method-not-allowed"),
    (drf.NotAcceptable, "not-acceptable"),
    (drf.UnsupportedMediaType, "unsupported-media-type"),
    (drf.Throttled, "too-many-requests"),
    (SuspiciousOperation, "malformed-request"),
    (UnreadablePostError, "malformed-request"),  # the caller went away in the middle of the body
    (DataError, "malformed-request"),  # a value that no column can hold, such as NUL in a cookie of the admin
    (OperationalError, "service-unavailable"),
    (InterfaceError, "service-unavailable"),
]


def as_problem(error: Exception) -> Problem | None:
    """The problem for an exception, or None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    if is_full(error):
        error = StorageFull()
    if isinstance(error, DomainError):
        return Problem(error.code, error.detail, headers=headers_of(error), **error.facts)
    if isinstance(error, drf.ValidationError):
        return Problem("invalid-input", errors=list(pointers(error.detail)))
    for exception, slug in FRAMEWORK_PROBLEMS:
        if isinstance(error, exception):
            return Problem(slug, detail_of(error), headers=headers_of(error))
    return None


def detail_of(error: Exception) -> str:
    """A sentence that is safe to show: the framework's own, or the type's title where it would reveal internals."""
    if isinstance(error, drf.APIException) and isinstance(error.detail, str):
        return str(error.detail)
    return ""


def headers_of(error: Exception) -> dict[str, str]:
    """The headers that the error's status asks for: WWW-Authenticate and Retry-After (RFC 9110)."""
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, drf.Throttled):
        headers["Retry-After"] = str(max(1, round(getattr(error, "wait", None) or 1)))
    if isinstance(error, DomainError) and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, OperationalError | InterfaceError):
        headers["Retry-After"] = str(RETRY_AFTER)
    return headers


def pointers(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as a flat list: one JSON pointer (RFC 6901), detail and code for each message."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = "" if key == "non_field_errors" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from pointers(value, path + own)
    elif isinstance(detail, list):
        for value in detail:
            yield from pointers(value, path)
    else:
        yield {"pointer": path, "detail": str(detail), "code": getattr(detail, "code", "invalid")}


# Answering --------------------------------------------------------------------------------------------------------


def answer(request: HttpRequest | Request, problem: Problem) -> JsonResponse:
    """The problem document as a response: always JSON, whatever form the caller would have liked the answer in."""
    document = problem_document(problem.kind, problem.detail, request.path, **problem.facts)
    headers = {"Cache-Control": "no-store"}  # each has a request id of its own, so no copy is worth a validator
    if problem.kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2
    return JsonResponse(
        document, status=problem.kind.status, content_type=MEDIA_TYPE, headers=headers | problem.headers
    )


def safe_methods_only(view: View) -> View:
    """A decorator for views outside REST framework: anything but GET and HEAD gets a 405 problem document.

    No method that could change something gets through, so the CSRF check, which would answer before, is left out.
    """

    @csrf_exempt
    @wraps(view)
    def refuse_others(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        return answer(
            request, Problem("method-not-allowed", "Allowed here: GET, HEAD.", headers={"Allow": "GET, HEAD"})
        )

    return refuse_others


def exception_handler(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """DRF's hook: a problem document for every exception a view may raise; None lets Django log and answer 500."""
    problem = as_problem(error)
    if problem is None:
        return None
    set_rollback()
    if problem.kind.status >= 500:
        logger.warning("%s: %s", problem.kind.slug, error, exc_info=error)
    return answer(context["request"], problem)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return answer(request, Problem("malformed-request"))


def permission_denied(request: HttpRequest, exception: Exception) -> JsonResponse:
    return answer(request, Problem("permission-denied"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return missing_page(request) or answer(request, Problem("not-found"))


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler500: what nobody foresaw, and what the database or the disk says outside any view of the API."""
    error = sys.exc_info()[1]
    problem = as_problem(error) if isinstance(error, DatabaseError | InterfaceError | OSError) else None
    return answer(request, problem or Problem("internal-error"))
