"""A recording is made in a process of its own, with settings of its own and a database that is thrown away.

So neither the developer's data nor the machine's settings are in the examples, and every machine records the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
Recording = dict[str, list[dict[str, Any]]]
# Every setting that an answer could depend on; empty means the default, whatever stands in `.env`.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings",
    "DJANGO_ENV": "development",
    "DJANGO_DEBUG": "0",
    "DJANGO_SECRET_KEY": "the-key-of-a-scratch-service-that-signs-the-cursors-of-the-examples",
    "DJANGO_SECRET_KEY_FALLBACKS": "",
    "DJANGO_ALLOWED_HOSTS": "",
    "POSTGRES_HOST": "",
    "THROTTLING": "1",
    "TRUSTED_PROXY_COUNT": "0",
    "SHOW_QUERY_COUNTS": "0",
    "LOG_LEVEL": "ERROR",
}


class RecordingFailed(Exception):
    """An exchange was not answered as declared, or the recording process ended early; the message says how."""


def record() -> dict[str, Recording]:
    """The `examples`, which are written down, and the `refusals`, which follow from them. Raises RecordingFailed.

    Each is operation id to exchanges: `{"name", "request": {...}, "response": {...}}`.
    """
    with TemporaryDirectory(prefix="nexus-examples-", ignore_cleanup_errors=True) as folder:
        places = {"SQLITE_PATH": "db.sqlite3", "MEDIA_ROOT": "media", "IMPORT_ROOT": "imports"}
        scratch = {name: str(Path(folder, place)) for name, place in places.items()}
        written = Path(folder, "examples.json")
        finished = subprocess.run(
            [sys.executable, "manage.py", "record_examples", "--in-scratch", str(written)],
            cwd=ROOT,
            env=os.environ | SETTINGS | scratch,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        if finished.returncode:
            raise RecordingFailed(finished.stderr.strip())
        recorded: dict[str, Recording] = json.loads(written.read_text("utf-8"))
        return recorded
