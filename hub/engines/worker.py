"""The process in which examples run on PostgreSQL: `python -m hub.engines.worker FOLDER`, started by `live.py`.

It answers the questions `cell` and `sql` as `hub.worker` does, on the server that POSTGRES_* names. It makes two
databases there: one is migrated, seeded and analysed once; each page gets a fresh copy of it. Both are dropped at
the end. Their order of text is that of the bytes, so that an answer does not depend on the server's language.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from typing import Any

import django
import psycopg
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from hub.engines.postgres import connect
from hub.worker import KINDS, goes_on, start_over


def main() -> None:
    """Answer questions from standard input until it ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # nothing that Django or a command prints may get between the answers
    server = {name: value for name, value in os.environ.items() if name.startswith("POSTGRES_")}
    with (
        connect(server, autocommit=True) as administration,
        tempfile.TemporaryDirectory(prefix="nexus-engine-", ignore_cleanup_errors=True) as media,
    ):
        databases = Databases(server, administration)
        try:
            databases.prepare(media)
            for line in sys.stdin:
                question = json.loads(line)
                if not goes_on(question):
                    databases.reset()
                    start_over()
                answers.write(json.dumps(answer(question)) + "\n")
                answers.flush()
        finally:
            databases.drop()


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer, or why there is none."""
    try:
        return KINDS[question.pop("kind")](**question)
    except Exception as error:  # noqa: BLE001  # whatever it is, the page that asked must say it
        return {"failure": f"{type(error).__name__}: {error}"}


class Databases:
    """The seeded database and the copy in use, on a server that may hold others."""

    def __init__(self, server: dict[str, str], administration: psycopg.Connection) -> None:
        self.server = server
        self.administration = administration
        name = f"nexus_docs_{secrets.token_hex(4)}"
        self.seed, self.copy = f"{name}_seed", f"{name}_copy"

    def prepare(self, media: str) -> None:
        """Make the seeded database. Django's settings are read here, so the environment comes first."""
        self.make(self.seed, "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")
        os.environ |= {"POSTGRES_DB": self.seed, "MEDIA_ROOT": media, "LOG_LEVEL": "ERROR"}
        # A pool would hold connections, and no database is copied or dropped under one.
        settings.DATABASES["default"]["OPTIONS"].pop("pool")
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed", verbosity=0)
        connections.close_all()
        with connect(self.server, autocommit=True, database=self.seed) as seeded:
            seeded.execute("VACUUM (ANALYZE)")  # the planner's statistics are copied with the rows

    def reset(self) -> None:
        """Put a fresh copy in place, and forget caches."""
        connections.close_all()
        self.forget(self.copy)
        self.make(self.copy, f"TEMPLATE {self.seed}")
        connections["default"].settings_dict["NAME"] = self.copy
        for cache in caches.all():
            cache.clear()

    def make(self, name: str, options: str) -> None:
        self.administration.execute(f"CREATE DATABASE {name} {options}".encode())

    def forget(self, name: str) -> None:
        self.administration.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def drop(self) -> None:
        """Leave the server as it was."""
        connections.close_all()
        self.forget(self.copy)
        self.forget(self.seed)


if __name__ == "__main__":
    main()
