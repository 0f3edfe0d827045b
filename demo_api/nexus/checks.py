"""Misconfiguration is a system check with a hint: `manage.py check` says what to set, not a traceback later."""

import importlib.util
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LEAST_KEY_LENGTH = 50  # characters; what `django-admin startproject` makes
LEAST_TOKEN_LENGTH = 20  # characters: nobody guesses it at 600 tries a minute


@register()
def production_is_safe(**kwargs: Any) -> list[CheckMessage]:
    """In production: a secret key of our own, no DEBUG, and named hosts."""
    if settings.ENVIRONMENT != "production":
        return []
    errors: list[CheckMessage] = []
    if settings.SECRET_KEY == settings.INSECURE_KEY or len(settings.SECRET_KEY) < LEAST_KEY_LENGTH:
        errors.append(
            Error(
                "DJANGO_SECRET_KEY is the development key, or shorter than 50 characters.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"',
                id="nexus.E001",
            )
        )
    if settings.DEBUG:
        errors.append(Error("DJANGO_DEBUG is on in production.", hint="Unset DJANGO_DEBUG.", id="nexus.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(
            Error(
                "DJANGO_ALLOWED_HOSTS takes every host.",
                hint="Name the hosts you serve, for example DJANGO_ALLOWED_HOSTS=shop.example.org.",
                id="nexus.E003",
            )
        )
    return errors


@register()
def images_can_be_reencoded(**kwargs: Any) -> list[CheckMessage]:
    """Outside the browser, uploaded images are re-encoded, and that needs Pillow."""
    if not settings.IMAGE_REENCODING_REQUIRED or importlib.util.find_spec("PIL"):
        return []
    return [
        Error(
            "Pillow is not installed, so uploaded images cannot be re-encoded.",
            hint="pip install -r requirements.txt",
            id="nexus.E004",
        )
    ]


@register()
def metrics_are_guarded(**kwargs: Any) -> list[CheckMessage]:
    """A token for /metrics that nobody guesses."""
    if not 0 < len(settings.METRICS_TOKEN) < LEAST_TOKEN_LENGTH:
        return []
    return [
        Error(
            f"METRICS_TOKEN is shorter than {LEAST_TOKEN_LENGTH} characters.",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(30))"',
            id="nexus.E005",
        )
    ]


@register()
def broker_takes_the_account(**kwargs: Any) -> list[CheckMessage]:
    """RabbitMQ's first account, guest, is for its own machine; a default in an address would only show as "refused"."""
    parts = urlsplit(settings.RABBITMQ_URL)
    if not settings.RABBITMQ_URL or parts.hostname in LOOPBACK or (parts.username or "guest") != "guest":
        return []
    return [
        Error(
            "RABBITMQ_URL signs in as guest, which RabbitMQ takes from its own machine only.",
            hint="Make an account (rabbitmqctl add_user) and write amqp://account:password@host:5672/.",
            id="nexus.E006",
        )
    ]
