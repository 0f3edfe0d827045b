"""What every request passes through, from the outside in."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import http

from demo_api.nexus import logs

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("demo_api.requests")
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id (a caller's own, if it is harmless), writes the log line, answers `X-Request-ID`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-ID", "")
        token = logs.request_id.set(sent if ACCEPTABLE_ID.fullmatch(sent) else uuid.uuid4().hex)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = logs.request_id.get()
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info(
                "%s %s %s %.1fms", request.method, ascii(request.path)[1:-1], response.status_code, milliseconds
            )
            return response
        finally:
            logs.request_id.reset(token)


class QueryCountMiddleware:
    """Says in `Server-Timing` how many queries a request ran and how long they took, where settings allow it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.SHOW_QUERY_COUNTS:
            return self.get_response(request)
        counter = QueryCounter()
        with connection.execute_wrapper(counter):
            response = self.get_response(request)
        own = f'db;dur={counter.seconds * 1000:.2f};desc="{counter.count}"'
        response["Server-Timing"] = ", ".join(filter(None, [response.get("Server-Timing"), own]))
        return response


class ConditionalGetMiddleware(http.ConditionalGetMiddleware):
    """Django's, which answers 304 to a caller that has the current version; one who polls still learns when to ask."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        answered = super().process_response(request, response)
        if answered.status_code == 304 and "Retry-After" in response:
            answered["Retry-After"] = response["Retry-After"]
        return answered


class QueryCounter:
    """An `execute_wrapper` that counts statements and adds up their seconds."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started
