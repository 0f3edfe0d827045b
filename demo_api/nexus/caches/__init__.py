"""Which cache: Redis when REDIS_URL is set, otherwise one in the process.

Two caches, so that neither pushes out what the other keeps: `default` counts requests for the throttles, and
`responses` keeps answers as bytes (`demo_api/rest/caching.py`).
"""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from demo_api.nexus import env

CONNECT_SECONDS = 0.05  # to connect, and
ANSWER_SECONDS = 0.05  # to wait for an answer: a Redis that is silent costs one request 100 ms, and then nobody
MOST_COUNTS = 100_000  # entries of a cache in the process: about 20 MB
MOST_RESPONSES = 1_000  # about 15 MB with pages of 20 products


def from_environment() -> dict[str, dict[str, Any]]:
    """Django's CACHES. Raises ImproperlyConfigured for a REDIS_URL that cannot be one."""
    address = env.text("REDIS_URL")
    if address:
        check(address)
    cache = redis if address else in_process
    return {
        "default": cache(address, "counts", MOST_COUNTS),
        "responses": cache(address, "responses", MOST_RESPONSES),
    }


def in_process(address: str, name: str, most: int) -> dict[str, Any]:
    return {"BACKEND": "demo_api.nexus.caches.local.LocalCache", "LOCATION": name, "max_entries": most}


def redis(address: str, name: str, most: int) -> dict[str, Any]:
    return {
        "BACKEND": "demo_api.nexus.caches.guarded.GuardedRedisCache",
        "LOCATION": address,
        "KEY_PREFIX": f"nexus:{name}",
        "max_entries": most,  # of the cache that stands in while Redis is away
        "OPTIONS": {
            "serializer": "demo_api.nexus.caches.guarded.PlainSerializer",
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
        },
    }


def check(address: str) -> None:
    """Raises ImproperlyConfigured. The message does not repeat the address, which may hold a password."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:  # a port that is no number, or half an IPv6 address
        url, port = urlsplit(""), 0
    sound = url.scheme in ("redis", "rediss") and url.hostname and port != 0
    number = url.path.removeprefix("/")
    if not sound or (number and not (number.isascii() and number.isdigit())) or url.query or url.fragment:
        raise ImproperlyConfigured(
            "REDIS_URL is not the address of a Redis. Write REDIS_URL=redis://:password@host:6379/0, or rediss:// for "
            "TLS; the password, the port and the number of the database may be left out."
        )
