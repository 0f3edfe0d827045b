"""A PostgreSQL for the tests: the hub's, and where this is Debian and we are root, one that is installed for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.engines.postgres import NoPostgres, find_programs, provide_postgres, server_from_settings
from tests.engines.machine import can_install, install_debian_packages


@contextmanager
def provide_installed_postgres() -> Iterator[tuple[dict[str, str], str]]:
    """Give POSTGRES_* for a running server, and what to call it in the table. Raises `NoPostgres`."""
    if not server_from_settings() and find_programs() is None and can_install():
        reason = install_debian_packages("postgresql")
        if find_programs() is None:
            raise NoPostgres(f"not installed, and apt could not install it ({reason})")
    with provide_postgres() as found:
        yield found
