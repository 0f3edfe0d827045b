#!/usr/bin/env python3
"""Set-up and everyday tasks: `python scripts/nexus.py <task>`. Without a task it lists them.

It needs nothing but Python 3.11 or newer: the standard library makes `.venv` and fills it from `requirements.txt`,
then the task runs there (`scripts/tasks/`). No syntax newer than Python 3.6 may stand in this file, so that an
older Python gets as far as the sentence that says it is too old.
"""

import argparse
import contextlib
import difflib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def too_old(version):  # type: ignore[no-untyped-def]  # nothing here may need a newer Python
    """Return the sentence for a Python that is too old, or "" for one that will do."""
    found = ".".join(str(part) for part in version[:2])
    needed = "Python 3.11 or newer is needed; this is " + found + ". "
    cure = "Install a newer one from python.org or from your system's packages, and run the same command with it."
    return "" if tuple(version[:2]) >= (3, 11) else needed + cure


if sys.version_info < (3, 11):
    sys.exit(too_old(sys.version_info))

from collections.abc import Callable, Iterator, Mapping, Sequence  # noqa: E402  # not there before Python 3.9
from typing import IO, Any  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
# What runs for a task, as arguments of `python -m`, and what the list of tasks says about it.
TASKS = {
    "serve": (
        "scripts.tasks.serve",
        "serve the handbook and its live API on one port [--port 8000] [--host 127.0.0.1]",
    ),
    "worker": (
        "manage worker",
        "do the work that requests left for later; a Celery worker with RABBITMQ_URL [--drain] [--concurrency N]",
    ),
    "relay": (
        "manage relay",
        "pass that work on to RabbitMQ (needs RABBITMQ_URL)",
    ),
    "beat": (
        "manage beat",
        "send what is due to RabbitMQ, by the schedule: celery beat (needs RABBITMQ_URL)",
    ),
    "test": (
        "tests.run",
        "run the whole suite on every engine found [--all: a missing one fails] [pytest's arguments]",
    ),
    "docs": (
        "hub docs",
        "show the handbook while you write it: a saved page appears at once [--port N] [--update: write outputs]",
    ),
    "build": (
        "scripts.tasks.build",
        "build the handbook into site/; a broken link, anchor or snippet fails it",
    ),
    "check": (
        "scripts.tasks.check",
        "check format, lint, types, import rules, spelling, Dockerfile and workflows [--fix: mend what can be]",
    ),
    "profile": (
        "scripts.tasks.profile",
        "measure the product list on a scratch database [seed_and_profile.py's arguments]",
    ),
    "lock": (
        "scripts.tasks.lock",
        "write requirements.txt and requirements-api.txt from pyproject.toml [--upgrade]",
    ),
    "setup": ("", "make .venv and install the locked requirements, and nothing else"),
}
UNREACHABLE = re.compile(
    r"Failed to establish a new connection|Temporary failure in name resolution|getaddrinfo failed"
    r"|nodename nor servname|Name or service not known|Network is unreachable|Connection refused|timed out|ProxyError"
)


class Problem(Exception):
    """Something the reader can mend: the message is one sentence that says what is wrong and what to do."""


class Stopped(Exception):
    """The system asked this process to end (SIGTERM, or SIGHUP when the terminal closes)."""


