"""The API's own server as a child process: on a free port, waited for, and gone afterwards."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hub.programs import run
from hub.source import ROOT

HOST = "127.0.0.1"
MANAGE = [sys.executable, str(ROOT / "manage.py")]


class ServerFailed(RuntimeError):
    """The server ended, or was not ready in time; the message says which."""


@contextmanager
def scratch_server(folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the API, with the seeded catalogue in a database of its own in `folder`; give the address, as `http://...:1/`.

    `variables` are further settings. The server's log is `folder`/server.log. Raises ServerFailed or ProgramFailed.
    """
    settings = scratch_settings(folder) | dict(variables or {})
    for command in (["migrate", "-v0"], ["seed", "-v0"]):
        run([*MANAGE, *command], ROOT, settings)
    port, log = free_port(), folder / "server.log"
    command = [*MANAGE, "runserver", "--noreload", f"{HOST}:{port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            wait_until_ready(process, HOST, port, log=log)
            yield f"http://{HOST}:{port}/"
        finally:
            end(process)


def scratch_settings(folder: Path) -> dict[str, str]:
    """Return the settings that keep a server away from everyone's own database and pictures."""
    return {
        "DJANGO_ENV": "development",
        "LOG_LEVEL": "WARNING",  # no line a request
        "MEDIA_ROOT": str(folder / "media"),
        "POSTGRES_HOST": "",  # Empty, it wins over the one in .env.
        "PYTHONUTF8": "1",
        "SQLITE_PATH": str(folder / "db.sqlite3"),
    }


def wait_until_ready(
    process: subprocess.Popen[bytes], address: str, port: int, *, seconds: int = 60, log: Path | None = None
) -> None:
    """Return when /health/ready/ answers 200.

    Raises ServerFailed when the server ends or stays unready, with the last lines of `log` where there is one.
    """
    deadline = time.monotonic() + seconds
    answer = "nothing"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerFailed(f"The server did not start: {last_lines(log)}")
        status, answer = readiness(address, port) or (0, answer)
        if status == 200:
            return
        time.sleep(0.1)
    raise ServerFailed(
        f"The server was not ready within {seconds} s: /health/ready/ answered {answer}; {last_lines(log)}"
    )


def last_lines(log: Path | None) -> str:
    """Return what a server said last; without a log, the reader has seen it."""
    if log is None:
        return "the lines above say why."
    return "\n".join(["it said:", *log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-15:]])


def readiness(address: str, port: int) -> tuple[int, str] | None:
    """Return the status and the body of /health/ready/, or None while nobody answers."""
    connection = http.client.HTTPConnection(address, port, timeout=5)  # no proxy in between
    try:
        connection.request("GET", "/health/ready/")
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program that this process started: first ask, and after 15 s kill."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
