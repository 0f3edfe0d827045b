"""Answers to anonymous reads, kept as bytes: made once for each state of the data, however many ask.

An entry carries the version that stood before its making began. It is served while the version is still that; so
what was read before a change is never taken for what is there after it. While one caller makes an answer, others wait
a moment for it, then take the one before, and only then make their own. See docs/demo-api/caching.md.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

from django.conf import settings
from django.core.cache import caches
from django.dispatch import Signal
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from demo_api.nexus.caches.local import cache_named

KEPT = 60  # seconds: the longest that an answer can outlive a change whose announcement was lost
STALE = 30  # seconds: the oldest answer that may be served while another caller makes a new one
TURN = 5  # seconds until a caller that makes an answer, and is not heard of again, loses its turn
PATIENCE = 0.5  # seconds to wait for whoever makes the answer
STEP = 0.02  # seconds between two looks
# Browsers ask each time whether theirs is still right (304). Shared caches answer on their own for ten seconds.
SHARED = {
    "Cache-Control": "public, max-age=0, s-maxage=10",
    "CDN-Cache-Control": "max-age=10, stale-while-revalidate=30, stale-if-error=300",  # RFC 9213, RFC 5861
}

Outcome = Literal["hit", "miss", "stale", "recomputed"]
Handler = Callable[..., Any]
Made = tuple[dict[str, str], bytes]  # an answer's headers and body
cache_answered = Signal()  # sent with `outcome`


@dataclass(frozen=True)
class Entry:
    """One kept answer. Only answers with status 200 are."""

    version: int
    made: float  # seconds since 1970
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def pack(self) -> bytes:
        """One line of JSON, then the body."""
        return json.dumps([self.version, self.made, self.headers]).encode() + b"\n" + self.body

    @classmethod
    def unpack(cls, data: Any) -> "Entry | None":
        """The entry; None for nothing, and for what is no entry."""
        try:
            head, _, body = data.partition(b"\n")
            version, made, headers = json.loads(head)
            return cls(int(version), float(made), dict(headers), body)
        except (AttributeError, TypeError, ValueError):
            return None

    def response(self) -> HttpResponse:
        return HttpResponse(self.body, headers=self.headers)


# The view's side --------------------------------------------------------------------------------------------------


def kept_for_anyone(*, version: Callable[[], int]) -> Callable[[Handler], Handler]:
    """A decorator for GET handlers whose answer to a caller without a token depends on the address and on `version`.

    Throttles, permissions and the choice of a media type come before it, and count for kept answers too.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
            if not is_anonymous(request):
                return handler(view, request, *args, **kwargs)
            if not settings.RESPONSE_CACHE:
                response = handler(view, request, *args, **kwargs)
                for name, value in SHARED.items():
                    response[name] = value
                return response

            def make() -> Made:
                response = handler(view, request, *args, **kwargs)
                headers = dict(response.items()) | SHARED | {"Content-Type": JSONRenderer.media_type}
                return headers, JSONRenderer().render(response.data)

            return shared_answer(key_of(request), version(), make).response()

        return answer

    return decorate


def is_anonymous(request: Request) -> bool:
    """Whether the answer is the same for everybody who sends no token. One with a token is never kept nor served."""
    return "Authorization" not in request.headers and not request.user.is_authenticated


def key_of(request: Request) -> str:
    """What an answer depends on, as a digest: its links hold scheme, host, path and query.

    The query is the one that was understood, so that `%6F` and `o` are one address. The order of its parameters stays:
    the links to the neighbouring pages repeat it.
    """
    place = request.build_absolute_uri(request.path)
    return f"answer:{hashlib.sha256(json.dumps([place, request.query_params.urlencode()]).encode()).hexdigest()}"


# One makes it, the others wait ------------------------------------------------------------------------------------


def shared_answer(key: str, version: int, make: Callable[[], Made]) -> Entry:
    """The answer for `version`: the kept one, or one that this caller or another one makes now.

    `version` was read before anything else. Raises what `make` raises; nothing is kept then.
    """
    kept = read(key)
    if kept and kept.version == version:
        return told("hit", kept)
    turn, token = f"{key}:turn:{version}", uuid.uuid4().bytes
    if not caches["responses"].add(turn, token, timeout=TURN):
        if made := made_meanwhile(key, turn, version):
            return told("hit", made)
        if kept and time.time() - kept.made < STALE:
            return told("stale", kept)
    try:
        if (kept := read(key)) and kept.version == version:
            return told("hit", kept)  # made between our look and our turn
        cache_answered.send(sender=Entry, outcome="miss")
        entry = Entry(version, time.time(), *make())
        caches["responses"].set(key, entry.pack(), timeout=KEPT)
        return told("recomputed", entry)
    finally:
        cache_named("responses").forget(turn, token)


def made_meanwhile(key: str, turn: str, version: int) -> Entry | None:
    """What the caller whose turn it is has made; None when there is nothing after PATIENCE, or it has given up."""
    for _ in range(round(PATIENCE / STEP)):
        time.sleep(STEP)
        going_on = caches["responses"].has_key(turn)
        if (kept := read(key)) and kept.version == version:
            return kept
        if not going_on:
            return None
    return None


def read(key: str) -> Entry | None:
    return Entry.unpack(caches["responses"].get(key))


def told(outcome: Outcome, entry: Entry) -> Entry:
    cache_answered.send(sender=Entry, outcome=outcome)
    return entry
