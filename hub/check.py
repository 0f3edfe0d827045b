"""The strict build in a process of its own, beside the live-reload server, that a newer save may cut short."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from hub.source import ROOT

Done = Callable[[list[str]], None]


class Check:
    """Runs `python -m hub build` and hands its findings, one line each, to `done`."""

    def __init__(self, config_file: Path, site_dir: Path, site_url: str, done: Done) -> None:
        where = ["--config-file", str(config_file), "--site-dir", str(site_dir), "--site-url", site_url]
        self.command = [sys.executable, "-m", "hub", "build", "--brief", *where]
        self.done = done
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the build; an earlier one must have been stopped."""
        process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self.process = process
        threading.Thread(target=self._wait, args=[process], daemon=True).start()

    def stop(self) -> None:
        """End the build that runs, if any; its findings are not handed on."""
        process, self.process = self.process, None
        if process and process.poll() is None:
            process.terminate()
            process.wait()

    def _wait(self, process: subprocess.Popen[str]) -> None:
        _, errors = process.communicate()
        if self.process is process:
            self.done(findings_in(errors))


def findings_in(errors: str) -> list[str]:
    """Return the findings in what a build printed; an indented line belongs to the one above."""
    return re.split(r"\n(?! )", errors.strip("\n")) if errors.strip() else []
