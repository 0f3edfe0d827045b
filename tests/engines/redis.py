"""A Redis for the tests: the one REDIS_URL names, or private ones on ports of their own; installed where it can be.

A private server keeps nothing on disk. Tests may stop it, kill it and start it again: `RedisServer`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from dotenv import dotenv_values

from hub.api_server import HOST, free_port
from hub.engines.postgres import ENV_FILE
from tests.engines.machine import can_install, install_debian_packages

REDIS_VARIABLE = "REDIS_URL"


class NoRedis(Exception):
    """There is no Redis here; the message says why and what to do."""


class RedisServer:
    """A private server on a free port of 127.0.0.1. After a kill, `start()` brings up an empty one on the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder, self.port = program, folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Returns when it answers. Raises NoRedis when it ends, or stays silent for 20 s."""
        options = ["--bind", HOST, "--port", str(self.port), "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, *options], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(redis.ConnectionError, redis.TimeoutError):
                self.ask().ping()
                return
            time.sleep(0.02)
        self.kill()
        raise NoRedis(f"redis-server does not start: {(self.folder / 'redis.log').read_text(errors='replace')[-300:]}")

    def ask(self) -> redis.Redis:
        """A client of the tests' own, which waits for an answer as long as it takes."""
        return redis.Redis.from_url(self.address, socket_connect_timeout=1)

    def kill(self) -> None:
        """It is gone, and whoever knocks is refused."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """It accepts connections and answers nothing: only time-outs end the waiting."""
        if self.process:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def private_redis() -> Iterator[RedisServer]:
    """A running private server. Raises NoRedis."""
    program = shutil.which("redis-server")
    if not program:
        raise NoRedis("not installed: install it (Debian: apt install redis-server)")
    with tempfile.TemporaryDirectory(prefix="nexus-redis-") as folder:
        server = RedisServer(program, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def provide_redis() -> Iterator[tuple[str, str]]:
    """Give the address of a running server, and what to call it in the table. Raises NoRedis."""
    named = os.environ.get(REDIS_VARIABLE) or dotenv_values(ENV_FILE).get(REDIS_VARIABLE)
    if named:
        yield named, f"Redis {version_at(named)}"
        return
    if not shutil.which("redis-server") and can_install():
        reason = install_debian_packages("redis-server")
        if not shutil.which("redis-server"):
            raise NoRedis(f"not installed, and apt could not install it ({reason})")
    with private_redis() as server:
        yield server.address, f"Redis {version_at(server.address)}"


def version_at(address: str) -> str:
    """Return the server's version, such as "7.0.15". Raises NoRedis when nobody answers within a second."""
    try:
        client = redis.Redis.from_url(address, socket_connect_timeout=1, socket_timeout=1)
        return str(client.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        reason = type(error).__name__
        raise NoRedis(
            f"{REDIS_VARIABLE} names a server that does not answer ({reason}): start it, or unset it"
        ) from None
