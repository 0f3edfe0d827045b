"""A PostgreSQL that may be killed, with the seeded catalogue in it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.engines.postgres import Cluster, NoPostgres, connect, find_programs, running_cluster
from scripts.tasks.database import migrate_and_seed
from tests.conftest import do_without

NOT_HERE = "a server that a test may kill needs PostgreSQL's programs: install it (Debian: apt install postgresql)"


@pytest.fixture(scope="session")
def own_cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A private PostgreSQL, migrated and seeded. What it has confirmed survives its process, as in production."""
    folder = find_programs()
    if folder is None:
        do_without(request, "postgresql", NOT_HERE)
    try:
        with running_cluster(folder) as cluster:
            with connect(cluster.settings, autocommit=True) as administration:
                # The private server forgets the last moment, which is faster; here the last moment matters.
                administration.execute("ALTER SYSTEM SET synchronous_commit = on")
                administration.execute("SELECT pg_reload_conf()")
            media = tmp_path_factory.mktemp("seeded") / "media"
            migrate_and_seed(cluster.settings | {"MEDIA_ROOT": str(media)})
            yield cluster
    except NoPostgres as absence:
        do_without(request, "postgresql", str(absence))


@pytest.fixture
def cluster(own_cluster: Cluster) -> Iterator[Cluster]:
    """The server, running; one that a test left dead is started again."""
    yield own_cluster
    if not answers(own_cluster):
        own_cluster.start()


def answers(cluster: Cluster) -> bool:
    try:
        connect(cluster.settings).close()
    except psycopg.Error:
        return False
    return True


@pytest.fixture
def database(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """A look into the service's database that goes past the service. Each statement is a transaction."""
    with connect(cluster.settings, autocommit=True, database=cluster.settings["POSTGRES_DB"]) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a service of this test keeps its log and its media."""
    return tmp_path


@pytest.fixture
def fault_rounds(request: pytest.FixtureRequest) -> int:
    """How many times a test repeats what it does by chance or by a list: 1, or what `--fault-rounds` says."""
    return int(request.config.getoption("--fault-rounds"))
