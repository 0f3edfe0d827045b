"""Takes the figures of imports: 100,000 rows on a private PostgreSQL, beside a raw COPY of the same rows.

The raw COPY writes into the same table, with all its indexes, from text that is ready in memory: it is the fastest way
in, and validates nothing. Both take turns, so that what else the machine does meets both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

from hub.engines.postgres import NoPostgres, find_programs, private_cluster
from hub.measurements.book import MeasurementError
from hub.measurements.page_api import Taken
from hub.source import ROOT

ROWS = 100_000


def take_import(quick: bool) -> Iterator[Taken]:
    """Yield the figures of seven rounds, of one with 10,000 rows when `quick`. Raises MeasurementError."""
    found = loaded(*((10_000, 1) if quick else (ROWS, 7)))
    pairs = list(zip(found["import"], found["copy"], strict=True))
    ratios = [imported / copied for imported, copied in pairs]
    for name, values in (("against-copy", ratios), ("load", found["import"]), ("copy", found["copy"])):
        low, high = round(min(values), 3), round(max(values), 3)
        yield Taken(f"import.{name}", round(statistics.median(values), 3), len(values), low, high)
    yield Taken("import.memory", found["peak"])


def loaded(rows: int, rounds: int) -> dict[str, Any]:
    """What `load_rows.py` found, in a process of its own: its settings name the private server."""
    programs = find_programs()
    if programs is None:
        raise MeasurementError("The figures of imports need PostgreSQL: install it (Debian: apt install postgresql).")
    try:
        with private_cluster(programs) as server, TemporaryDirectory() as folder:
            own = {"MEDIA_ROOT": f"{folder}/media", "IMPORT_ROOT": f"{folder}/imports", "LOG_LEVEL": "ERROR"}
            command = [sys.executable, "-m", "hub.measurements.load_rows", str(rows), str(rounds)]
            finished = subprocess.run(command, cwd=ROOT, env=os.environ | server | own, capture_output=True, text=True)
    except NoPostgres as absence:
        raise MeasurementError(str(absence)) from None
    if finished.returncode:
        raise MeasurementError(f"The import failed: {finished.stderr.strip()[-2000:]}")
    result: dict[str, Any] = json.loads(finished.stdout)
    return result
