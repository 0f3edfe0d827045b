"""What a kept answer saves: the processor time of a computed list, of a kept one and of a 304, taken in turn.

One process asks its own application, without a socket, and only ratios are written down: whatever else the machine
does meets all three. It needs no browser.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from hub.api_server import MANAGE, scratch_settings
from hub.measurements.page_api import Taken
from hub.programs import run
from hub.source import ROOT

ROUNDS = 15
PROGRAM = """
import json, sys, time
import django
django.setup()
from django.conf import settings
from django.test import Client

client = Client(headers={"Host": "localhost"})
path, requests, rounds = "/api/v1/products/?page_size=20", int(sys.argv[1]), int(sys.argv[2])

def cost(kept, status, **headers):
    settings.RESPONSE_CACHE = kept
    assert client.get(path, headers=headers).status_code == status
    started = time.process_time()
    for _ in range(requests):
        client.get(path, headers=headers)
    return time.process_time() - started

tag = client.get(path)["ETag"]
for _ in range(rounds):
    found = {"computed": cost(False, 200), "hit": cost(True, 200), "not-modified": cost(True, 304, If_None_Match=tag)}
    print(json.dumps(found), flush=True)
"""


def take_cache(requests: int) -> Iterator[Taken]:
    """The share of a computed list's processor time that a kept one and a 304 need, in per cent."""
    with tempfile.TemporaryDirectory() as folder:
        variables = scratch_settings(Path(folder)) | {
            "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
            "THROTTLING": "0",
            "REDIS_URL": "",
        }
        for command in (["migrate", "-v0"], ["seed", "-v0"]):
            run([*MANAGE, *command], ROOT, variables)
        rounds = 3 if requests < ROUNDS else ROUNDS
        command = [sys.executable, "-c", PROGRAM, str(requests), str(rounds)]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | variables, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    for name in ("hit", "not-modified"):
        shares = [100 * cost[name] / cost["computed"] for cost in costs]
        low, high = round(min(shares), 1), round(max(shares), 1)
        yield Taken(f"cache.{name}", round(median(shares), 1), len(shares), low, high)


TAKERS = {"cache": take_cache}
"""The parts that need no browser: name -> a function of the number of requests of each sample."""
