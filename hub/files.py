"""Write a file as a whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


def replace(path: Path, content: bytes, *, expected: bytes | None = None) -> bool:
    """Put a file in the place of this one, in one step, so that nobody reads a half and an interruption leaves the old.

    Returns False, and changes nothing, when the file no longer holds what was `expected`. Raises OSError.
    """
    path = path.resolve()  # of a link, replace what it leads to
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False) as file:
        partial = Path(file.name)
        file.write(content)
    try:
        if path.exists():
            shutil.copymode(path, partial)
        else:
            partial.chmod(0o644)  # a temporary file is its owner's alone
        if expected is not None and path.read_bytes() != expected:
            return False
        partial.replace(path)
        return True
    finally:
        partial.unlink(missing_ok=True)