# --- From the command line to a task ------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Run one task and return the code the process ends with: 0 done, 1 failed, 2 misused, 130 stopped."""
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("help", [])
    if name in ("help", "-h", "--help"):
        return usage()
    if name not in TASKS:
        near = difflib.get_close_matches(name, TASKS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        say(f"There is no task '{name}'.{hint} The tasks are: {', '.join(TASKS)}.", sys.stderr)
        return 2
    os.chdir(ROOT)
    if name == "serve":  # A port in use is known now, and not after a minute of set-up.
        check_port(*serve_options(rest))
    environment = Environment(ROOT)
    environment.ensure()
    module, _ = TASKS[name]
    if not module:
        say("The environment in .venv is ready.")
        return 0
    command = [environment.python, "-m", *module.split(), *rest]
    # A test run has engines to stop and a report to finish: there, Ctrl-C is its own affair. Windows has no other way.
    return hand_over(command) if WINDOWS or name in ("test", "docs") else run(command)


def usage() -> int:
    """Print the tasks."""
    say("python scripts/nexus.py <task>\n")
    for name, (_, description) in TASKS.items():
        say(f"  {name:<9}{description}")
    return 0


def serve_options(arguments: Sequence[str]) -> tuple[str, int]:
    """Return the host and the port of `serve`."""
    parser = argparse.ArgumentParser(prog="nexus.py serve", description=TASKS["serve"][1])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args(arguments)
    return options.host, options.port


def check_port(host: str, port: int) -> None:
    """Raise `Problem` unless a server can listen on this port."""
    if not 0 < port < 65536:
        raise Problem(f"{port} is not a port: give --port a number from 1 to 65535.")
    try:
        taken = not can_listen(host, port)
    except PermissionError:
        raise Problem(f"Port {port} needs administrator rights here: choose one above 1023 with --port.") from None
    except OSError:
        raise Problem(f"'{host}' is not an address of this machine: give --host another one.") from None
    if taken:
        other = port + 1 if port < 65535 else 8000
        raise Problem(f"Port {port} is in use by another program: stop it, or choose another with --port {other}.")


def can_listen(host: str, port: int) -> bool:
    """Return whether the port is free. Raises OSError when the host is unknown or the port is not allowed."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        # As Django listens: on POSIX a port is free again as soon as its server has stopped.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", 0) if WINDOWS else socket.SO_REUSEADDR
        probe.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            probe.bind(address)
        except OSError as error:
            kept = WINDOWS and isinstance(error, PermissionError)  # Windows says so of a port that another keeps.
            if error.errno == errno.EADDRINUSE or kept:
                return False
            raise
    # macOS lets two programs have a port when one of them listens on every address: see whether anyone answers.
    with socket.socket(family, kind) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((own_address(host), port)) != 0


def own_address(host: str) -> str:
    """Return the address at which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # nobody binds here


# --- The environment in .venv -------------------------------------------------------------------------------


class Environment:
    """The virtual environment of this project, kept equal to `requirements.txt`.

    A stamp inside it says what was installed, with which Python and in which folder. It reads `INTERRUPTED`
    while pip works, so that the next run knows an installation that was cut off, and makes it again.
    """

    INTERRUPTED = "interrupted"

    def __init__(self, root: Path) -> None:
        self.folder = root / ".venv"
        self.requirements = root / "requirements.txt"
        self.stamp = self.folder / "nexus-stamp"
        self.log = self.folder / "pip.log"
        self.python = self.tool("python")

    def tool(self, name: str) -> str:
        """Return the path of a program of this environment."""
        return str(self.folder / "Scripts" / (name + ".exe") if WINDOWS else self.folder / "bin" / name)

    def ensure(self) -> None:
        """Make, mend or update the environment; do nothing when it is as it should be. Raises `Problem`.

        A `.venv` that is a link belongs to another checkout, which keeps it: it is used as it is.
        """
        if self.folder.is_symlink():
            if not Path(self.python).exists():
                raise Problem(f".venv is a link to {os.readlink(self.folder)}, without Python in it: delete the link.")
            return
        hashed = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        wanted = [hashed, "{}.{}".format(*sys.version_info), str(self.folder)]
        fault = self.fault(*wanted[1:])
        if not fault and self.read_stamp() == wanted:
            return
        if fault:
            say(fault)
            self.make()
        self.stamp.write_text(self.INTERRUPTED, encoding="utf-8")
        self.install()
        self.stamp.write_text("\n".join(wanted), encoding="utf-8")

    def read_stamp(self) -> list[str]:
        """Return the lines of the stamp: hash of the requirements, Python, folder; [] without a stamp."""
        return self.stamp.read_text(encoding="utf-8").split("\n") if self.stamp.is_file() else []

    def fault(self, version: str, folder: str) -> str:
        """Return why the environment must be made from nothing, or "" when it can be used."""
        stamp, again = self.read_stamp(), f"making it again with Python {version}."
        if not self.folder.exists():
            return f"Making the environment in .venv with Python {version}."
        if stamp == [self.INTERRUPTED]:
            return f"The last installation into .venv was interrupted: {again}"
        if stamp[2:] not in ([], [folder]):
            return f"The environment in .venv was made in another folder: {again}"
        probe = "import sys, pip; print('{}.{}'.format(*sys.version_info))"
        try:
            answer = subprocess.run([self.python, "-c", probe], capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return f"The environment in .venv cannot run here: {again}"
        if answer.returncode:
            return f"The environment in .venv is broken: {again}"
        found = answer.stdout.strip()
        return f"The environment in .venv was made by Python {found}: {again}" if found != version else ""

    def make(self) -> None:
        """Make an environment with nothing but pip in it, in place of what is there."""
        if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own.
            install_debian_package("python3-venv")
        base = getattr(sys, "_base_executable", sys.executable)  # Not the Python that is about to be replaced.
        command = [base, "-m", "venv", "--clear", str(self.folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            reason = (done.stdout.strip().splitlines() or ["no reason given"])[-1]
            raise Problem(f"The environment in .venv could not be made: {reason}\nClose what uses it and try again.")

    def install(self) -> None:
        """Install `requirements.txt` with pip, each file checked against its hash, and show how far it is."""
        total = len(re.findall("^[^ #].*==", self.requirements.read_text(encoding="utf-8"), re.MULTILINE))
        say(f"Installing up to {total} packages (the first time, this takes a minute or more):")
        options = [
            "--require-hashes",
            "--no-input",
            "--disable-pip-version-check",
            "--retries",
            "2",
            "--progress-bar",
            "off",
        ]
        command = [self.python, "-m", "pip", "install", *options, "-r", str(self.requirements)]
        began, counter = time.time(), Counter()
        with self.log.open("w", encoding="utf-8") as log, started(command, stdout=log, stderr=log) as process:
            while process.poll() is None:
                time.sleep(0.2)
                counter.show(*self.progress(total, began))
        if process.returncode:
            self.stamp.unlink()  # pip ended in good order: what is not installed yet, it installs next time.
            raise Problem(why_pip_failed(self.log.read_text(encoding="utf-8", errors="replace"), self.log))
        counter.end(f"Installed in {time.time() - began:.0f} s.")

    def progress(self, total: int, began: float) -> tuple[str, int, int]:
        """Return pip's phase, and how many packages of how many have passed it."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        installing = re.search(r"^Installing collected packages: (.*)$", text, re.MULTILINE)
        if installing:
            records = self.folder.glob("[lL]ib/**/site-packages/*.dist-info/RECORD")  # pip writes it last
            done = sum(1 for path in records if path.stat().st_mtime >= began)
            return "installed", done, installing.group(1).count(",") + 1
        found = re.findall(r"^(?:Collecting|Requirement already satisfied).*\(from -r ", text, re.MULTILINE)
        return "found", len(found), total - text.count("Ignoring ")


class Counter:
    """A count that moves in place on a terminal, and is a line for every twenty steps elsewhere."""

    def __init__(self) -> None:
        self.in_place = sys.stdout.isatty()
        self.shown = ""

    def show(self, phase: str, done: int, total: int) -> None:
        step = done if self.in_place else done - done % 20
        text = f"  {phase} {step} of {total}"
        if text == self.shown or not step:
            return
        self.shown = text
        print(f"\r{text:<30}" if self.in_place else text, end="" if self.in_place else "\n", flush=True)

    def end(self, text: str) -> None:
        say(f"\r{text:<30}" if self.in_place else text)


def why_pip_failed(log: str, path: Path) -> str:
    """Return what to tell the reader about a failed installation."""
    if UNREACHABLE.search(log):
        return (
            "The package index could not be reached, so no package was installed or changed: "
            "check the network (behind a proxy, set HTTPS_PROXY) and run the same command again."
        )
    last = "\n".join(log.strip().splitlines()[-8:])
    return f"{last}\nThe requirements were not installed: pip's last lines are above, all of them in {path}."


def install_debian_package(name: str) -> None:
    """Install a package with apt as root in CI; elsewhere raise `Problem` with the command that does it."""
    root = getattr(os, "geteuid", lambda: 1)() == 0
    if not (root and os.environ.get("CI") == "true" and shutil.which("apt-get")):
        raise Problem(
            f"This Python cannot make environments: run 'apt install {name}' as root, then this command again."
        )
    say(f"Installing Debian's {name} ...")
    for command in (["update"], ["install", "-y", "--no-install-recommends", name]):
        subprocess.run(["apt-get", "-qq", *command], stdin=subprocess.DEVNULL, timeout=600)


# --- Child processes: none of them outlives this one --------------------------------------------------------


@contextlib.contextmanager
def started(command: Sequence[str], settings: Mapping[str, str] | None = None, **options: Any) -> Iterator[Any]:
    """Run a program with extra environment variables, and end it when the block is left before it has ended.

    Ctrl-C does not reach the program: this process ends it, so it prints no traceback of its own.
    """
    options["creationflags"] = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # A child inherits this.
    try:
        process = subprocess.Popen(command, env=environ(settings), stdin=subprocess.DEVNULL, **options)
    finally:
        signal.signal(signal.SIGINT, before)
    with ended(process):
        yield process


@contextlib.contextmanager
def ended(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """End the process when the block is left: first ask, and after 15 s kill."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environ(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a child: UTF-8 on every system, and nothing held back in a buffer."""
    return {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **(settings or {})}


def run(command: Sequence[str], settings: Mapping[str, str] | None = None, **options: Any) -> int:
    """Run a program to its end and return its code."""
    with started(command, settings, **options) as process:
        return int(process.wait())


def hand_over(command: Sequence[str], settings: "Mapping[str, str] | None" = None) -> int:
    """Run a program that minds Ctrl-C and standard input itself, and return its code."""
    process = subprocess.Popen(command, env=environ(settings))
    with ended(process):
        try:
            return process.wait()
        except KeyboardInterrupt:  # The terminal told the program too: let it finish.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=30)
            raise


def finish(task: Callable[[Sequence[str]], int]) -> int:
    """Run a task with the arguments of the command line; problems become a sentence, signals a clean end."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")  # Windows consoles lack characters.
    server = sys.argv[1:2] in (["serve"], ["worker"], ["relay"], ["beat"])
    ended_by_will = 0 if server else 130  # To stop a server is not a failure of it.
    try:
        return task(sys.argv[1:])
    except Problem as problem:
        say(f"\n{problem}", sys.stderr)
        return 1
    except Stopped:
        return ended_by_will
    except KeyboardInterrupt:
        say("\nStopped.", sys.stderr)
        return ended_by_will


def stop(number: int, frame: object) -> None:
    """Turn a signal into an exception, so that every `finally` runs."""
    raise Stopped


def say(text: str, stream: "IO[str] | None" = None) -> None:
    """Print now: what a child prints next must come after it."""
    print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(finish(main))
