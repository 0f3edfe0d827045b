"""A PostgreSQL to try things on: the one POSTGRES_* names, else a private one that is thrown away afterwards."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from dotenv import dotenv_values

from hub.api_server import free_port
from hub.engines.machine import is_root, program
from hub.source import ROOT

ACCOUNT = "postgres"  # who runs the server when the tests run as root
NAMES = ("POSTGRES_HOST", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_PORT")
ENV_FILE = ROOT / ".env"
PLACES = {
    "linux": ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"],
    "darwin": [
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
    ],
    "win32": ["C:/Program Files/PostgreSQL/*/bin"],
}
# What a crash would cost does not matter here: nothing is kept.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 100
"""


class NoPostgres(Exception):
    """There is no PostgreSQL here; the message says why and what to do."""


@contextmanager
def provide_postgres() -> Iterator[tuple[dict[str, str], str]]:
    """Give POSTGRES_* for a running server, and what to call it in the table. Raises `NoPostgres`."""
    named = server_from_settings()
    if named:
        yield named, f"PostgreSQL {server_version(named)}"
        return
    folder = find_programs()
    if folder is None:
        raise NoPostgres("not installed: install it (Debian: apt install postgresql), or set POSTGRES_* to a server")
    with private_cluster(folder) as settings:
        yield settings, f"PostgreSQL {server_version(settings)}"


def server_from_settings() -> dict[str, str]:
    """Return POSTGRES_* of the environment, else of .env, or {} when POSTGRES_HOST is in neither."""
    values = {**dotenv_values(ENV_FILE), **os.environ} if not os.environ.get("POSTGRES_HOST") else dict(os.environ)
    return {name: values[name] or "" for name in NAMES if name in values} if values.get("POSTGRES_HOST") else {}


def server_version(settings: dict[str, str]) -> str:
    """Return the version, such as "15.9". Raises `NoPostgres` when nobody answers within 5 s."""
    try:
        with connect(settings) as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise NoPostgres(
            f"POSTGRES_* names a server that does not answer ({reason}): start it, or unset them"
        ) from None


def connect(settings: dict[str, str], *, autocommit: bool = False, database: str = "postgres") -> psycopg.Connection:
    """Connect to a database, else the one that every server has. Raises psycopg.Error without an answer in 5 s."""
    return psycopg.connect(
        host=settings["POSTGRES_HOST"],
        port=settings.get("POSTGRES_PORT") or "5432",
        user=settings.get("POSTGRES_USER"),
        password=settings.get("POSTGRES_PASSWORD"),
        dbname=database,
        connect_timeout=5,
        autocommit=autocommit,
    )


def find_programs() -> Path | None:
    """Return the folder of the newest installed initdb and pg_ctl, or None."""
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    for pattern in PLACES.get(sys.platform, []):
        anchor = Path(pattern).anchor
        found += sorted(Path(anchor).glob(pattern[len(anchor) :]), key=version_in, reverse=True)
    return next((folder for folder in found if (folder / program("pg_ctl")).is_file()), None)


def version_in(folder: Path) -> int:
    """Return the version in a folder such as /usr/lib/postgresql/15/bin, to sort by: 15."""
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


@dataclass(frozen=True)
class Cluster:
    """A private server that can be ended and started again, with its data and on its port."""

    folder: Path  # of PostgreSQL's programs
    home: Path
    settings: dict[str, str]  # POSTGRES_*

    @property
    def data(self) -> Path:
        return self.home / "data"

    def start(self) -> None:
        """Return when it answers. Raises `NoPostgres`."""
        log = self.home / "log"
        try:
            server(self.folder, self.data, "start", "-w", "-t", "60", "-l", str(log))
        except NoPostgres as failure:
            said = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
            raise NoPostgres("\n".join([f"{failure}; its log ends:", *said[-5:]])) from None

    def stop(self, mode: str = "immediate") -> None:
        """End it, if it runs: `immediate` aborts every statement, and the next start recovers from the log."""
        if (self.data / "postmaster.pid").exists():
            server(self.folder, self.data, "stop", "-w", "-m", mode)


@contextmanager
def private_cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Run a new server until the block ends; then nothing of it is left. Give its POSTGRES_*."""
    with running_cluster(folder) as cluster:
        yield cluster.settings


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Run a new server on a free port of 127.0.0.1 until the block ends; then nothing of it is left."""
    if is_root() and not has_account():
        raise NoPostgres(f"PostgreSQL refuses root, and there is no account '{ACCOUNT}' to run it: try as a user")
    home = Path(tempfile.mkdtemp(prefix="nexus-postgres-"))
    port, password = free_port(), secrets.token_hex(16)
    settings = dict(zip(NAMES, ("127.0.0.1", "nexus", "nexus", password, str(port)), strict=True))
    cluster = Cluster(folder, home, settings)
    try:
        make_cluster(folder, home, password)
        with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(CONFIGURATION.format(port=port))
        cluster.start()
        with connect(settings, autocommit=True) as connection:
            connection.execute("CREATE DATABASE nexus")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def has_account() -> bool:
    """Return whether the account that Debian's package makes is there."""
    return subprocess.run(["id", ACCOUNT], capture_output=True).returncode == 0


def make_cluster(folder: Path, home: Path, password: str) -> None:
    """Run initdb in `home`; the server's account owns it, and one role with this password can sign in."""
    secret = home / "password"
    secret.write_text(password, encoding="utf-8")
    if is_root():
        for path in (home, secret):
            shutil.chown(path, ACCOUNT, ACCOUNT)
    locale = {"LC_ALL": "C.UTF-8"} if sys.platform == "linux" else {}
    options = [
        "--username=nexus",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-sync",
        f"--pwfile={secret}",
    ]
    as_server([str(folder / program("initdb")), f"--pgdata={home / 'data'}", *options], locale)


def server(folder: Path, data: Path, action: str, *options: str) -> None:
    """Start or stop the server."""
    as_server([str(folder / program("pg_ctl")), action, f"--pgdata={data}", "--silent", *options])


def as_server(command: list[str], settings: dict[str, str] | None = None) -> None:
    """Run one of PostgreSQL's programs; they refuse root, so root runs them as Debian's account for them."""
    account: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if is_root() else {}
    try:
        # Not a pipe: the server inherits it, and the read would wait for the server's end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                **account,
                env={**os.environ, **(settings or {})},
                cwd=tempfile.gettempdir(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=120,
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPostgres(f"{Path(command[0]).name} did not run ({error})") from None
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed ({said.splitlines()[-1] if said else done.returncode})")
