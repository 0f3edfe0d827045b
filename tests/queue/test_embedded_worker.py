"""The worker without a broker, as a process: it does what waits, survives being killed, and ends when it is told to."""

import os
import subprocess
import sys

import pytest

from hub.source import ROOT
from tests.queue.world import World, ends, eventually, kill


def test_what_waits_is_done_in_order(alone: World) -> None:
    for name in ("first", "second", "third"):
        alone.promise("probe.quick", name=name)
    alone.run("worker", "--drain")
    assert alone.notes("ran") == ["first", "second", "third"]
    assert alone.waiting() == 0


def test_a_worker_that_is_killed_loses_nothing(alone: World) -> None:
    alone.promise("probe.slow", name="import", seconds=30)
    first = alone.start("worker", "--lease", "1")
    eventually("the task begins", lambda: alone.notes("began"))
    kill(first)
    alone.sql("UPDATE outbox_entry SET arguments = ?", '{"name": "import", "seconds": 0}')
    alone.start("worker", "--lease", "1")
    eventually("another worker does it", lambda: alone.notes("ran"))
    eventually("the entry is gone", lambda: alone.waiting() == 0)
    assert alone.notes("began") == ["import", "import"]


def test_two_workers_do_not_run_one_entry_however_long_it_takes(alone: World) -> None:
    alone.promise("probe.slow", name="long", seconds=3)  # three times the lease
    alone.start("worker", "--lease", "1")
    alone.start("worker", "--lease", "1")
    eventually("it is done", lambda: alone.notes("ran"))
    eventually("the entry is gone", lambda: alone.waiting() == 0)
    assert alone.notes("began") == ["long"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_worker_that_is_told_to_end_does_so_in_the_middle_of_a_task(alone: World) -> None:
    alone.promise("probe.slow", name="long", seconds=600)
    process = alone.start("worker")
    eventually("the task begins", lambda: alone.notes("began"))
    assert ends(process) == 0
    assert alone.sql("SELECT leased_until, deliveries, attempts FROM outbox_entry") == [(None, 0, 0)]


def test_a_poisoned_entry_stops_at_five_and_stays(alone: World) -> None:
    alone.promise("probe.failing", name="bad")
    alone.promise("probe.quick", name="good")
    alone.start("worker")
    eventually("five attempts", lambda: alone.notes("began").count("bad") == 5)
    eventually(
        "it is kept", lambda: alone.sql("SELECT attempts, error FROM outbox_entry") == [(5, "ValueError('no good')")]
    )
    alone.promise("probe.quick", name="later")
    eventually("others go on", lambda: alone.notes("ran") == ["good", "later"])
    assert alone.notes("began").count("bad") == 5


def test_the_schedule_is_kept(alone: World) -> None:
    alone.sql(
        "INSERT INTO catalog_reservation (uuid, user_id, product_id, quantity, state, created_at, updated_at,"
        " expires_at, idempotency_key) SELECT '00000000000040008000000000000000', 1, id, 2, 'active', '2026-01-01',"
        " '2026-01-01', '2026-01-01', 'k' FROM catalog_product LIMIT 1"
    )
    alone.start("worker")
    eventually("it expires", lambda: alone.sql("SELECT state FROM catalog_reservation") == [("expired",)])


def test_a_database_without_tables_is_said_and_not_waited_for(tmp_path) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    settings = {"SQLITE_PATH": str(tmp_path / "empty.sqlite3"), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=environment(settings), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr


@pytest.mark.parametrize("command", ["relay", "beat"])
def test_what_needs_a_broker_says_so(tmp_path, command: str) -> None:
    settings = {"SQLITE_PATH": str(tmp_path / "db.sqlite3"), "RABBITMQ_URL": ""}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "set RABBITMQ_URL" in done.stderr


def environment(settings: dict[str, str]) -> dict[str, str]:
    return os.environ | {"POSTGRES_HOST": "", "RABBITMQ_URL": ""} | settings
