"""`nexus.py check`: format, lint, types of Python and JavaScript, import rules, spelling, Dockerfile and workflows."""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

from scripts.nexus import ROOT, Environment, Problem, finish, run, say, started

MENDS = [["ruff", "check", "--fix-only", "--quiet", "."], ["ruff", "format", "--quiet", "."]]
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "javascript": ["python", "-m", "scripts.tasks.javascript"],
    "imports": ["lint-imports", "--no-logo", "--cache-dir", ".cache/import_linter"],
    "spelling": ["typos"],
    "dockerfile": ["hadolint", "Dockerfile"],
    "workflows": ["zizmor", "--offline", "--quiet", ".github/workflows"],
}
NOT_EVERYWHERE = {"hadolint": "it has no wheel for Windows; CI runs it on Linux"}


def check(arguments: Sequence[str]) -> int:
    """Run all checks at the same time, with `--fix` after mending what a tool can. Raises `Problem` that names the
    failed ones.
    """
    parser = argparse.ArgumentParser(prog="nexus.py check")
    parser.add_argument("--fix", action="store_true", help="format, and mend what the linter can mend, first")
    if parser.parse_args(arguments).fix:
        for command in MENDS:
            run(program(command))
    wanted = {name: program(command) for name, command in CHECKS.items() if not absent(name, command)}
    began = time.monotonic()
    with ThreadPoolExecutor(len(wanted)) as readers, ExitStack() as stack:
        beside = {name: stack.enter_context(piped(command)) for name, command in wanted.items()}
        outputs = {name: readers.submit(read, process) for name, process in beside.items()}
        failed = [name for name in wanted if not passes(name, beside[name], *outputs[name].result(), began)]
    if failed:
        raise Problem(f"Not clean: {', '.join(failed)}.")
    return 0


def absent(name: str, command: Sequence[str]) -> bool:
    """Whether a check cannot be made on this system; says so."""
    reason = NOT_EVERYWHERE.get(command[0])
    if reason is None or Path(program(command)[0]).is_file():
        return False
    say(f"{name:<11} absent: {command[0]} is not installed here; {reason}")
    return True


def piped(command: Sequence[str]) -> AbstractContextManager[Popen[str]]:
    """Start a check whose output is read here. Only the main thread may: `started` sets how a signal is taken."""
    return started(command, stdout=PIPE, stderr=STDOUT, encoding="utf-8", errors="replace")


def read(process: Popen[str]) -> tuple[str, float]:
    """Wait until a check has ended; return what it printed, and when that was."""
    return process.communicate()[0], time.monotonic()


def passes(name: str, process: Popen[str], output: str, ended: float, began: float) -> bool:
    """Print the verdict of a check and when it was known in a line, and what the check said when it failed."""
    say(f"{name:<11} {'FAILED' if process.returncode else 'ok':<6} {ended - began:5.1f} s")
    if process.returncode:
        say(output)
    return not process.returncode


def program(command: Sequence[str]) -> list[str]:
    """Return the command with its program taken from `.venv`."""
    return [Environment(ROOT).tool(command[0]), *command[1:]]


if __name__ == "__main__":
    sys.exit(finish(check))
