"""What `nexus.py serve` does once it is set up: it prepares a database once, serves, and leaves nothing behind."""

import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from hub.api_server import free_port, scratch_settings
from scripts.nexus import ROOT, environ
from scripts.tasks.database import migrate_and_seed
from scripts.tasks.serve import server, worker


@pytest.fixture
def scratch(tmp_path: Path) -> dict[str, str]:
    """The variables that keep a server away from everyone's own database and pictures."""
    return scratch_settings(tmp_path)


def database_state(scratch: dict[str, str]) -> str:
    """What the preparation of that database would be skipped for."""
    program = "from scripts.tasks.database import database_state; print(database_state())"
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, env=environ(scratch), cwd=ROOT, text=True, timeout=60).strip()


def remove_database(scratch: dict[str, str]) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(scratch["SQLITE_PATH"] + suffix).unlink(missing_ok=True)


def test_a_prepared_database_is_known_again_and_a_deleted_one_comes_back(scratch: dict[str, str]) -> None:
    assert database_state(scratch) == ""  # nothing there: it will be prepared
    migrate_and_seed(scratch)
    first = database_state(scratch)
    assert first
    assert database_state(scratch) == first  # nothing changed: skipped
    remove_database(scratch)
    assert database_state(scratch) == ""
    migrate_and_seed(scratch)
    assert database_state(scratch) not in ("", first)  # another database, so the old stamp does not speak for it


def test_the_server_answers_while_it_is_wanted_and_is_gone_afterwards(scratch: dict[str, str]) -> None:
    migrate_and_seed(scratch)
    port = free_port()
    with server("127.0.0.1", port, scratch) as (process, url):
        assert url == f"http://127.0.0.1:{port}/"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/api/v1/products/?page_size=3")
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        assert response.status == 200
        assert len(body["results"]) == 3
    assert process.poll() is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_variables_of_this_process_reach_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_HOST", "db.test")
    assert environ({"POSTGRES_HOST": ""})["POSTGRES_HOST"] == ""
    assert environ()["POSTGRES_HOST"] == os.environ["POSTGRES_HOST"]


def test_a_worker_runs_beside_the_server_and_is_gone_afterwards(scratch: dict[str, str]) -> None:
    migrate_and_seed(scratch)
    with worker(scratch) as process:
        assert process
        assert process.poll() is None
    assert process.poll() is not None


def test_with_a_broker_the_worker_is_somebody_elses(settings: Settings) -> None:
    settings.RABBITMQ_URL = "amqp://nexus:secret@broker.invalid/"
    with worker() as process:
        assert process is None
