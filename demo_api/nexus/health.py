"""Liveness and readiness, for whoever restarts processes and for whoever routes requests to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswer

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

PATIENCE = 1.5  # seconds for all checks together: an answer leaves within two

Check = Callable[[], str]


def database() -> str:
    """`ok`, or what is wrong with the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    """`ok`, or which migrations have not been applied."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:3])
    return f"{len(missing)} not applied ({names}): run `python manage.py migrate`" if missing else "ok"


CHECKS: dict[str, Check] = {"database": database, "migrations": migrations}


def readiness() -> dict[str, str]:
    """Each check's name with `ok` or a sentence. Returns within about PATIENCE seconds, whatever hangs."""
    if settings.ENVIRONMENT == "browser":
        return run_checks()  # no threads there, and a database in memory does not hang
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return pool.submit(run_checks_on_own_connection).result(timeout=PATIENCE)
    except NoAnswer:
        return dict.fromkeys(CHECKS, f"no answer within {PATIENCE} s")
    finally:
        pool.shutdown(wait=False)


def run_checks_on_own_connection() -> dict[str, str]:
    """The checks in a thread of their own: its connection is not the request's, and is closed afterwards."""
    try:
        return run_checks()
    finally:
        connection.close()


def run_checks() -> dict[str, str]:
    found = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check()
        except Error as error:
            # The driver's message may hold addresses and user names: the kind of error is enough to act on.
            found[name] = f"unreachable ({type(error).__name__})"
    return found
