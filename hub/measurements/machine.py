"""Where and on what figures are taken: the machine without its name, its load, and the commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from hub.commit import commit
from hub.source import ROOT

# What figures depend on: with changes in these, a commit does not say what was measured.
MEASURED = ["demo_api", "hub", "docs/assets/js", "package-lock.json", "requirements.txt"]


@dataclass(frozen=True)
class Machine:
    """What a reader needs to know to judge a time."""

    cpu: str
    cores: int
    system: str
    python: str
    browser: str

    def __str__(self) -> str:
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        parts = [f"{self.cpu}, {cores}", self.system, f"Python {self.python}", self.browser]
        return "; ".join(filter(None, parts))


def this_machine(browser: str) -> Machine:
    """The machine this runs on, and the browser in which it measures, such as "Chromium 140"; "" for none."""
    return Machine(
        cpu=cpu_name(),
        cores=os.cpu_count() or 1,
        system=system_name(),
        python=platform.python_version(),
        browser=browser,
    )


def cpu_name() -> str:
    """What the processor calls itself."""
    if sys.platform == "darwin":
        return said("sysctl", "-n", "machdep.cpu.brand_string")
    details = Path("/proc/cpuinfo")
    if details.is_file():
        for line in details.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def system_name() -> str:
    """The name and version of the operating system."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def load() -> float | None:
    """The processes that wanted to run, on average, in the last minute; None where the system does not count them."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def measured_commit() -> str:
    """The commit that is checked out, with `+` when what is measured has changed since; empty outside a repository."""
    try:
        return commit() + ("+" if said("git", "status", "--porcelain", "--", *MEASURED) else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def said(*command: str) -> str:
    """What a command printed. Raises OSError or CalledProcessError."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
