"""Ask the real API a question during the build, and keep exactly what it answered.

`capture(request)` sends one request to `demo_api` and returns the status, headers, body and SQL. `capture_cell`
runs a program beside it and returns what it printed, gave and asked. Django runs in a worker process of its own
(`hub/worker.py`): the site generators render pages in threads, configure their own logging and may outlive a change
to `demo_api`, and none of that may meet Django's process-wide state.

Every request starts from the same seeded database: what one example writes, the next does not see. One that continues
others starts from what they left, and so agrees with the answers that the page shows above it. The first program of a
page starts from the seed; the programs below it find what those above it left.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from hub.settings import known_settings
from hub.source import ROOT
from hub.tracked import digest, for_a_second, tracked_files

CACHE_VARIABLE = "HUB_CAPTURE_CACHE"
"""Set to 1, captures are read back from `.cache/` while `demo_api` is unchanged: live reload sets it, builds do not.

Tests that compare another renderer or another Python with the build set it too: the build has asked already.
"""

ACCOUNTS = {
    "staff": ("demo-staff", "demo-staff-password"),
    "customer": ("demo", "demo-password"),
}
"""The demo accounts that `manage.py seed` makes: role -> (user name, password)."""


PATIENCE = 120
"""Seconds that an answer may take, the start of the API included: a program that never ends must not hold a build."""


class CaptureError(Exception):
    """The API could not be started or asked; the message is what it said."""


@dataclass(frozen=True)
class Request:
    """One HTTP request: `target` is path and query, `account` a key of ACCOUNTS or empty for nobody."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    account: str = ""


@dataclass(frozen=True)
class Capture:
    """What the API answered: `queries` holds the SQL in the order it ran, values filled in.

    `state` is the database afterwards, packed, for a request that continues this one; empty for the seed.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    queries: tuple[str, ...] = field(default=())
    state: str = field(default="", repr=False)

    def header(self, name: str) -> str:
        """Return the value of a header, whatever its capitals, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Exchange:
    """A request and what it was answered."""

    request: Request
    answer: Capture


@dataclass(frozen=True)
class CellError:
    """What a program raised: `line` counts from 1 in the program, 0 when the error never touched it."""

    type: str
    message: str
    traceback: str
    line: int = 0


@dataclass(frozen=True)
class CellResult:
    """What a program did: `queries` holds the SQL in the order it ran, at most the first 500 of `count`."""

    output: str = ""
    value: str = ""
    error: CellError | None = None
    queries: tuple[str, ...] = ()
    count: int = 0


def capture(request: Request, *earlier: Exchange) -> Capture:
    """Return the API's answer to one request, on the seeded database or on what the `earlier` exchanges left there.

    Raises CaptureError when the API cannot be started or fails to answer at all; an error status is an answer.
    """
    question = asdict(request) | {"earlier": [asdict(exchange.request) for exchange in earlier]}
    return _from_json(_answer(question, earlier[-1].answer.state if earlier else ""))


def capture_cell(earlier: Sequence[str], source: str) -> CellResult:
    """Return what a program does after the `earlier` ones of its page, on a database that was seeded before the first.

    Raises CaptureError when it does not end, or ends the worker; an exception of the program is a result.
    """
    return cell_result(_answer(cell_question(earlier, source)))


