"""A server process on a database that is thrown away."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.conf import settings

from hub.api_server import free_port
from scripts.tasks.database import migrate_and_seed
from scripts.tasks.serve import server


@dataclass(frozen=True)
class Running:
    """A running server: its address, and the settings (environment variables) it was started with."""

    address: str
    settings: dict[str, str]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings for a database that is thrown away, on the engine that this run is for."""
    folder = tmp_path_factory.mktemp("live")
    common = {"DJANGO_ENV": "development", "MEDIA_ROOT": str(folder / "media"), "DJANGO_RUNSERVER_HIDE_WARNING": "true"}
    configured = settings.DATABASES["default"]
    if "postgresql" not in configured["ENGINE"]:
        yield common | {"SQLITE_PATH": str(folder / "db.sqlite3"), "POSTGRES_HOST": ""}
        return
    name = f"nexus_live_{os.getpid()}"
    account = {name.lower(): str(configured[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")}
    with psycopg.connect(**account, dbname="postgres", autocommit=True) as administration:  # type: ignore[arg-type]
        administration.execute(f"CREATE DATABASE {name}")
        yield common | {"POSTGRES_DB": name}
        administration.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def running(scratch: dict[str, str]) -> Iterator[Running]:
    migrate_and_seed(scratch)
    with server("127.0.0.1", free_port(), scratch) as (process, address):
        yield Running(address, scratch)
        assert process.poll() is None, "the server ended by itself"
    assert process.poll() is not None, "the server does not stop"
