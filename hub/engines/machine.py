"""What the engines need to know about this machine."""

import os
import socket
import sys


def is_root() -> bool:
    """Return whether this process may install packages, and must not run PostgreSQL itself."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """Return the file name of a program on this system."""
    return name + ".exe" if sys.platform == "win32" else name