def ask(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the worker's answer to a question of another kind: see `hub/worker.py`. Raises CaptureError."""
    return _answer(question)


def cell_question(earlier: Sequence[str], source: str) -> dict[str, Any]:
    """Return what a worker is asked about a program."""
    return {"kind": "cell", "earlier": list(earlier), "source": source}


def cell_result(answer: Mapping[str, Any]) -> CellResult:
    """Return what a worker answered about a program."""
    error = CellError(**answer["error"]) if answer["error"] else None
    return CellResult(answer["output"], answer["value"], error, tuple(answer["queries"]), answer["count"])


def command_fault(words: Sequence[str], settings: Sequence[str]) -> str:
    """Return why a command cannot be run as it is written, "" when it can; see `hub.parsers`.

    A good command is remembered in `.cache/commands/` until a program or a setting of the project changes.
    """
    state = programs_digest()
    question = {"kind": "command", "words": list(words), "settings": list(settings), "state": state}
    good = ROOT / ".cache" / "commands" / state[:16] / _fingerprint(question)
    if good.is_file():
        return ""
    fault = str(_answer(question)["fault"])
    if not fault:
        if not good.parent.is_dir():
            shutil.rmtree(good.parent.parent, ignore_errors=True)  # of earlier states
        good.parent.mkdir(parents=True, exist_ok=True)
        good.touch()
    return fault


@for_a_second
def programs_digest() -> str:
    """Return a fingerprint of everything that decides whether a command is right, at most a second old."""
    return digest(path for path in tracked_files() if path.suffix in (".py", ".yml") or path.name == ".env.example")


def seed_folder() -> Path:
    """Return the folder with the seeded database, `seed.sqlite3`, and its pictures, `media`, made if need be."""
    state = api_digest()
    folder = ROOT / ".cache" / "hub" / state
    if not (folder / "seed.sqlite3").is_file():
        with _lock:
            worker(state, "").ask(asdict(Request("GET", "/health/live/")) | {"state": ""})
    return folder


def _answer(question: Mapping[str, Any], state: str = "") -> dict[str, Any]:
    state_of_api = api_digest()
    stored = ROOT / ".cache" / "hub" / state_of_api / f"{_fingerprint(question)}.json"
    start = hashlib.sha256(state.encode()).hexdigest()
    if os.environ.get(CACHE_VARIABLE) == "1" and stored.is_file():
        read: dict[str, Any] = json.loads(stored.read_text(encoding="utf-8"))
        if read["start"] == start:  # else those above were asked again since, and left something else
            return read
    with _lock:  # a worker takes one question at a time, and pages may be rendered in threads
        answer = worker(state_of_api, question.get("kind", "")).ask({**question, "state": state}) | {"start": start}
    stored.parent.mkdir(parents=True, exist_ok=True)
    fresh = stored.with_name(f".{stored.name}.{os.getpid()}")
    fresh.write_text(json.dumps(answer), encoding="utf-8")
    fresh.replace(stored)  # at once: another process may be reading
    return answer


@for_a_second
def api_digest() -> str:
    """Return a fingerprint of everything that decides an answer, at most a second old: `demo_api` and the worker."""
    files = [path for path in (ROOT / "demo_api").rglob("*") if path.suffix != ".pyc"]
    ours = [ROOT / "hub" / name for name in ("capture.py", "statement.py", "worker.py")]
    return digest([*sorted(files), *ours])[:16]


def _fingerprint(question: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:16]


def _from_json(answer: Mapping[str, Any]) -> Capture:
    return Capture(
        status=answer["status"],
        reason=answer["reason"],
        headers=tuple((name, value) for name, value in answer["headers"]),
        content=base64.b64decode(answer["content"]),
        queries=tuple(answer["queries"]),
        state=answer["state"],
    )


# The worker process ----------------------------------------------------------------------------------------------


class Worker:
    """A running `hub.worker`, or another module that answers likewise: one JSON line in, one JSON line out."""

    def __init__(self, digest: str, module: str = "hub.worker", settings: Mapping[str, str] | None = None) -> None:
        self.digest = digest
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(ROOT / ".cache" / "hub" / digest)],
            cwd=ROOT,
            env={**worker_environment(), **(settings or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.broken = ""
        self.gave_up = False
        self.has_answered = False
        self._errors: list[str] = []
        errors = cast("IO[str]", self.process.stderr)
        self._reader = threading.Thread(target=self._collect_errors, args=[errors], daemon=True)
        self._reader.start()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Return the worker's answer; raises CaptureError with its last words when it has none."""
        questions, answers = cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)
        if self.broken:  # a page of examples must not start a broken API once for each
            raise CaptureError(self.broken)
        timer = threading.Timer(PATIENCE, self._give_up)
        timer.start()
        try:
            questions.write(json.dumps(question) + "\n")
            questions.flush()
            line = answers.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if self.gave_up:
            forget_worker(self)
            raise CaptureError(f"no answer within {PATIENCE} seconds")
        if not line:
            self._end_unasked()
        self.has_answered = True
        answer: dict[str, Any] = json.loads(line)
        if "failure" in answer:
            raise CaptureError(answer["failure"])
        return answer

    def _end_unasked(self) -> NoReturn:
        self.process.wait(timeout=10)
        words = " ".join(self._errors[-1:] or ["no message."])
        if self.has_answered:  # a program ended it; what comes next is asked anew
            forget_worker(self)
            raise CaptureError(f"the API ended without an answer: {words}")
        self.broken = f"the API did not start: {words}"
        raise CaptureError(self.broken)

    def _give_up(self) -> None:
        self.gave_up = True
        self.process.kill()

    def close(self) -> None:
        """End the process: it stops when its input does."""
        with contextlib.suppress(OSError):  # its input may be gone already
            cast("IO[str]", self.process.stdin).close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._reader.join(timeout=5)
        cast("IO[str]", self.process.stdout).close()

    def _collect_errors(self, errors: IO[str]) -> None:
        with errors:
            for line in errors:
                if line.strip():
                    self._errors = [*self._errors[-20:], line.strip()]


def worker_environment() -> dict[str, str]:
    """Return the environment of the worker: the embedded defaults, whatever the shell or `.env` chooses."""
    # An empty variable wins over `.env` and counts as unset, so servers and stores stay out of the build.
    settled = dict.fromkeys(known_settings(), "") | {"DJANGO_ENV": "development", "DJANGO_DEBUG": "0"}
    return {**os.environ, **settled, "DJANGO_SETTINGS_MODULE": "demo_api.nexus.settings", "PYTHONUTF8": "1"}


_lock = threading.Lock()
_running: dict[str, Worker] = {}  # by what it answers: a request between two programs must not take their rows away


def worker(digest: str, kind: str) -> Worker:
    """Return the worker for this state of `demo_api`, started anew when the code has changed."""
    name = kind if kind == "cell" else ""
    if name in _running and _running[name].digest != digest:
        _running.pop(name).close()
    if name not in _running:
        _running[name] = Worker(digest)
    return _running[name]


def forget_worker(ended: Worker) -> None:
    """Let the next question start another worker."""
    for name in [name for name, other in _running.items() if other is ended]:
        del _running[name]
    ended.close()


@atexit.register
def close_workers() -> None:
    """End the workers that run."""
    while _running:
        _running.popitem()[1].close()
