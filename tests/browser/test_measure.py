"""`python -m hub measure` takes every figure of the built site. How long things take is not asserted here.

A timing outside its tolerance is reported all the same: as a warning, which pytest prints at the end of the run.
"""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from hub.measurements.book import read
from hub.measurements.figures import FIGURES

ROOT = Path(__file__).resolve().parents[2]


def test_a_quick_look_takes_every_figure(site, chromium, tmp_path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "measurements.json"
    command = [sys.executable, "-m", "hub", "measure", "--quick", "--site", str(site), "--file", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=400)
    assert done.returncode == 0, done.stderr
    for sentence in read().moved(read(file)):
        if sentence.startswith("import."):
            continue  # a quick look loads fewer rows
        warnings.warn(f"A timing has moved: {sentence}", stacklevel=1)
    taken = read(file).measurements
    assert set(taken) == set(FIGURES)
    assert taken["page-api.list.queries"].value == read().find("page-api.list.queries").value
    assert taken["page-api.requests.snapshot"].value == read().find("page-api.requests.snapshot").value
    # Nothing that was really taken is zero, but for tasks that did not happen.
    assert [name for name, item in taken.items() if not item.value and "long-tasks" not in name] == []
