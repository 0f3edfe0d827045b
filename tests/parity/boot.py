"""The two places: the built files of the in-page API booted under Node, and this machine's Python with its settings."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hub.npm import node
from hub.page_api.build import ENVIRONMENT, build_page_api
from hub.source import ROOT

HERE = Path(__file__).parent
FILES = ROOT / "docs" / "assets" / "vendor" / "page-api"
VISITORS = ["stage.py", "player.py", "probes.py"]  # modules of ours that the page's Python imports
PATIENCE = 900  # seconds for everything that is asked on one side, beside the other tests


def built() -> Path:
    """The folder of the in-page API's files, made anew only when something they are made from has changed."""
    build_page_api(FILES)
    return FILES


def in_page(folder: Path, way: str, base: str, call: str) -> Any:
    """What `call` (module.function) gives for `folder` in the page's Python, booted this way below `base`."""
    for name in VISITORS:
        shutil.copyfile(HERE / name, folder / name)
    done = subprocess.run(
        [node(), str(HERE / "page.mjs"), str(built()), way, base, str(folder), call],
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, "\n".join(line[:300] for line in done.stderr.splitlines()[-20:])
    return json.loads(done.stdout.splitlines()[-1])


def under_cpython(folder: Path, base: str, call: str) -> Any:
    """The same in this Python, in a process with the page's settings."""
    places = {"SQLITE_PATH": str(folder / "db.sqlite3"), "MEDIA_ROOT": str(folder / "media"), "POSTGRES_HOST": ""}
    places["SITE_ROOT"] = str(folder / "site")  # whether or not the handbook is built
    done = subprocess.run(
        [sys.executable, "-m", "tests.parity.here", base, str(folder), call],
        cwd=ROOT, env=os.environ | ENVIRONMENT | places | {"HOME": str(Path.home())},
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
