"""/health/live/ touches nothing; /health/ready/ says within two seconds what is wrong."""

import json
import os
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from demo_api.nexus import health, rabbitmq
from demo_api.outbox.models import Entry
from tests.api.world import problem

LIVE, READY = "/health/live/", "/health/ready/"
ROOT = Path(__file__).resolve().parents[2]


def test_live_asks_nobody(anonymous, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = anonymous.get(LIVE)
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert response["Cache-Control"] == "no-store"


@pytest.fixture
def _same_connection(monkeypatch):
    """The checks run on the test's own connection, which alone sees the test's database and transaction."""
    monkeypatch.setattr(health, "run_checks_on_own_connection", health.run_checks)

    class Here:
        def __init__(self, max_workers):
            pass

        def submit(self, call, *arguments):
            result = call(*arguments)
            return type("Done", (), {"result": lambda self, timeout: result})()

        def shutdown(self, wait):
            pass

    monkeypatch.setattr(health, "ThreadPoolExecutor", Here)


@pytest.mark.usefixtures("_same_connection")
def test_ready_when_the_database_answers_and_is_migrated(anonymous):
    response = anonymous.get(READY)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "queue": "ok"}}


@pytest.mark.usefixtures("_same_connection")
def test_a_missing_migration_is_named_with_what_to_do(anonymous):
    MigrationRecorder.Migration.objects.filter(app="outbox", name="0002_deliveries_and_error").delete()
    response = anonymous.get(READY)
    checks = problem(response, 503, "not-ready")["checks"]
    assert checks["database"] == "ok"
    assert "0002_deliveries_and_error" in checks["migrations"]
    assert "manage.py migrate" in checks["migrations"]
    assert response["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("_same_connection")
def test_what_is_wrong_is_said_without_addresses_and_names(anonymous, monkeypatch):
    def fail():
        raise OperationalError("connection to server at 10.1.2.3, user nexus failed")

    monkeypatch.setitem(health.CHECKS, "database", fail)
    response = anonymous.get(READY)
    assert problem(response, 503, "not-ready")["checks"]["database"] == "unreachable (OperationalError)"
    assert b"10.1.2.3" not in response.content


def test_a_check_that_hangs_is_not_waited_for(anonymous, monkeypatch):
    monkeypatch.setattr(health, "run_checks_on_own_connection", lambda checks: time.sleep(3))
    began = time.monotonic()
    checks = problem(anonymous.get(READY), 503, "not-ready")["checks"]
    assert time.monotonic() - began < 2
    assert set(checks) == {"database", "migrations", "queue"}
    assert "no answer" in checks["database"]


# Work that is delayed ---------------------------------------------------------------------------------------------


def degraded(response) -> dict[str, str]:
    """Asserts that requests are answered and work is delayed; gives the checks."""
    assert (response.status_code, response.json()["status"]) == (200, "degraded"), response.content
    checks: dict[str, str] = response.json()["checks"]
    return checks


def promised_at(moment) -> None:
    Entry.objects.create(task="tests.note", available_at=moment)


@pytest.mark.usefixtures("_same_connection")
def test_work_that_nobody_takes_is_said_with_what_is_missing(anonymous):
    promised_at(timezone.now() - timedelta(minutes=4))
    assert anonymous.get(READY).json()["status"] == "ready"
    promised_at(timezone.now() - timedelta(minutes=6))
    assert degraded(anonymous.get(READY))["queue"] == "2 waiting, the first for 360 s: is a worker running?"


@pytest.mark.usefixtures("_same_connection")
def test_too_much_work_is_said(anonymous, monkeypatch, settings):
    monkeypatch.setattr(health, "MOST_WAITING", 2)
    monkeypatch.setattr(rabbitmq, "greet", lambda url, timeout: None)
    settings.RABBITMQ_URL = "amqp://nexus:secret@broker.invalid/"
    for _ in range(3):
        promised_at(timezone.now())
    assert degraded(anonymous.get(READY))["queue"] == "3 waiting, the first for 0 s: is a relay running?"


@pytest.mark.usefixtures("_same_connection")
def test_a_broker_that_refuses_delays_work_and_nothing_else(anonymous, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening: refused
        settings.RABBITMQ_URL = f"amqp://nexus:secret@127.0.0.1:{nobody.getsockname()[1]}/"
        checks = degraded(anonymous.get(READY))
    assert checks == {
        "database": "ok",
        "migrations": "ok",
        "queue": "ok",
        "broker": "unreachable (ConnectionRefusedError)",
    }


@pytest.mark.usefixtures("_same_connection")
def test_a_broker_that_is_silent_is_not_waited_for(anonymous, settings):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.RABBITMQ_URL = f"amqp://nexus:secret@127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()
        checks = degraded(anonymous.get(READY))
    assert time.monotonic() - began < 2
    assert (checks["database"], checks["broker"]) == ("ok", "unreachable (TimeoutError)")


def test_what_hangs_beside_the_database_does_not_make_the_service_unready(monkeypatch):
    slow = {"queue": lambda: time.sleep(3)}
    monkeypatch.setattr(health, "DELAYING", slow)
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: "ok"})
    found = health.readiness()
    assert health.is_ready(found)
    assert "no answer" in found["queue"]


# A real server that is away ---------------------------------------------------------------------------------------

ASK = """
import json, os, time
import django
django.setup()
from django.test import Client
client = Client(SERVER_NAME="localhost", raise_request_exception=False)
client.get("/health/live/")  # what is imported once is imported
for path in ("/health/ready/", "/health/live/"):
    began = time.monotonic()
    response = client.get(path)
    print(json.dumps([response.status_code, time.monotonic() - began, response.json()]), flush=True)
os._exit(0)  # without waiting for the connection pool's threads
"""


def ask(port: int) -> list[list]:
    """Both health answers of a service whose PostgreSQL is said to listen on this port."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(port),
        "POSTGRES_DB": "nexus",
        "POSTGRES_USER": "nexus",
        "POSTGRES_PASSWORD": "nexus",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def not_ready_and_alive(answers):
    (status, seconds, document), (live, _, _) = answers
    assert status == 503
    assert seconds < 2
    assert document["type"] == "/api/problems/not-ready/"
    assert document["checks"]["database"] != "ok"
    assert live == 200


def test_a_server_that_refuses_is_reported_in_two_seconds():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening: refused
        not_ready_and_alive(ask(nobody.getsockname()[1]))


def test_a_server_that_is_silent_is_reported_in_two_seconds():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        not_ready_and_alive(ask(silent.getsockname()[1]))
