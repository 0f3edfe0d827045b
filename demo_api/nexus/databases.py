"""Which database: PostgreSQL when POSTGRES_HOST is set, otherwise one SQLite file."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from demo_api.nexus import env

POSTGRES_NEEDED = ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"]


def from_environment(base_dir: Path) -> dict[str, Any]:
    """Django's settings for the default database. Raises ImproperlyConfigured for half a PostgreSQL configuration."""
    return postgresql() if env.text("POSTGRES_HOST") else sqlite(base_dir)


def postgresql() -> dict[str, Any]:
    missing = [name for name in POSTGRES_NEEDED if not env.text(name)]
    if missing:
        raise ImproperlyConfigured(
            f"POSTGRES_HOST is set, but {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not. "
            "Set them too, or unset POSTGRES_HOST to use SQLite."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": env.text("POSTGRES_HOST"),
        "PORT": str(env.integer("POSTGRES_PORT", 5432, least=1, most=65535)),
        "NAME": env.text("POSTGRES_DB"),
        "USER": env.text("POSTGRES_USER"),
        "PASSWORD": env.text("POSTGRES_PASSWORD"),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # A new connection for each request costs the database far more than the query itself does.
            "pool": {"min_size": 1, "max_size": 8, "timeout": 3},  # seconds
            "connect_timeout": 2,  # seconds
            "options": "-c statement_timeout=10000 -c lock_timeout=3000",  # milliseconds
        },
    }


def sqlite(base_dir: Path) -> dict[str, Any]:
    file = env.path("SQLITE_PATH", base_dir / "var" / "db.sqlite3", root=base_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            # Take the write lock when a transaction begins: one that has read can then never fail to write.
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,  # seconds to wait for another writer
            # WAL: readers do not wait for the writer. https://www.sqlite.org/wal.html
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
