"""Other programs as steps of a build: quiet when they succeed, and short when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 600  # seconds
LAST = 15  # lines of what a failed program said


class ProgramFailed(RuntimeError):
    """A program ended with an error or took too long; the message holds the last lines of what it said."""


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run a program in `folder`, with extra environment variables. Raises ProgramFailed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"{Path(command[0]).name} did not end within {LIMIT} s.") from None
    if done.returncode:
        raise ProgramFailed("\n".join(telling_lines(done.stdout + done.stderr)[-LAST:]))


def telling_lines(said: str) -> list[str]:
    """Return the lines that say what is wrong.

    Node prints the minified line that threw, and where it was called from: neither says it.
    """
    return [line for line in said.strip().splitlines() if len(line) < 500 and not line.startswith("    at ")]
