"""Validators and preconditions (RFC 9110, section 13): nothing is sent twice, and no change is overwritten unseen."""

import hashlib
from datetime import datetime
from typing import Any

from django.utils.http import http_date, parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from demo_api.nexus.problems import Problem, invalid_header

IF_MATCH = "If-Match"


def etag_of(data: Any) -> str:
    """A strong entity tag: a digest of the very bytes that `data` is sent as."""
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def validated(
    data: Any, *, last_modified: datetime | None = None, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A response with its validators. ConditionalGetMiddleware turns it into 304 when the caller has it already."""
    sent = {"ETag": etag_of(data)} | (headers or {})
    if last_modified:
        sent["Last-Modified"] = http_date(last_modified.timestamp())
    return Response(data, status=status, headers=sent)


def require_match(request: Request, current: Any) -> None:
    """Lets a write go on only when `If-Match` names the entity tag of `current`, the representation as it is now.

    Call it while the row is locked. Raises Problem precondition-required (428) without the header, invalid-input (400)
    when it names nothing, and precondition-failed (412) when it names another version, with the current `ETag`.
    """
    sent = request.headers.get(IF_MATCH, "").strip()
    if not sent:
        raise Problem("precondition-required", "Send If-Match with the ETag of your last read of this address.")
    named = parse_etags(sent)
    if not named:
        raise invalid_header(IF_MATCH, 'Not an entity tag: send it as it came, with its quotation marks, or "*".')
    tag = etag_of(current)
    if sent != "*" and tag not in named:
        detail = "If-Match does not name the current version: someone has changed it since you read it."
        raise Problem("precondition-failed", detail, headers={"ETag": tag})
