"""Django's PostgreSQL engine with two things more, for the time when the server is away and the moment it is back.

The pool tries to connect in the background and lets each request wait for its time-out. With a few threads that is
soon everybody's wait. So one caller at a time tries, and the others are refused at once. And a connection that died
takes the idle ones with it, or each of them would cost a request its patience after a restart of the server.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, ClassVar

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, Error, OperationalError
from psycopg_pool import ConnectionPool

PAUSE = 2.0  # seconds between two tries: as long as one of them waits (databases.POOL_TIMEOUT), so one waits at a time


class Absence:
    """What this process knows of a server that could not be reached."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.next_try: float | None = None  # on the monotonic clock; None: nothing is known to be wrong

    def note(self, pool: "ConnectionPool[Any]") -> None:
        """The pool's `reconnect_failed`: nobody was there just now."""
        with self.lock:
            self.next_try = time.monotonic() + PAUSE

    def refuses(self) -> bool:
        """Whether a caller is refused at once. After each pause one is let through, to try."""
        with self.lock:
            now = time.monotonic()
            if self.next_try is None:
                return False
            if now < self.next_try:
                return True
            self.next_try = now + PAUSE
            return False

    def end(self) -> None:
        """A connection was had."""
        with self.lock:
            self.next_try = None


absence = Absence()


def check(connection: "Connection[Any]") -> None:
    """The pool's `check`, at each loan. Raises psycopg.Error for a dead connection; the idle ones are then replaced."""
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        pool: ConnectionPool[Any] = connection._pool  # type: ignore[assignment]
        pool.drain()
        raise


class DatabaseWrapper(base.DatabaseWrapper):
    """The engine. Raises OperationalError at once for a server that is known to be away."""

    # Django's own, for which it ships no types:
    _connection_pools: "ClassVar[dict[str, ConnectionPool[Any]]]"
    _configure_connection: "Callable[[Connection[Any]], None]"

    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        """Django's own pool, one of this process for each alias, with our check and without its retries.

        The pauses between those double, and a server that came back would wait for the next.
        """
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            pool = ConnectionPool(
                kwargs=self.get_connection_params() | {"autocommit": True},  # Django sets it as it needs it later
                configure=self._configure_connection,
                check=check,
                open=False,  # when the first request asks: a thread would not survive the server's fork
                reconnect_failed=absence.note,
                reconnect_timeout=0,
                **options,
            )
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.pool:
            return super().get_new_connection(conn_params)
        if absence.refuses():
            raise OperationalError("The server was away a moment ago; the next try is soon.")
        connection = super().get_new_connection(conn_params)
        absence.end()
        return connection
