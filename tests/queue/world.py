"""The world of these tests: a database and a folder of its own, the processes that work on it, and what they told."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from amqp.exceptions import NotFound
from kombu.connection import Connection

from hub.engines.postgres import connect
from hub.source import ROOT
from tests.engines.rabbitmq import Node

SOON = 240  # seconds that anything may take on a busy machine; nothing is asserted about time
NOTES = "notes.txt"


def eventually(what: str, condition: Callable[[], Any], seconds: float = SOON) -> Any:
    """Wait until the condition gives something true, and give that. Raises AssertionError with `what`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return found


@dataclass
class World:
    """A scratch service in `folder`; `settings` are its environment variables."""

    folder: Path
    settings: dict[str, str]
    processes: ExitStack = field(default_factory=ExitStack)

    # Processes

    def start(self, *command: str, **settings: str) -> "subprocess.Popen[bytes]":
        """A command of manage.py in a process group of its own, which ends with the test."""
        with self.log(command[0]).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.queue.launch", *command],
                cwd=self.folder,
                env=os.environ | self.settings | settings | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.callback(kill, process)
        return process

    def run(self, *command: str, **settings: str) -> None:
        """The same, to its end, which must be a good one."""
        process = self.start(*command, **settings)
        assert process.wait(timeout=SOON) == 0, self.said(command[0])

    def log(self, command: str) -> Path:
        return self.folder / f"{command}.log"

    def said(self, command: str) -> str:
        """All that the processes of this command wrote."""
        return self.log(command).read_text(encoding="utf-8", errors="replace")

    # Work

    @property
    def queue(self) -> str:
        """The name of the queue; see launch.py."""
        return f"nexus.work.{self.folder.name}"

    @property
    def dead(self) -> str:
        """The name of the queue for messages that were put aside."""
        return f"nexus.dead.{self.folder.name}"

    def messages(self, queue: str = "") -> int:
        """How many messages are ready in a queue; none when there is no such queue."""
        with Connection(self.settings["RABBITMQ_URL"], connect_timeout=10) as connection:
            try:
                return int(connection.channel().queue_declare(queue or self.queue, passive=True).message_count)
            except NotFound:
                return 0

    def ids(self, queue: str = "") -> list[str]:
        """The ids of all messages that are ready, in order. They are taken out."""
        found = []
        with Connection(self.settings["RABBITMQ_URL"], connect_timeout=10) as connection:
            channel = connection.channel()
            while message := channel.basic_get(queue or self.queue, no_ack=True):
                found.append(message.headers["id"])
        return found

    def promise(self, task: str, **arguments: Any) -> str:
        """Puts an entry into the outbox, available now. Gives its id."""
        entry, now = (
            str(uuid4()),
            time.strftime("%Y-%m-%d %H:%M:%S+00:00" if self.is_postgres else "%Y-%m-%d %H:%M:%S", time.gmtime()),
        )
        self.sql(
            "INSERT INTO outbox_entry (uuid, task, arguments, created_at, available_at, attempts, deliveries, error)"
            " VALUES (?, ?, ?, ?, ?, 0, 0, '')",
            entry if self.is_postgres else entry.replace("-", ""),
            task,
            json.dumps(arguments),
            now,
            now,
        )
        return entry

    def notes(self, event: str) -> list[str]:
        """The names that the probe tasks noted for this event, in order."""
        with suppress(FileNotFoundError):
            lines = (self.folder / NOTES).read_text().splitlines()
            return [line.split()[1] for line in lines if line.split()[0] == event]
        return []

    def waiting(self) -> int:
        return int(self.sql("SELECT count(*) FROM outbox_entry")[0][0])

    # The database

    @property
    def is_postgres(self) -> bool:
        return bool(self.settings.get("POSTGRES_HOST"))

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement, in a transaction of its own; `?` stands for a value."""
        if self.is_postgres:
            with connect(self.settings, autocommit=True, database=self.settings["POSTGRES_DB"]) as connection:
                cursor = connection.execute(statement.replace("?", "%s"), values)
                return cursor.fetchall() if cursor.description else []
        file = sqlite3.connect(self.settings["SQLITE_PATH"], timeout=10, isolation_level=None)
        try:
            return file.execute(statement, values).fetchall()
        finally:
            file.close()


def is_on_disk(service: World, node: Node) -> None:
    """Waits until the node has written down its new queue; see `Node.has_on_disk`."""
    eventually("the queue is on disk", lambda: node.has_on_disk(service.queue))


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL for the process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ends(process: "subprocess.Popen[bytes]") -> int:
    """SIGTERM; gives the code that it ends with."""
    process.terminate()
    return process.wait(timeout=SOON)


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    """The processes that this one has started and that still run."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


@contextmanager
def world(folder: Path, database: dict[str, str], **settings: str) -> Iterator[World]:
    """A scratch service with these database settings; its processes end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    common = {
        "DJANGO_ENV": "development",
        "LOG_LEVEL": "INFO",
        "MEDIA_ROOT": str(folder / "media"),
        "IMPORT_ROOT": str(folder / "imports"),
        "IMPORT_LEASE_SECONDS": "1",
        "POSTGRES_HOST": "",
        "PYTHONUTF8": "1",
        "RABBITMQ_URL": "",
    }
    with ExitStack() as processes:
        yield World(folder, common | database | settings, processes)
