"""What examples did on an engine that a build does not have: read back, or taken anew where the engine is.

A recording is `docs/recordings/<page>/<digest>.json`. The digest is that of the question: the block's text, its
options and the programs above it. So a block that changed has no recording, and the build says so.

A build reads recordings and never asks an engine: its pages are the same on every machine. Inside `on_engines` the
blocks run for real. There a recording that is missing or no longer true is written, or with `write=False` an error.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hub.blocks.block import Block, BlockError
from hub.commit import commit
from hub.engines import TITLES
from hub.files import replace
from hub.source import display_path, docs_folder

FOLDER = "recordings"
UPDATE = "`python scripts/nexus.py docs --update`"

Answer = Mapping[str, Any]
Ask = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Recording:
    """What a block did: on which engine, on which day (UTC, ISO 8601), on which commit, what was asked and answered."""

    engine: str
    version: str
    date: str
    commit: str
    question: Answer
    answer: Answer

    @property
    def origin(self) -> str:
        """Where and when, in words: `recorded on PostgreSQL 15.18, 23 November 2026, commit 0123456789ab`."""
        day = date.fromisoformat(self.date)
        on = f", commit {self.commit}" if self.commit else ""
        return f"recorded on {TITLES[self.engine]} {self.version}, {day.day} {day:%B %Y}{on}"


@dataclass
class Session:
    """The engines that are there, name -> (version, how to ask it), and what was done with recordings meanwhile."""

    engines: Mapping[str, tuple[str, Ask]] = field(default_factory=dict)
    write: bool = False
    used: set[Path] = field(default_factory=set)
    written: list[tuple[Path, Recording]] = field(default_factory=list)


_sessions: list[Session] = []


@contextmanager
def on_engines(engines: Mapping[str, tuple[str, Ask]], *, write: bool) -> Iterator[Session]:
    """Run blocks on these engines until the end; give what is noted of the recordings meanwhile."""
    _sessions.append(Session(engines, write))
    try:
        yield _sessions[-1]
    finally:
        _sessions.pop()


def recall(block: Block, engine: str, question: Answer, volatile: str, check: Callable[[Answer], None]) -> Recording:
    """Return what a block did on its engine.

    `check` raises BlockError for an answer that the block does not expect; such a one is never recorded. Raises
    BlockError too when there is no recording, or, where the engine is and nothing is written, a false one.
    """
    file = path_of(block, engine, question)
    recorded = read(file)
    session = _sessions[-1] if _sessions else Session()
    session.used.add(file)
    if engine in session.engines:
        version, ask = session.engines[engine]
        now = datetime.now(UTC).date().isoformat()
        fresh = Recording(engine, version, now, commit(), question, ask(question))
        check(fresh.answer)
        recorded = compared(file, recorded, fresh, volatile, session)
    if recorded is None:
        raise BlockError(
            f"there is no recording of this block on {TITLES[engine]}, or it or a program above it changed since; "
            f"run {UPDATE} where {TITLES[engine]} is, and commit {display_path(file)}"
        )
    check(recorded.answer)
    return recorded


def path_of(block: Block, engine: str, question: Answer) -> Path:
    """Return where the recording of a block is kept."""
    digest = hashlib.sha256(json.dumps([engine, question], sort_keys=True).encode()).hexdigest()[:16]
    return docs_folder(block.record.page) / FOLDER / block.record.name / f"{digest}.json"


def read(file: Path) -> Recording | None:
    """Return a recording, None when there is none. Raises BlockError when the file holds something else."""
    if not file.is_file():
        return None
    try:
        return Recording(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BlockError(f"{display_path(file)} is not a recording ({error}); remove it and run {UPDATE}") from None


# Where the engine is ----------------------------------------------------------------------------------------------


def compared(file: Path, recorded: Recording | None, fresh: Recording, volatile: str, session: Session) -> Recording:
    """Return the recording that is true now. Raises BlockError for a false one that must not be written."""
    old = comparable(recorded.answer, volatile) if recorded else []
    new = comparable(fresh.answer, volatile)
    if recorded and old == new:
        return recorded
    if session.write:
        write(file, fresh)
        session.written.append((file, fresh))
        return fresh
    if recorded is None:
        raise BlockError(f"there is no recording of this block; run {UPDATE} and commit {display_path(file)}")
    lines = difflib.unified_diff(old, new, "recorded", f"{TITLES[fresh.engine]} {fresh.version}", lineterm="", n=1)
    shown = "\n".join(f"  {line}" for line in list(lines)[:14])
    raise BlockError(f"the recording is no longer what comes out; run {UPDATE}:\n{shown}")


def comparable(answer: Answer, volatile: str) -> list[str]:
    """Return an answer as lines, without what may change: of a traceback only its last line names no file."""
    error = answer.get("error")
    if error and "traceback" in error:
        answer = {**answer, "error": {**error, "traceback": error["traceback"].strip().rpartition("\n")[2]}}
    text = json.dumps(answer, indent=1, ensure_ascii=False).replace("\\n", "\n")
    return (re.sub(volatile, "…", text) if volatile else text).split("\n")


def write(file: Path, recording: Recording) -> None:
    """Write a recording as a whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace(file, (json.dumps(asdict(recording), indent=2, ensure_ascii=False) + "\n").encode())


def unused(docs: Path, used: set[Path]) -> list[Path]:
    """Return the recordings that no block of the handbook shows."""
    return sorted(path for path in (docs / FOLDER).rglob("*.json") if path not in used)
