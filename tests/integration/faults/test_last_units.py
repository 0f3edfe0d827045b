"""Sixty-four threads for the last ten units on PostgreSQL. tests/api/test_stock_races.py has more of such races."""

import json
import os
import subprocess
import sys

import pytest

from hub.engines.postgres import Cluster
from hub.source import ROOT

pytestmark = pytest.mark.servers
THREADS, STOCK = 64, 10


def race(cluster: Cluster, way: str) -> dict[str, int]:
    settings = {"DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings", "POSTGRES_POOL_SIZE": str(THREADS + 1)}
    command = [sys.executable, "-m", "tests.integration.faults.last_units", way, str(THREADS), str(STOCK)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | cluster.settings | settings, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_the_naive_way_sells_what_is_not_there(cluster):
    """The control: without it, nobody would know whether these threads ever meet."""
    assert race(cluster, "naive")["sold"] > STOCK


def test_the_last_units_are_sold_once(cluster, fault_rounds):
    for _ in range(fault_rounds):
        assert race(cluster, "reserve") == {"sold": STOCK, "left": 0, "reservations": STOCK}
