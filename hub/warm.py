"""A Python in which the project is loaded already: each command of a scratch checkout is a fork of it.

To load Django and the API takes longer than most commands do. So `hub.scratch` starts this file once for a build, in
the first checkout; what it loads there is the same in every later one, which stands at the same path. A fork runs
`manage.py` or a module as `python` would, with the checkout's files and database as they are then.

Not on Windows, which cannot fork: there each command starts a Python of its own.
"""

from __future__ import annotations

import gc
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import IO, Any, cast

CAN_FORK = hasattr(os, "fork")
LOADED = ("pytest", "rest_framework.test", "demo_api.nexus.urls")
"""What is loaded besides Django's own start: all of it takes long, and none of it does anything but be there."""


def is_fork(command: Sequence[str]) -> bool:
    """Whether a command can be a fork: `manage.py`, or pytest."""
    words = tuple(command)
    return CAN_FORK and (words[:2] == ("python", "manage.py") or words[:3] == ("python", "-m", "pytest"))


class TimeIsOver(Exception):
    """A command did not end in time, and was ended."""


class Warm:
    """The loaded Python, seen from the build. It ends when its input does."""

    def __init__(self, checkout: Path, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            cwd=checkout,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, command: Sequence[str], output: Path, seconds: float) -> int | None:
        """Run a command with its output in a file and return how it ended; None when the project cannot be loaded.

        Raises TimeIsOver.
        """
        questions, answers = cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)
        try:
            questions.write(json.dumps([command[1:], str(output)]) + "\n")
            questions.flush()
        except OSError:
            return None
        child = answers.readline()
        if not child:
            return None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            end_group(int(child))

        timer = threading.Timer(seconds, give_up)
        timer.start()
        status = answers.readline()
        timer.cancel()
        if late.is_set():
            raise TimeIsOver
        return os.waitstatus_to_exitcode(int(status))

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            cast("IO[str]", self.process.stdin).close()
        self.process.wait(timeout=5)
        cast("IO[str]", self.process.stdout).close()


def end_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


# In the loaded Python ---------------------------------------------------------------------------------------------


def main() -> None:
    """Load the project, then fork for each question: a line with its words and the file that takes what is printed."""
    questions, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    before, checkout = dict(os.environ), Path.cwd()
    load()
    while line := questions.readline():
        words, output = json.loads(line)
        child = os.fork()
        if not child:
            os.environ.clear()
            os.environ.update(before)
            os.chdir(checkout)  # another folder at the same path
            run_here(words, output)
            return
        answers.write(f"{child}\n")
        answers.flush()
        answers.write(f"{os.waitpid(child, 0)[1]}\n")
        answers.flush()


def load() -> None:
    """Import what every command imports."""
    sys.path[0] = str(Path.cwd())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")
    import_module("django").setup()
    for name in LOADED:
        import_module(name)
    # Slow on purpose, where a password is to be kept. Here the database is thrown away, and no command shows a hash.
    import_module("django.contrib.auth.hashers").PBKDF2PasswordHasher.iterations = 1
    gc.freeze()  # a fork copies only what is written to, and counting objects is writing


def run_here(words: list[str], output: str) -> None:
    """Be `python` with these words: the end of this function is the end of the process."""
    os.setsid()
    random.seed()
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.excepthook = print_from_the_checkout
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        run_file(Path(words[0]).resolve())


def run_file(path: Path) -> None:
    """Run a file as the main module. `runpy.run_path` would put its whole path into `sys.argv`."""
    main_module = ModuleType("__main__")
    main_module.__file__ = str(path)
    sys.modules["__main__"] = main_module
    exec(compile(path.read_bytes(), path, "exec"), main_module.__dict__)  # noqa: S102  # a file of the project


def print_from_the_checkout(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    """Print a traceback as it would be without this file: from the first line of the project on."""
    checkout = str(Path.cwd())
    while trace and not trace.tb_frame.f_code.co_filename.startswith(checkout):
        trace = trace.tb_next
    traceback.print_exception(kind, error, trace)


if __name__ == "__main__":
    main()
