"""Marked secrets as settings of the service, each of its own, and where they were found."""

import base64
from urllib.parse import quote

from hub.api_server import free_port

CANARIES = {
    name: f"canary-{name}-{'0123456789abcdef' * 3}"
    for name in ("secret-key", "fallback-key", "redis", "rabbitmq", "metrics")
}
DEAD = free_port()  # nobody listens there
SECRETS = {
    "DJANGO_SECRET_KEY": CANARIES["secret-key"],
    "DJANGO_SECRET_KEY_FALLBACKS": CANARIES["fallback-key"],
    "REDIS_URL": f"redis://:{CANARIES['redis']}@127.0.0.1:{DEAD}/0",
    "RABBITMQ_URL": f"amqp://nexus:{CANARIES['rabbitmq']}@127.0.0.1:{DEAD}/",
    "METRICS_TOKEN": CANARIES["metrics"],
    "RESPONSE_CACHE": "1",
    "LOG_LEVEL": "DEBUG",
}


def found_in(text: str | bytes) -> list[str]:
    """The canaries that stand there: as they are, as an address encodes them, or in Base64."""
    data = text.encode() if isinstance(text, str) else text
    return [
        name
        for name, canary in CANARIES.items()
        if canary.encode() in data
        or quote(canary, safe="").encode() in data
        or base64.b64encode(canary.encode())[:-4] in data
    ]
