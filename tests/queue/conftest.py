"""The fixtures of these tests: a scratch service without a broker, and one with the run's RabbitMQ."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.engines.postgres import NoPostgres, connect, find_programs, private_cluster
from tests.engines.rabbitmq import Broker, Node
from tests.engines.sqlite import seeded_copy
from tests.queue.world import World, world


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and the seeded catalogue, to be copied."""
    return Path(seeded_copy(tmp_path_factory.mktemp("migrated"))["SQLITE_PATH"])


@pytest.fixture
def alone(tmp_path: Path, migrated: Path) -> Iterator[World]:
    """A service without a broker, on SQLite."""
    path = tmp_path / "db.sqlite3"
    shutil.copy(migrated, path)
    with world(tmp_path, {"SQLITE_PATH": str(path)}) as scratch:
        yield scratch


@pytest.fixture
def queued(alone: World, rabbitmq: Broker) -> World:
    """A service with a broker, on SQLite."""
    alone.settings["RABBITMQ_URL"] = rabbitmq.url
    return alone


@pytest.fixture
def mortal(rabbitmq: Broker) -> Iterator[Node]:
    """The broker, if it may be killed; started again when the test left it dead."""
    if not isinstance(rabbitmq, Node):
        pytest.skip("RABBITMQ_URL names a server that the tests did not start, so they do not kill it")
    yield rabbitmq
    if not rabbitmq.is_alive():
        rabbitmq.start()


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, str]]:
    """POSTGRES_* of a private server. Without PostgreSQL, its tests are skipped; the run's table says so as well."""
    folder = find_programs()
    if folder is None:
        pytest.skip("no PostgreSQL is installed here")
    try:
        with private_cluster(folder) as settings:
            yield settings
    except NoPostgres as absence:
        pytest.skip(str(absence))


@pytest.fixture
def served(tmp_path: Path, postgres: dict[str, str], rabbitmq: Broker) -> Iterator[World]:
    """A service with a broker, on PostgreSQL: what production has."""
    with connect(postgres, autocommit=True) as administration:
        administration.execute("DROP DATABASE IF EXISTS work WITH (FORCE)")
        administration.execute("CREATE DATABASE work")
    with world(tmp_path, postgres | {"POSTGRES_DB": "work"}, RABBITMQ_URL=rabbitmq.url) as scratch:
        scratch.run("migrate", "-v0")
        scratch.run("seed", "-v0")
        yield scratch
