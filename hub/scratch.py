"""Commands run in a scratch checkout, and what they printed, kept until something they depend on changes.

A checkout holds the tracked files that its commands may read and nothing else: what is not in it cannot change the
result. It has a database and pictures of its own, no settings of this machine, no network, and a minute.
Results lie in `.cache/shell/`, by a digest of the commands and of every file of the checkout.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import cache_from_source
from pathlib import Path

from hub.capture import seed_folder
from hub.source import ROOT
from hub.tracked import digest, tracked_files
from hub.warm import TimeIsOver, Warm, is_fork

PATIENCE = 60
"""Seconds that the commands of a block may take together."""

NAME = "alx-project-nexus"
"""The folder in which a reader has the project: printed for the one that is used here."""

KEPT = ROOT / ".cache" / "shell"
MONTH = 30 * 86400  # seconds without use after which a result is forgotten

PROJECT = ("demo_api/", "scripts/", "manage.py", "pyproject.toml", "requirements.txt", "docs/reference/openapi.yaml")
"""What a program of the project may read, besides tests and the generator."""

OFFLINE = """
import sys

LOCAL = {None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"}


def refuse(event, arguments):
    if event == "socket.getaddrinfo" and arguments[0] not in LOCAL:
        raise OSError("there is no network in a scratch checkout")
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[-1]
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise OSError("there is no network in a scratch checkout")


sys.addaudithook(refuse)
"""

PASSED_ON = ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT", "LD_LIBRARY_PATH")
SETTLED = {
    "COLUMNS": "100",
    "DJANGO_ENV": "development",
    "GIT_AUTHOR_DATE": "2026-01-01T12:00:00Z",
    "GIT_AUTHOR_EMAIL": "you@example.org",
    "GIT_AUTHOR_NAME": "You",
    "GIT_COMMITTER_DATE": "2026-01-01T12:00:00Z",
    "GIT_COMMITTER_EMAIL": "you@example.org",
    "GIT_COMMITTER_NAME": "You",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_PAGER": "",
    "LANG": "C.UTF-8",
    "NO_COLOR": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}

VOLATILE = [
    (r".*\r(?!\n)", ""),  # a progress bar leaves its last state
    (r"^.*\d+%\|.*\|.*\n?", ""),
    (r"^(?:platform|cachedir|rootdir|plugins|configfile|django): .*\n?|^platform .*\n?", ""),  # pytest's heading
    (r"(passed|failed|errors?|skipped|tests) in [\d.]+s\b(?: \([\d:]+\))?", r"\1"),
    (r"\b0x[0-9a-f]{6,}\b", "0x…"),
    (r"\b[0-9a-f]{40}\b", "(a commit)"),
]
"""What differs from run to run: expressions, and what is printed for them."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it printed, both streams in order."""

    exit: int
    output: str


class ScratchError(Exception):
    """The commands could not be run to their end; the message says why."""


def run(commands: Sequence[Sequence[str]], *, seeded: bool = True, succeeds: bool = True) -> list[Outcome]:
    """Return how each command ended, up to the first that failed. Raises ScratchError after a minute.

    `seeded` gives the checkout a database as `manage.py seed` leaves it. Only expected results are kept: all zero, or
    with `succeeds` false all zero but the last.
    """
    files = files_for(commands)
    state = json.dumps([[list(command) for command in commands], seeded, sys.version_info[:2], digest(files)])
    kept = KEPT / f"{hashlib.sha256((state + Path(__file__).read_text('utf-8')).encode()).hexdigest()[:32]}.json"
    if kept.is_file():
        os.utime(kept)
        return [Outcome(**outcome) for outcome in json.loads(kept.read_text(encoding="utf-8"))]
    with emptied() as folder:
        outcomes = run_in(folder, files, commands, seeded=seeded)
    if len(outcomes) == len(commands) and succeeds == (outcomes[-1].exit == 0):
        keep(kept, outcomes)
    return outcomes


def keep(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Store results, and forget those that nobody asked for in a month."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps([asdict(outcome) for outcome in outcomes]), encoding="utf-8")
    partial.replace(path)
    for other in path.parent.glob("*.json"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > MONTH:
                other.unlink()


# The checkout -----------------------------------------------------------------------------------------------------


def files_for(commands: Sequence[Sequence[str]]) -> list[Path]:
    """Return the tracked files that the commands may read: all for Git, no texts for a program that does not need them.

    The fewer there are, the fewer changes make the commands run again.
    """
    programs = {" ".join(command[:3]) for command in commands}
    files = tracked_files()
    if any(program.startswith(("git", "python -m hub")) for program in programs):
        return files
    rooms: tuple[str, ...] = PROJECT
    if any(program.startswith("python -m pytest") for program in programs):
        rooms += ("tests/", "hub/")
    elif "hub" in " ".join(word for command in commands for word in command):
        rooms += ("hub/",)
    return [path for path in files if path.relative_to(ROOT).as_posix().startswith(rooms)]


def run_in(folder: Path, files: Sequence[Path], commands: Sequence[Sequence[str]], *, seeded: bool) -> list[Outcome]:
    """Make a checkout in an empty folder and run the commands there."""
    checkout = folder / NAME
    (checkout / "var").mkdir(parents=True)
    for path in files:
        copy = checkout / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
        copy_compiled(path, copy)
    if seeded:
        seed(checkout)
    environment = environment_in(folder)
    if any(command[0] == "git" for command in commands):
        for arguments in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "-qm", "Begin"]):
            subprocess.run(["git", *arguments], cwd=checkout, env=environment, timeout=PATIENCE, check=True)
    end = time.monotonic() + PATIENCE
    outcomes: list[Outcome] = []
    for command in commands:
        if outcomes and outcomes[-1].exit:
            break
        outcomes.append(run_one(command, checkout, environment, end - time.monotonic()))
    return outcomes


def copy_compiled(path: Path, copy: Path) -> None:
    """Copy what Python compiled a module to, if it did: it compares the times before it believes it."""
    if path.suffix == ".py":
        compiled, other = Path(cache_from_source(path)), Path(cache_from_source(copy))
        if compiled.is_file():
            other.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, other)


