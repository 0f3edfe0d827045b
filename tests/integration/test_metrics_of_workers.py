"""gunicorn with two workers: whichever answers, /metrics tells of both, also after one has died."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families

from hub.api_server import HOST, end, free_port, wait_until_ready
from tests.engines.sqlite import seeded_copy

if sys.platform == "win32":
    pytest.skip("gunicorn does not run on Windows", allow_module_level=True)

pytestmark = pytest.mark.servers
LIVE = "/health/live/"


@pytest.fixture
def workers(tmp_path):
    """A running gunicorn's port."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"left by an earlier start")
    variables = seeded_copy(tmp_path) | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    port = free_port()
    options = ["--bind", f"{HOST}:{port}", "--workers", "2"]
    command = [sys.executable, "-m", "gunicorn", "demo_api.nexus.wsgi:application", *options]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | variables)
    try:
        wait_until_ready(process, HOST, port)
        yield port
    finally:
        end(process)


def ask(port, path):
    """One request on a connection of its own: any worker may take it."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode()
    finally:
        connection.close()


def counted(port):
    """How many requests for LIVE the service says it has answered."""
    families = text_string_to_metric_families(ask(port, "/metrics"))
    found = [one for family in families for one in family.samples if one.name == "nexus_requests_total"]
    return sum(one.value for one in found if one.labels["route"] == LIVE.removeprefix("/"))


def pids_that_counted(folder):
    """The workers that have answered at least one request."""
    return {int(file.stem.split("_")[-1]) for file in folder.glob("counter_*.db")}


def ask_until_both_have_answered(port, folder):
    """The service is ready with its first worker; the second may boot long after it. Gives how often it asked."""
    for asked in range(1, 1001):
        assert json.loads(ask(port, LIVE)) == {"status": "alive"}
        if len(pids_that_counted(folder)) == 2:
            return asked
        time.sleep(0.02)
    raise AssertionError("The second worker answered none of 1,000 requests.")


def test_each_worker_tells_of_all(workers, tmp_path):
    asked = ask_until_both_have_answered(workers, tmp_path / "metrics")
    assert [counted(workers) for _ in range(8)] == [asked] * 8


def test_what_a_dead_worker_counted_stays(workers, tmp_path):
    asked = ask_until_both_have_answered(workers, tmp_path / "metrics")
    for pid in pids_that_counted(tmp_path / "metrics"):
        os.kill(pid, signal.SIGKILL)
    for _ in range(20):
        ask_again(workers)
    assert counted(workers) == asked + 20


def ask_again(port):
    """Asks until a new worker answers: a connection may reach one that is just being killed."""
    for _ in range(50):
        try:
            return ask(port, LIVE)
        except (OSError, http.client.HTTPException):
            continue
    raise AssertionError("No worker came back.")
