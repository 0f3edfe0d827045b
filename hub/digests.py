"""Digests: whether anything that a product is made from has changed since it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from hub.source import ROOT

NOT_INPUTS = {"__pycache__", "vendor", "media", "node_modules", ".DS_Store"}  # caches, and what a build copies in


def digest(paths: Iterable[Path], base: Path = ROOT, *, suffixes: Collection[str] = ()) -> str:
    """Return one hash (64 hexadecimal digits) over the names and contents of files and of all files in folders.

    Names count from `base` on, and line endings do not count: a checkout elsewhere, or on Windows, has the same
    digest. In folders, `suffixes` picks the files, such as ".py".
    """
    result = hashlib.sha256()
    for file in files_in(paths, base, suffixes):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        result.update(f"{file.relative_to(base).as_posix()} {len(content)}\n".encode() + content)
    return result.hexdigest()


def files_in(paths: Iterable[Path], base: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Yield the files that count, folders in the order of their names."""
    for path in paths:
        if path.is_file():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            is_input = file.suffix in suffixes if suffixes else file.suffix != ".pyc"
            if is_input and file.is_file() and not NOT_INPUTS.intersection(file.relative_to(base).parts):
                yield file
