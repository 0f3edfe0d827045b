"""`nexus.py profile`: measure the product list on a database that is thrown away."""

import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.nexus import ROOT, finish, run
from scripts.tasks.database import migrate_and_seed
from scripts.tasks.serve import server


def profile(arguments: Sequence[str]) -> int:
    """Seed a scratch SQLite database, serve it on a free port and run `seed_and_profile.py` against it."""
    with tempfile.TemporaryDirectory(prefix="nexus-profile-", ignore_cleanup_errors=True) as folder:
        settings = {
            "DJANGO_ENV": "development",
            "SQLITE_PATH": str(Path(folder, "profile.sqlite3")),
            "MEDIA_ROOT": str(Path(folder, "media")),
            "POSTGRES_HOST": "",  # Empty, it wins over the one in .env: nobody's own database is filled.
            "LOG_LEVEL": "WARNING",  # No line a request: the terminal is for the figures.
            "THROTTLING": "0",  # One caller asks as fast as it can: a 429 is not the time that is measured.
        }
        migrate_and_seed(settings)
        with server("127.0.0.1", free_port(), settings) as (_, url):
            script = str(ROOT / "scripts" / "seed_and_profile.py")
            command = [sys.executable, script, "--host", url.rstrip("/"), *arguments]
            return run(command, settings)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(finish(profile))
