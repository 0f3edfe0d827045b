"""Environment variables with types: a value that cannot be understood stops the program and says what to write."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable as it stands, without surrounding spaces; `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """True or False. Raises ImproperlyConfigured for anything but 1/true/yes/on and 0/false/no/off."""
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no. Write {name}=1 or {name}=0.")


def integer(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number from `least` to `most`. Raises ImproperlyConfigured outside that range."""
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if least <= number <= most:
        return number
    raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {least} to {most}.")


def choice(name: str, default: str, *, among: Sequence[str]) -> str:
    """One of `among`. Raises ImproperlyConfigured for any other word."""
    value = text(name, default)
    if value in among:
        return value
    raise ImproperlyConfigured(f"{name}={value!r} is not known. Write one of: {', '.join(among)}.")


def url(name: str, default: str = "", *, schemes: Sequence[str]) -> str:
    """An address such as amqp://user:password@host/, with one of `schemes`. Raises ImproperlyConfigured otherwise.

    The message does not repeat the value, which may hold a password.
    """
    value = text(name, default)
    try:
        parts = urlsplit(value)
        wrong = parts.scheme not in schemes or not parts.hostname or parts.port == 0
    except ValueError:  # a port that is no number, or brackets that do not close
        wrong = True
    if value and wrong:
        shapes = " or ".join(f"{scheme}://user:password@host:port/" for scheme in schemes)
        raise ImproperlyConfigured(f"{name} is not an address. Write {name}={shapes}")
    return value


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """The parts of a comma-separated list, without empty ones."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else list(default)


def path(name: str, default: Path, *, root: Path) -> Path:
    """An absolute path; a relative one is taken from `root`, the project's folder."""
    value = text(name)
    return (root / Path(value).expanduser()).resolve() if value else default


def writable_folder(name: str) -> str:
    """A folder that is there; "" when none is named. Raises ImproperlyConfigured when nothing can be written to it."""
    value = text(name)
    if value and not (Path(value).is_dir() and os.access(value, os.W_OK)):
        raise ImproperlyConfigured(
            f"{name}={value!r} is no folder that this process can write to. Make it first, or unset {name}."
        )
    return value
