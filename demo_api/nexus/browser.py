"""The page's way in: a request or a program goes in as plain data, what it gave comes out with the SQL it ran.

The reader's page runs this module in a Web Worker (Pyodide); the tests run it under CPython. Values that cross are
dicts, lists, strings, numbers and bytes, so that either side can be replaced.
"""

import asyncio
import gc
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from demo_api.nexus import cells
from demo_api.nexus.cell_output import Write
from demo_api.nexus.trace import Message, traced

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_api.nexus.settings")

base_path = ""  # where the site stands on its host, such as /alx-project-nexus; the API stands there too

# Beginning --------------------------------------------------------------------------------------------------------


def begin(base: str, database: bytes) -> None:
    """Gets ready to answer below `base`, the site's own address, on this database file."""
    global base_path
    base_path = urlsplit(base).path.rstrip("/")
    random.seed()  # a snapshot would give every reader the same numbers
    restore(database)


def restore(database: bytes) -> None:
    """The catalogue as it is in `database`, the bytes of an SQLite file, with no uploaded files and no tokens."""
    from django.conf import settings
    from django.core.cache import caches
    from django.core.signals import setting_changed
    from django.db import connections

    setup()
    connections.close_all()
    file = Path(settings.DATABASES["default"]["NAME"])
    for old in file.parent.glob(f"{file.name}-*"):
        old.unlink()
    file.write_bytes(bytes(database))
    for folder in (settings.MEDIA_ROOT, settings.IMPORT_ROOT):
        shutil.rmtree(folder, ignore_errors=True)
    for remembered in caches.all(initialized_only=True):
        remembered.clear()
    # Settings and storage remember where they first stood, which a snapshot would carry to another site.
    vars(settings).pop("MEDIA_URL", None)
    setting_changed.send(sender=__name__, setting="MEDIA_URL", value=None, enter=True)


def setup() -> None:
    """Django, ready to use; doing it twice does nothing."""
    import django

    django.setup()


def warm_up() -> None:
    """Answers one request of each kind, so that a snapshot holds what the first ones of a reader need."""
    host = "http://localhost"
    account = json.dumps({"username": "demo-staff", "password": "demo-staff-password"}).encode()
    json_body = [["Content-Type", "application/json"]]
    for path in ("products/", "products/lagoon-speaker/", "products/none/", "categories/"):
        handle({"method": "GET", "url": f"{host}/api/v1/{path}", "headers": []})
    handle({"method": "GET", "url": f"{host}/api/v1/products/?category=kitchen&search=oak&min_price=1"})
    signed_in = handle({"method": "POST", "url": f"{host}/api/v1/auth/sign-in/", "headers": json_body, "body": account})
    token = json.loads(signed_in["body"])["token"]
    handle({"method": "GET", "url": f"{host}/api/v1/auth/me/", "headers": [["Authorization", f"Bearer {token}"]]})
    clear_free_memory()


def clear_free_memory() -> None:
    """Overwrites what was freed with zeros: a snapshot keeps every byte, and zeros pack to nothing."""
    from django.db import connections

    connections.close_all()
    gc.collect()
    for size in (2**20, 2**16, 2**12, 2**9):
        blocks = [bytearray(size) for _ in range(2**22 // size)]
        del blocks


def add_packages(archive: str) -> None:
    """Lets Python import from one more zip, such as GraphQL's, which is loaded when it is first asked for.

    It holds a part of `django.contrib`, whose other parts are elsewhere.
    """
    import django.contrib

    if archive not in sys.path:
        sys.path.append(archive)
        django.contrib.__path__.append(f"{archive}/django/contrib")


# Requests ---------------------------------------------------------------------------------------------------------


def handle(message: Message) -> Message:
    """Answers one HTTP request through the WSGI application.

    `message`: `method`, `url` (absolute), `headers` (pairs), `body` (bytes). Gives `status`, `reason`, `headers`
    (pairs), `body` (bytes), `milliseconds`, and `trace` (see `Trace.document`).
    """
    answer: Message = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        code, _, reason = status.partition(" ")
        answer.update(status=int(code), reason=reason, headers=[list(pair) for pair in headers])

    started = time.perf_counter()
    with no_running_loop(), traced() as trace:
        result = application()(environ(message), start_response)
        try:
            body = b"".join(result)
            # No server stands before the application here that would take the body off (RFC 9110, section 9.3.2).
            answer["body"] = b"" if message["method"] == "HEAD" else body
        finally:
            result.close()
    answer["milliseconds"] = (time.perf_counter() - started) * 1000
    answer["trace"] = trace.document()
    return answer


@contextmanager
def no_running_loop() -> Iterator[None]:
    """Pyodide always reports a running event loop; what works both ways, as strawberry does, would wait for one."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


@cache
def application() -> Any:
    """The WSGI application. `wsgi.py` would also run the system checks, of which nothing can change in a page."""
    setup()
    from demo_api.nexus.handlers import WsgiHandler

    return WsgiHandler()


def environ(message: Message) -> Message:
    """The WSGI environ (PEP 3333) of a request that arrives as data."""
    url = urlsplit(message["url"])
    body = bytes(message.get("body") or b"")
    result: Message = {
        "REQUEST_METHOD": message["method"],
        "SCRIPT_NAME": base_path,
        "PATH_INFO": unquote_to_bytes(url.path.removeprefix(base_path)).decode("latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in message.get("headers", []):
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "HOST"):
            result[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return result


# Work that waits --------------------------------------------------------------------------------------------------


def work() -> bool:
    """Does one slice of what the outbox promises, and says whether more of it is due.

    The page has no worker process. Its web worker calls this between requests, so each slice has to be short.
    """
    setup()
    from django.utils import timezone

    from demo_api.imports import leases, services
    from demo_api.outbox.models import Entry

    due = Entry.objects.filter(task=leases.TASK, available_at__lte=timezone.now())
    entry = due.first()
    if entry is None:
        return False
    more = False
    try:
        more = services.run_slice(**entry.arguments)
    finally:
        if not more:  # it is finished; or it failed, and has made a promise of its own
            entry.delete()
    return due.exists()


# Programs ---------------------------------------------------------------------------------------------------------


async def run_cell(page: str, source: str, write: Write | None = None, *, watches_memory: bool = True) -> Message:
    """Runs a program of the reader in the namespace of `page`, which earlier programs of that page filled.

    While it runs, `write` gets what it prints, with "stdout" or "stderr". Gives `output`, `value`, `error` (`type`,
    `message`, `traceback` and `line`, or None), `milliseconds`, `peak_bytes` and `trace`: see `cells.run`.
    """
    setup()
    return await cells.run(page, source, write, watches_memory=watches_memory)


def forget(page: str) -> None:
    """Drops the namespace of `page`; of every page when it is empty."""
    cells.forget(page)
