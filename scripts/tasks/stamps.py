"""Stamps: what a product was made from, so that making it again can be skipped when nothing changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from scripts.nexus import ROOT

STAMPS = ROOT / "var" / "stamps"
NOT_INPUTS = {"__pycache__", "vendor", "media", "node_modules", ".DS_Store"}  # caches, and what a build copies in


def digest(paths: Iterable[Path]) -> str:
    """Return one hash (64 hexadecimal digits) over the names and contents of files and of all files in folders."""
    result = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not NOT_INPUTS.intersection(file.parts) and file.suffix != ".pyc":
                content = file.read_bytes()
                result.update(f"{file.relative_to(path.parent).as_posix()} {len(content)}\n".encode() + content)
    return result.hexdigest()


def is_recorded(name: str, state: str, folder: Path = STAMPS) -> bool:
    """Return whether `name` was last made from exactly this state; an unknown state ("") never was."""
    stamp = folder / name
    return bool(state) and stamp.is_file() and stamp.read_text(encoding="utf-8") == state


def record(name: str, state: str, folder: Path = STAMPS) -> None:
    """Remember that `name` was made from this state; "" forgets it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(state, encoding="utf-8")
