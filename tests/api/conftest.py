"""The fixtures of the API's tests: an empty cache, a media folder of its own, the shop, and those who call."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.urls import set_script_prefix
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.api.world import Shop, client_of, open_shop, person


@pytest.fixture(autouse=True)
def _own_surroundings(settings: Settings, tmp_path: Path) -> None:
    """What one test stored or counted, no other test meets. Passwords are hashed cheaply: a hundred are."""
    for cache in caches.all(initialized_only=False):
        cache.clear()
    set_script_prefix("/")  # a test that spoke as a server may have left its own
    settings.MEDIA_ROOT = tmp_path / "media"
    imports = settings.STORAGES["imports"] | {"OPTIONS": {"location": tmp_path / "imports"}}
    settings.STORAGES = settings.STORAGES | {"imports": imports}
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns about a folder that is not there
    settings.WHITENOISE_USE_FINDERS = False  # each client would look through every static file anew
    settings.SITE_ROOT, settings.WHITENOISE_ROOT = tmp_path / "site", None  # whether or not the handbook is built
    settings.RABBITMQ_URL = ""  # whatever the shell or .env says
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _same_minute() -> Iterator[None]:
    """No minute of the limits ends in the middle of a test, however slow the machine is."""
    with patch("demo_api.rest.throttling.time", SimpleNamespace(time=lambda: 1_800_000_030.0)):
        yield


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def anonymous(db: None) -> APIClient:
    return client_of(None)


@pytest.fixture
def clara(db: None) -> User:
    """A customer's account."""
    return person("clara")


@pytest.fixture
def customer(clara: User) -> APIClient:
    return client_of(clara)


@pytest.fixture
def stranger(db: None) -> APIClient:
    """Another customer, who has no business with Clara's things."""
    return client_of(person("bob"))


@pytest.fixture
def staff(db: None) -> APIClient:
    return client_of(person("alice", is_staff=True))
