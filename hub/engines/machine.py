"""What the engines need to know about this machine."""

import os
import sys


def is_root() -> bool:
    """Return whether this process may install packages, and must not run PostgreSQL itself."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def program(name: str) -> str:
    """Return the file name of a program on this system."""
    return name + ".exe" if sys.platform == "win32" else name
