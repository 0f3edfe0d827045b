"""`nexus.py profile`: measure the product list on a database that is thrown away."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hub.api_server import free_port, scratch_settings
from scripts.nexus import ROOT, finish, run
from scripts.tasks.database import migrate_and_seed
from scripts.tasks.serve import server


def profile(arguments: Sequence[str]) -> int:
    """Seed a scratch SQLite database, serve it on a free port and run `seed_and_profile.py` against it."""
    with tempfile.TemporaryDirectory(prefix="nexus-profile-", ignore_cleanup_errors=True) as folder:
        # One caller asks as fast as it can: a 429 is not the time that is measured.
        settings = scratch_settings(Path(folder)) | {"THROTTLING": "0"}
        migrate_and_seed(settings)
        with server("127.0.0.1", free_port(), settings) as (_, url):
            script = str(ROOT / "scripts" / "seed_and_profile.py")
            command = [sys.executable, script, "--host", url.rstrip("/"), *arguments]
            return run(command, settings)


if __name__ == "__main__":
    sys.exit(finish(profile))
