"""Which database: PostgreSQL when POSTGRES_HOST is set, otherwise one SQLite file."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from demo_api.nexus import env

POSTGRES_NEEDED = ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"]

POOL_TIMEOUT = 2  # seconds a request waits for a connection: with its answer, a 503 leaves within three


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
        "ENGINE": "demo_api.nexus.postgresql",
        "HOST": env.text("POSTGRES_HOST"),
        "PORT": str(env.integer("POSTGRES_PORT", 5432, least=1, most=65535)),
        "NAME": env.text("POSTGRES_DB"),
        "USER": env.text("POSTGRES_USER"),
        "PASSWORD": env.text("POSTGRES_PASSWORD"),
        "OPTIONS": {
            # A new connection for each request costs the database far more than the query itself does.
            "pool": {"min_size": 1, "max_size": pool_size(), "timeout": POOL_TIMEOUT},
            "connect_timeout": 2,  # seconds
            "tcp_user_timeout": 3000,  # milliseconds until a cable that was pulled out counts as an end
            "options": "-c statement_timeout=10000 -c lock_timeout=2000",  # milliseconds
        },
    }


def web_threads() -> int:
    """WEB_THREADS: how many requests one process answers at the same time."""
    return env.integer("WEB_THREADS", 4, least=1, most=64)


def pool_size() -> int:
    """POSTGRES_POOL_SIZE: the most connections of one process.

    Without it, one for each thread, and two for readiness probes, which ask in threads of their own: a request then
    never waits for another one's connection. More of them would only wait inside PostgreSQL instead.
    """
    return env.integer("POSTGRES_POOL_SIZE", web_threads() + 2, least=1, most=200)


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
