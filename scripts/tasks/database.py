"""The database of `nexus.py serve`: migrated and seeded, and left alone when nothing changed."""

import hashlib
import os
import sys
import warnings
from pathlib import Path
from subprocess import PIPE

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

from hub.digests import digest
from scripts.nexus import ROOT, Problem, say, started
from scripts.tasks.stamps import is_recorded, record


def prepare_database() -> None:
    """Migrate and seed the database the settings name. Raises `Problem` when it does not answer."""
    if not is_recorded("database", database_state()):
        say("Preparing the database ...")
        migrate_and_seed()
        record("database", database_state())


def migrate_and_seed(extra: dict[str, str] | None = None) -> None:
    """Apply the migrations, then put the curated catalogue in; `extra` are environment variables."""
    manage("migrate", "--noinput", "--verbosity", "0", extra=extra)
    manage("seed", extra=extra)


def database_state() -> str:
    """Return what identifies the prepared database and what it was prepared from, or "" before it is prepared.

    The times in `django_migrations` belong to one database: one that was dropped and made again has others.
    Raises `Problem` when a setting is wrong or the database cannot be reached.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
    try:
        applied = applied_migrations()
        media = Path(settings.MEDIA_ROOT)
    except ImproperlyConfigured as error:
        raise Problem(str(error)) from None
    if not applied or not any(media.glob("*")):  # The pictures are part of what was seeded.
        return ""
    inputs = digest([ROOT / "requirements.txt", ROOT / "demo_api"])
    return f"{inputs} {hashlib.sha256(applied.encode()).hexdigest()}"


def applied_migrations() -> str:
    """Return every applied migration with its time, or "" in an empty database."""
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)  # It hides why a connection fails.
    try:
        # One query needs no applications, and to load them would take most of a second.
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning), connection.cursor() as cursor:
            cursor.execute("SELECT app, name, applied FROM django_migrations ORDER BY id")
            return repr(cursor.fetchall())
    except Error as error:
        if connection.vendor == "postgresql" and connection.connection is None:
            raise Problem(unreachable(str(error))) from None
        return ""
    finally:
        connection.close()


def manage(*arguments: str, extra: dict[str, str] | None = None) -> None:
    """Run a command of `manage.py`. Raises `Problem` with one sentence where a traceback would say less."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    with started(command, extra, stderr=PIPE, encoding="utf-8", errors="replace") as process:
        errors = process.communicate()[1].strip()
    if process.returncode:
        raise Problem(why_it_failed(arguments[0], errors))
    if errors:
        say(errors, sys.stderr)


def why_it_failed(command: str, errors: str) -> str:
    """Return what to tell the reader about a command of `manage.py` that failed with these lines."""
    lines = errors.splitlines() or ["It printed nothing."]
    kind, _, reason = lines[-1].partition(": ")
    if kind.endswith("ImproperlyConfigured"):
        return reason
    return "\n".join([*lines[-12:], f"'manage.py {command}' failed: the lines above say why."])


def unreachable(error: str) -> str:
    """Return what to tell the reader about a PostgreSQL that refuses the connection for this reason."""
    reason = error.strip().partition("\n")[0].removeprefix("connection failed: ")
    return (
        f"The database cannot be reached ({reason}): start it, or mend POSTGRES_* in the environment or in .env; "
        "without POSTGRES_HOST, a local SQLite file is used."
    )
