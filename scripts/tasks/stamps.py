"""Stamps: what a product was made from, so that making it again can be skipped when nothing changed."""

from pathlib import Path

from scripts.nexus import ROOT

STAMPS = ROOT / "var" / "stamps"


def is_recorded(name: str, state: str, folder: Path = STAMPS) -> bool:
    """Return whether `name` was last made from exactly this state; an unknown state ("") never was."""
    stamp = folder / name
    return bool(state) and stamp.is_file() and stamp.read_text(encoding="utf-8") == state


def record(name: str, state: str, folder: Path = STAMPS) -> None:
    """Remember that `name` was made from this state; "" forgets it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(state, encoding="utf-8")
