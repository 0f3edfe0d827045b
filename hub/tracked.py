"""The files that Git tracks, or would: what a reader gets who clones the project as it is now."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from hub.source import ROOT

# For a copy without Git, such as the one in which an image is built: what .gitignore names.
NEVER = {
    *(".git", ".venv", ".cache", "site", "var", "mediafiles", "staticfiles", "node_modules", "__pycache__"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", "htmlcov", ".env", ".coverage", ".DS_Store"),
}
MADE = ("docs/assets/vendor", "docs/media")

T = TypeVar("T")
_digests: dict[Path, tuple[int, int, bytes]] = {}


def for_a_second(find: Callable[[], T]) -> Callable[[], T]:
    """Return a function that gives what `find` gave at most a second ago: a build asks for each of its blocks."""
    seen: list[tuple[float, T]] = []

    def found() -> T:
        if not seen or time.monotonic() - seen[0][0] > 1:
            value = find()
            seen[:] = [(time.monotonic(), value)]
        return seen[0][1]

    found.__name__, found.__doc__ = find.__name__, find.__doc__
    return found


@for_a_second
def tracked_files() -> list[Path]:
    """Return the absolute paths of the files, in order, as they were at most a second ago."""
    return find_tracked()


def find_tracked() -> list[Path]:
    """Ask Git, or look through the folder where there is none."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30)
        names = os.fsdecode(done.stdout).split("\0")
    except (OSError, subprocess.TimeoutExpired):
        names = []
    if "manage.py" not in names:  # no Git, or a folder that another repository ignores
        names = [path.relative_to(ROOT).as_posix() for path in walk(ROOT)]
    return [ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file()]


def walk(folder: Path) -> Iterable[Path]:
    """Yield the files of a folder that is no Git repository, without what commands make."""
    for path in folder.iterdir():
        made = path.relative_to(ROOT).as_posix() in MADE
        if path.name in NEVER or made or path.suffix == ".pyc" or ".sqlite3" in path.name or path.is_symlink():
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield path


def digest(files: Iterable[Path]) -> str:
    """Return a hash over the names and contents of files; a file that kept its time and size is not read again."""
    result = hashlib.sha256()
    for path in files:
        if not path.is_file():  # gone since the list was made
            continue
        state = path.stat()
        known = _digests.get(path)
        if known is None or known[:2] != (state.st_mtime_ns, state.st_size):
            known = (state.st_mtime_ns, state.st_size, hashlib.sha256(path.read_bytes()).digest())
            _digests[path] = known
        result.update(f"{path.relative_to(ROOT).as_posix()}\n".encode() + known[2])
    return result.hexdigest()
