"""A RabbitMQ for the tests: a private node that they may kill and start again, else the server RABBITMQ_URL names."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.api_server import free_port
from tests.engines.machine import can_install, install_debian_packages

# Not the commands on PATH: Debian's change the account, and end unless root or `rabbitmq` calls them.
PLACES = [
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
    "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
    "/usr/local/opt/rabbitmq/sbin/rabbitmq-server",
    "/opt/rabbitmq/sbin/rabbitmq-server",
]
NEEDED = "not installed: install it (Debian: apt install rabbitmq-server), or set RABBITMQ_URL to a server"
UP_WITHIN = 90  # seconds; some six on an idle machine
CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{port}
distribution.listener.interface = 127.0.0.1
default_user = nexus
default_pass = {password}
log.file = false
log.console = true
log.console.level = warning
disk_free_limit.absolute = 1MB
"""


class NoRabbitMQ(Exception):
    """There is no RabbitMQ here; the message says why and what to do."""


@dataclass
class Broker:
    """A running broker, perhaps somebody's: `url` is what RABBITMQ_URL takes."""

    url: str


@dataclass
class Node(Broker):
    """A node of our own, which tests may kill and start again: its name, ports and cookie are known to nobody else.

    All that it writes is in `home`.
    """

    program: Path
    home: Path
    port: int
    password: str
    variables: dict[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        """Start it, and wait until it answers. Raises NoRabbitMQ."""
        with (self.home / "log").open("ab") as log:
            node = subprocess.Popen(
                [str(self.program)],
                env=self.variables,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the tests
            )
        self.processes.append(node)
        deadline = time.monotonic() + UP_WITHIN
        while not speaks_amqp(self.port):
            if node.poll() is not None or time.monotonic() > deadline:
                raise NoRabbitMQ(f"the private node did not start: {self.last_line()}")
            time.sleep(0.1)

    def is_alive(self) -> bool:
        """Whether the node runs."""
        return bool(self.processes)

    def has_on_disk(self, queue: str) -> bool:
        """Whether the node would find this quorum queue again.

        It writes down a new one within about a second. Killed before that (seen with 3.10), it comes back with a queue
        that has no leader, and takes no message for it ever after.
        """
        return any(queue.encode() in path.read_bytes() for path in self.home.glob("data/**/names.dets"))

    def freeze(self) -> None:
        """SIGSTOP for the node."""
        os.kill(self.processes[-1].pid, signal.SIGSTOP)

    def kill(self) -> None:
        """SIGKILL for the node and the helper processes it started."""
        node = self.processes.pop()
        with suppress(ProcessLookupError):
            os.killpg(node.pid, signal.SIGKILL)
        node.wait()

    def last_line(self) -> str:
        """Return the last thing the node wrote."""
        lines = (self.home / "log").read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it wrote nothing")


def speaks_amqp(port: int) -> bool:
    """Whether a broker answers a client's greeting there, and does not only listen."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.settimeout(5)
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"  # a method frame: Connection.Start
    return False


def find_program() -> Path | None:
    """Return the newest installed server's program, or None."""
    for pattern in PLACES if sys.platform != "win32" else []:
        if found := sorted(Path("/").glob(pattern[1:])):
            return found[-1]
    return None


def provide_rabbitmq() -> tuple[str, str]:
    """Return what to call the RabbitMQ of this run in the table and "", or "" and why there is none.

    As root on Debian, one is installed.
    """
    if find_program() is None and not os.environ.get("RABBITMQ_URL") and can_install():
        reason = install_debian_packages("rabbitmq-server")
        if find_program() is None:
            return "", f"not installed, and apt could not install it ({reason})"
    program = find_program()
    if program:
        return f"RabbitMQ {program.parents[1].name.rpartition('-')[2]}", ""
    return ("RabbitMQ", "") if os.environ.get("RABBITMQ_URL") else ("", NEEDED)


@contextmanager
def running_rabbitmq() -> Iterator[Broker]:
    """Give a broker until the block ends. Raises NoRabbitMQ."""
    program = find_program()
    if program:
        with private_node(program) as node:
            yield node
    elif url := os.environ.get("RABBITMQ_URL"):
        yield Broker(url)
    else:
        raise NoRabbitMQ(NEEDED)


@contextmanager
def private_node(program: Path) -> Iterator[Node]:
    """Run a node on free ports of 127.0.0.1 until the block ends; then nothing of it is left."""
    home = Path(tempfile.mkdtemp(prefix="nexus-rabbitmq-"))
    port, names_port, password = free_port(), free_port(), secrets.token_hex(16)
    (home / "rabbitmq.conf").write_text(CONFIGURATION.format(port=port, password=password), encoding="utf-8")
    (home / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    variables = node_variables(home, names_port)
    # Erlang's name server: it would start by itself, as a daemon, and outlive the node.
    names = subprocess.Popen(
        [shutil.which("epmd") or "epmd", "-port", str(names_port), "-address", "127.0.0.1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"amqp://nexus:{password}@127.0.0.1:{port}/"
    node = Node(url, program, home, port, password, variables)
    try:
        node.start()
        yield node
    finally:
        while node.processes:
            node.kill()
        names.kill()
        names.wait()
        shutil.rmtree(home, ignore_errors=True)


def node_variables(home: Path, names_port: int) -> dict[str, str]:
    """Return the environment of the node: everything it reads and writes is in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    return kept | {
        "HOME": str(home),  # of its cookie
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"nexus-{names_port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none",  # idle, it leaves the processor to the tests
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node, so the process is the one to kill
    }
