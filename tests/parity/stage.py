"""What both sides of the comparison run: a clock and a chance that stand still, every row's digest, and the replay.

This module is imported by the tests' recorder, and as `stage` by the page's own Python (`page.mjs`), where none of the
other tests exists. So it imports nothing of theirs.
"""

import hashlib
import json
import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from demo_api.nexus import browser

Json = dict[str, Any]
PAGE = 4096  # bytes of a page of the database file
SAFE = ("GET", "HEAD", "OPTIONS")


@contextmanager
def standing_still(moment: str, seed: int) -> Iterator[None]:
    """Time stands at `moment` (ISO 8601), and whatever is random follows from `seed`, in the API and its libraries."""
    at = datetime.fromisoformat(moment)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return at.astimezone(tz)

    chance = random.Random(seed).randbytes  # noqa: S311 (chance that can be repeated)
    with (
        patch("django.utils.timezone.datetime", Clock),
        patch("demo_api.rest.throttling.time", SimpleNamespace(time=at.timestamp)),
        patch("django.http.response.time", SimpleNamespace(time=at.timestamp)),  # when a cookie ends
        patch("django.utils.cache.time", SimpleNamespace(time=at.timestamp)),  # when a copy ends
        patch("knox.crypto.generate_bytes", chance),
        patch("os.urandom", chance),
        patch("random._urandom", chance),
    ):
        yield


def rows(connection: Any) -> dict[str, str]:
    """A digest of each table's rows, read through an sqlite3 connection."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {name: digest(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in names}  # noqa: S608


def digest(found: list[Any]) -> str:
    return f"{len(found)} rows, {hashlib.sha256(repr(sorted(map(repr, found))).encode()).hexdigest()[:12]}"


# The replay, in the page's Python -----------------------------------------------------------------------------------


def replay(folder: str) -> int:
    """Answers every exchange that `folder` holds (`recorder.py` wrote them), and writes the answers beside them.

    Returns how many times the recorded state had to be put back, for the rest follows from the requests before.
    """
    stage = Stage(Path(folder), all_settings())
    with (stage.folder / "asked.jsonl").open() as asked, (stage.folder / "answers.jsonl").open("w") as answers:
        for line in asked:
            answers.write(json.dumps(stage.answer(json.loads(line))) + "\n")
    return stage.restored


class Stage:
    """The page's API with its database, files and cache, brought to the state in which a recorded request was made."""

    def __init__(self, folder: Path, settings: Json) -> None:
        self.folder = folder
        self.settings = settings  # as they are without any test's changes
        self.base = (folder / "base.sqlite3").read_bytes()
        self.given: Json = {}
        self.known: dict[str, str] | None = None  # digests after the last request that changed something
        self.restored = 0

    def answer(self, exchange: Json) -> Json:
        """The answer, and what the request left in the database when it was no safe one."""
        if exchange["state"] or self.known != exchange["known"]:
            self.restore(exchange)
        self.given = set_up(exchange["settings"], self.given, self.settings)
        message = exchange["message"]
        body = (self.folder / "blobs" / message["body"]).read_bytes() if message["body"] else b""
        with standing_still(exchange["moment"], exchange["number"]):
            answer = browser.handle(message | {"body": body})
        found = {name: answer[name] for name in ("status", "reason", "headers")}
        found["body"] = keep(self.folder / "blobs", answer["body"])
        found["queries"] = [[query["sql"], query["plan"]] for query in answer["trace"]["queries"]]
        found["count"] = answer["trace"]["count"]
        found["rows"] = None if message["method"] in SAFE else self.look()
        return {"number": exchange["number"]} | found

    def look(self) -> dict[str, str]:
        self.known = current_rows()
        return self.known

    def restore(self, exchange: Json) -> None:
        """Database, files and cache as they were when the request was recorded."""
        from django.core.cache import cache
        from django.core.files.base import ContentFile
        from django.core.files.storage import default_storage

        state = exchange["whole"]
        self.restored += 1
        browser.restore(apply_pages(self.base, (self.folder / "blobs" / state["database"]).read_bytes()))
        for name, blob in state["files"].items():
            default_storage.save(name, ContentFile((self.folder / "blobs" / blob).read_bytes()))
        for key, value in state["cache"].items():
            cache.set(key, value, timeout=120)
        self.known = exchange["known"]


def all_settings() -> Json:
    """Every setting's value as it is now."""
    from django.conf import settings

    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


def current_rows() -> dict[str, str]:
    from django.db import connection

    connection.ensure_connection()
    return rows(connection.connection)


def set_up(wanted: Json, given: Json, normal: Json) -> Json:
    """The settings that a test changed, and those that the one before changed as they were. Gives `wanted`."""
    from django.conf import settings
    from django.core.signals import setting_changed

    for name in given.keys() | wanted.keys():
        value = wanted[name] if name in wanted else normal[name]
        setattr(settings, name, value)
        setting_changed.send(sender=__name__, setting=name, value=value, enter=True)
    return wanted


# Blobs --------------------------------------------------------------------------------------------------------------


def keep(folder: Path, data: bytes) -> str:
    """Writes bytes under a name that follows from them, and gives it; nothing for none."""
    if not data:
        return ""
    name = hashlib.sha256(data).hexdigest()[:24]
    file = folder / name
    if not file.exists():
        file.write_bytes(data)
    return name


def changed_pages(base: bytes, data: bytes) -> bytes:
    """The pages of a database file that are not in `base`, packed."""
    changed = b"".join(
        start.to_bytes(8) + data[start : start + PAGE]
        for start in range(0, len(data), PAGE)
        if data[start : start + PAGE] != base[start : start + PAGE]
    )
    return zlib.compress(len(data).to_bytes(8) + changed, 1)


def apply_pages(base: bytes, packed: bytes) -> bytes:
    """The database file that `changed_pages` was given."""
    changed = zlib.decompress(packed)
    result = bytearray(base.ljust(int.from_bytes(changed[:8]), b"\0")[: int.from_bytes(changed[:8])])
    for place in range(8, len(changed), PAGE + 8):
        start = int.from_bytes(changed[place : place + 8])
        result[start : start + PAGE] = changed[place + 8 : place + 8 + PAGE]
    return bytes(result)
