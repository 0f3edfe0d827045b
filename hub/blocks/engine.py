"""The options that a block of any language takes when it runs: on which engine, and what may change from run to run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.blocks.block import BlockError
from hub.engines import TITLES

OPTIONS = {"engine": "postgresql", "volatile": '"0x[0-9a-f]+"'}


def engine_of(options: Mapping[str, str]) -> str:
    """Return the engine that a block needs, "" for what every build has. Raises BlockError for an unknown one."""
    engine = str(options.get("engine", ""))
    if "engine" in options and engine not in TITLES:
        known = " or ".join(f"engine={name}" for name in TITLES)
        raise BlockError(f"engine={engine} is not one that can be run; write {known}, or leave it out for SQLite")
    return engine


def volatile_of(options: Mapping[str, str]) -> str:
    """Return the regular expression of what may change, "" for nothing. Raises BlockError when it is none."""
    volatile = str(options.get("volatile", ""))
    try:
        found = re.compile(volatile).match("")
    except re.error as error:
        raise BlockError(f"volatile={volatile} is not a regular expression: {error}") from None
    if "volatile" in options and found:
        raise BlockError('volatile matches nothing at all, and so everywhere; write what changes: volatile="[0-9]+ ms"')
    return volatile
