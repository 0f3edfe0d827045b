"""Which settings the project knows: the names in `.env.example`, which a test holds to what the code reads."""

from __future__ import annotations

import re

from hub.source import ROOT


def known_settings() -> set[str]:
    """Return the names of the environment variables that a person may set."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
