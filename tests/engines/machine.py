"""What the engines need to know about this machine."""

import os
import shutil
import subprocess
import sys

APT = {"DEBIAN_FRONTEND": "noninteractive"}


def say(text: str) -> None:
    """Print now: what a child prints next must come after it."""
    print(text, flush=True)


def is_root() -> bool:
    """Return whether this process may install packages and must not run PostgreSQL itself."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def can_install() -> bool:
    """Return whether Debian packages can be installed here without asking anyone."""
    return is_root() and shutil.which("apt-get") is not None


def install_debian_packages(*names: str) -> str:
    """Install packages with apt. Returns "" or, after at most 15 minutes, why it did not work."""
    say(f"Installing Debian's {' and '.join(names)} ...")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *names]):
        reason = attempt(["apt-get", "-qq", "-o", "Acquire::Retries=3", *command], seconds=450, settings=APT)
    return reason


def attempt(command: list[str], *, seconds: int, settings: dict[str, str] | None = None) -> str:
    """Run a program without input for at most so many seconds. Returns "" or the last line of what went wrong."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return lines[-1] if lines else f"{command[0]} ended with code {done.returncode}"


def program(name: str) -> str:
    """Return the file name of a program on this system."""
    return name + ".exe" if sys.platform == "win32" else name