_lock = threading.Lock()
_folders: list[tempfile.TemporaryDirectory[str]] = []


@contextmanager
def emptied() -> Iterator[Path]:
    """Give this process's folder for checkouts, empty, to one block at a time: each stands where the one before did."""
    with _lock:
        if not _folders:
            _folders.append(tempfile.TemporaryDirectory(prefix="nexus-shell-", ignore_cleanup_errors=True))
        folder = Path(_folders[0].name).resolve()
        try:
            yield folder
        finally:
            for left in folder.iterdir():
                shutil.rmtree(left, ignore_errors=True)


def seed(checkout: Path) -> None:
    """Put the seeded database, and its pictures, where the settings look without being told."""
    made = seed_folder()
    shutil.copyfile(made / "seed.sqlite3", checkout / "var" / "db.sqlite3")
    shutil.copytree(made / "media", checkout / "mediafiles")


def environment_in(folder: Path) -> dict[str, str]:
    """Return the environment of the commands: nothing of this machine but where its programs are."""
    tools = folder / "tools"
    for name in ("tools", "home", "tmp"):
        (folder / name).mkdir()
    (tools / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    places = {"HOME": "home", "USERPROFILE": "home", "TMPDIR": "tmp", "TEMP": "tmp", "TMP": "tmp"}
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        **SETTLED,
        **{name: str(folder / place) for name, place in places.items()},
        "PYTHONPATH": str(tools),
    }


def run_one(command: Sequence[str], checkout: Path, environment: dict[str, str], seconds: float) -> Outcome:
    """Run one command. Raises ScratchError when its time is over, or it is not installed."""
    printed = checkout.parent / "tmp" / "printed.txt"
    try:
        status = warm(checkout, environment).run(command, printed, seconds) if is_fork(command) else None
    except TimeIsOver:
        raise ScratchError(f"no end within {PATIENCE} seconds") from None
    if status is not None:
        return Outcome(status, tidy(printed.read_text(encoding="utf-8", errors="replace"), checkout))
    program = sys.executable if command[0] == "python" else command[0]
    try:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ScratchError(f"{command[0]} is not installed here") from None
    try:
        output, _ = process.communicate(timeout=max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        end(process)
        raise ScratchError(f"no end within {PATIENCE} seconds") from None
    return Outcome(process.returncode, tidy(output.decode("utf-8", errors="replace"), checkout))


_warm: list[tuple[str, Warm]] = []


def warm(checkout: Path, environment: dict[str, str]) -> Warm:
    """Return the Python that has this state of the project loaded, started if need be."""
    state = digest(files_for([["python", "manage.py"]]))
    if _warm and _warm[0][0] != state:
        close_warm()
    if not _warm:
        _warm.append((state, Warm(checkout, environment)))
    return _warm[0][1]


@atexit.register
def close_warm() -> None:
    """End it, if one runs."""
    while _warm:
        _warm.pop()[1].close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and those that it started."""
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def tidy(output: str, checkout: Path) -> str:
    """Return what was printed without the places of this machine, and without what differs from run to run."""
    text = output.replace("\r\n", "\n")
    places = [
        (checkout, NAME),
        (checkout.parent, ""),
        (Path(sys.prefix), ".venv"),
        (Path(sys.base_prefix), "python"),
        (Path(sys.prefix).resolve(), ".venv"),
    ]
    for place, name in places:
        text = text.replace(str(place), name)
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.strip("\n").rstrip()
