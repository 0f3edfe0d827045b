"""How often: fixed windows of a minute, counted atomically, for an account or an address that cannot be forged."""

import time

from django.conf import settings
from django.dispatch import Signal
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from demo_api.nexus.caches.local import cache_named

WINDOW = 60  # seconds
# What hands out accounts and tokens counts addresses only: each new account would bring a new allowance with it.
BY_ADDRESS = {"register", "sign-in"}
throttle_refused = Signal()  # sent with `scope`


def caller(request: Request) -> str:
    """The account, or the address of whoever is not signed in."""
    user = request.user
    return f"user-{user.pk}" if user.is_authenticated else f"address-{address(request)}"


def address(request: Request) -> str:
    """The caller's address. X-Forwarded-For counts only for as many proxies as are known to be ours, from the right."""
    trusted = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if trusted and forwarded:
        return str(forwarded[-min(trusted, len(forwarded))])
    return str(request.META.get("REMOTE_ADDR") or "unknown")


def count(scope: str, who: str) -> tuple[int, float]:
    """Counts one more call in the current window; gives how many there are now, and the seconds the window has left.

    While Redis is away each process counts for itself (`demo_api/nexus/caches/guarded.py`): there is always a limit.
    """
    now = time.time()
    window = int(now // WINDOW)
    calls = cache_named("default").count(f"throttle:{scope}:{who}:{window}", 2 * WINDOW)
    return calls, (window + 1) * WINDOW - now


class MinuteThrottle(BaseThrottle):
    """At most THROTTLE_RATES[scope] calls a minute from one caller; then 429 with Retry-After until the window ends."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.remaining = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not settings.THROTTLING:
            return True
        who = f"address-{address(request)}" if self.scope in BY_ADDRESS else caller(request)
        calls, self.remaining = count(self.scope, who)
        if calls <= settings.THROTTLE_RATES[self.scope]:
            return True
        throttle_refused.send(sender=type(self), scope=self.scope)
        return False

    def wait(self) -> float:
        return self.remaining
