"""The commit that the handbook is built from."""

from __future__ import annotations

import subprocess
from functools import cache

from hub.source import ROOT


@cache
def commit() -> str:
    """Return the commit that is checked out, in twelve digits; empty outside a repository, or without Git."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
