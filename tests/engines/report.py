"""What was exercised: the notes that `tests/run.py` and its pytest processes share, and the table made of them.

One rule decides whether an engine counts: some collected test is marked for it. Nobody can fail to exercise
what no test needs.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOTES_VARIABLE = "NEXUS_TEST_NOTES"  # the path of the notes, set by tests/run.py
BROWSERS = ("browser", "firefox")
# The processes beside the whole suite, each with the engines it reports on.
BESIDE: dict[str, tuple[str, ...]] = {
    "postgresql": ("postgresql",),
    "browsers": BROWSERS,
    "parity": (),
    "servers": ("redis", "rabbitmq"),
}
NOT_USED = "not used yet by this version: no test needs it"


@dataclass
class Engine:
    """What is known about one engine in this run, and how its tests fared on it."""

    title: str = ""  # such as "PostgreSQL 15.18"; "" when there is none
    missing: str = ""  # why there is none, and what to do
    address: str = ""  # where it listens, for the tests, where they are not told otherwise
    outcomes: dict[str, int] = field(default_factory=dict)  # "passed", "failed", "skipped" -> tests
    exit_code: int = 0  # of the pytest process beside that ran for this engine


@dataclass
class Notes:
    """All that the processes of one run tell each other."""

    path: Path
    strict: bool = False  # --all was asked for
    process: str = ""  # which of BESIDE this pytest process is; "" for the whole suite
    beside: dict[str, str] = field(default_factory=dict)  # the processes meanwhile, and where their notes are
    engines: dict[str, Engine] = field(default_factory=dict)

    def write(self) -> None:
        """Write the notes where the next process reads them."""
        engines = {name: vars(engine) for name, engine in self.engines.items()}
        content = {"strict": self.strict, "process": self.process, "beside": self.beside, "engines": engines}
        self.path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def read_notes(path: str | None) -> Notes | None:
    """Return the notes in this file, or None without one: pytest was started by itself."""
    if not path:
        return None
    content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    engines = {name: Engine(**facts) for name, facts in content["engines"].items()}
    return Notes(Path(path), content["strict"], content["process"], content["beside"], engines)


def finished(beside: str) -> Path:
    """Return the file that appears when the process with these notes has ended; it holds its exit code."""
    return Path(beside).with_suffix(".ended")


def hear(notes: Notes, seconds: float = 1800) -> dict[str, str]:
    """Wait for the processes beside, take their results over, and return what each printed. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    for name, path in notes.beside.items():
        while not finished(path).is_file():
            if time.monotonic() > deadline:
                raise TimeoutError(f"The tests of the process {name!r} did not end within {seconds:.0f} s.")
            time.sleep(0.2)
        told = read_notes(path)
        for engine in BESIDE[name]:
            if told and engine in told.engines:
                notes.engines[engine] = told.engines[engine]
                notes.engines[engine].exit_code = int(finished(path).read_text())
    return {
        name: Path(path).with_suffix(".log").read_text(encoding="utf-8", errors="replace")
        for name, path in notes.beside.items()
    }


@dataclass(frozen=True)
class Row:
    """A line of the table. `needed` counts the collected tests that are marked for the engine."""

    name: str
    needed: int
    engine: Engine

    @property
    def exercised(self) -> bool:
        """Whether at least one test passed on the engine."""
        return self.engine.outcomes.get("passed", 0) > 0

    @property
    def fault(self) -> str:
        """Why this row fails a run with --all, or "" when it does not."""
        if not self.needed or self.exercised:
            return ""
        return f"{self.name}: {self.engine.missing or 'no test that needs it passed'}"

    @property
    def text(self) -> str:
        """The line as it is printed."""
        if not self.needed and not self.exercised:
            known = self.engine.title or self.engine.missing
            what = (
                f"no selected test needs it{self.engine.missing and f' ({self.engine.missing})'}" if known else NOT_USED
            )
            return f"{self.engine.title or self.name:<28}{'no':<6}{what}"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.engine.outcomes.items() if count)
        detail = ": ".join(part for part in (counts, self.engine.missing) if part) or "none of its tests ran"
        return f"{self.engine.title or self.name:<28}{'yes' if self.exercised else 'NO':<6}{detail}"


def table(notes: Notes, needed: Mapping[str, int]) -> list[Row]:
    """Return the rows; `needed` maps a marker to the number of collected tests that carry it."""
    markers = {
        "SQLite": "database",
        "PostgreSQL": "database",
        "Redis": "redis",
        "RabbitMQ": "rabbitmq",
        "Browser": "browser",
        "Firefox": "firefox",
    }
    return [
        Row(name, needed.get(marker, 0), notes.engines.get(name.lower(), Engine())) for name, marker in markers.items()
    ]
