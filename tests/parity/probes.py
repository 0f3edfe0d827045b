"""Whether what no answer shows is so: one function for each known difference, true in the page and false on a server.

Runs under CPython and in the page's Python (`page.mjs`), and imports nothing of the other tests.
"""

import hashlib
import inspect
import ssl
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from demo_api.nexus import browser


def no_threads() -> bool:
    try:
        threading.Thread(target=print).start()
    except RuntimeError:
        return True
    return False


def no_connections() -> bool:
    """A socket itself is not tried: what Node makes of one is not what a browser does."""
    return "stub" in ssl.OPENSSL_VERSION


def sqlite_only() -> bool:
    return find_spec("psycopg") is None


def demo_passwords() -> bool:
    from django.contrib.auth.hashers import make_password

    cheap = make_password("words").startswith("demo$")
    return cheap and not hasattr(hashlib, "pbkdf2_hmac") and not hasattr(hashlib, "scrypt")


def memory_only() -> bool:
    try:
        from pyodide_js import FS  # type: ignore[import-not-found]
    except ImportError:
        return False
    from django.conf import settings

    # The folder of uploads is made by the first one.
    folders = {Path(settings.DATABASES["default"]["NAME"]).parent, Path(settings.MEDIA_ROOT).parent}
    return all(FS.lookupPath(str(folder)).node.mount.type == FS.filesystems.MEMFS for folder in folders)


def utc_only() -> bool:
    ZoneInfo("UTC")
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return True
    return False


def no_docstrings() -> bool:
    from django.db.models.query import QuerySet

    return bool(browser.handle.__doc__) and not QuerySet.get.__doc__ and not inspect.cleandoc.__doc__


PROBES: list[Callable[[], bool]] = [
    no_threads,
    no_connections,
    sqlite_only,
    demo_passwords,
    memory_only,
    utc_only,
    no_docstrings,
]


def id_of(check: Callable[[], object]) -> str:
    """The id of the difference that a probe is about."""
    return check.__name__.replace("_", "-")


def probe(folder: str) -> dict[str, bool]:
    """Each difference's id, and whether it shows here."""
    return {id_of(check): check() for check in PROBES}
