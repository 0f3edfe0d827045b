"""The process in which the API answers the handbook's questions: `python -m hub.worker FOLDER`.

Reads one question a line (JSON) and writes one answer a line. FOLDER keeps the migrated and seeded database between
runs. A question without a `kind` is a request with the members of `hub.capture.Request`; the answer has `status`,
`reason`, `headers`, `content` (base64), `queries` and `state`. The question `cell` has the programs `earlier` and
`source`; the answer has `output`, `value`, `error`, `queries` and `count`. The question `command` has the `words` of a
command and the names of its `settings`; the answer has `fault`. The question `sql` is what
`hub.statement.run_statement` takes and gives. An answer may be `failure` instead, with the reason.

The `state` of a question is the database it starts from, packed (`pack`), empty for the seeded one; that of an answer
is what the request left. So a request that continues others starts from the very rows they made.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.contrib.auth import hashers
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from demo_api.nexus import browser
from hub.capture import ACCOUNTS
from hub.parsers import fault
from hub.statement import run_statement

HOST = "localhost:8000"  # what `python scripts/nexus.py serve` uses, so links in recorded answers are the reader's own


def main(folder: Path) -> None:
    """Answer requests from standard input until it ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # nothing that Django or a command prints may get between the answers
    with tempfile.TemporaryDirectory(prefix="nexus-capture-", ignore_cleanup_errors=True) as scratch:
        database = Path(scratch) / "capture.sqlite3"
        start_django(database, folder / "media")
        pristine = seeded_database(folder, database)
        for line in sys.stdin:
            question = json.loads(line)
            if not goes_on(question):
                reset(pristine, database, question["state"])
                start_over()
            answers.write(json.dumps(answer_or_error(question, database)) + "\n")
            answers.flush()
        close_database()


def start_django(database: Path, media: Path) -> None:
    """Configure Django on the scratch database. Settings are read here, so the environment comes first."""
    os.environ["SQLITE_PATH"] = str(database)
    os.environ["MEDIA_ROOT"] = str(media)
    os.environ["LOG_LEVEL"] = "ERROR"
    django.setup()
    # Slow on purpose, where a password is to be kept. Here every request of `as=staff` would pay for it, and the
    # passwords are public. A hash says how often it was repeated, so one made here is good everywhere.
    hashers.PBKDF2PasswordHasher.iterations = 1


def seeded_database(folder: Path, database: Path) -> Path:
    """Return the path of the migrated, seeded database in `folder`, made if it is not there."""
    pristine = folder / "seed.sqlite3"
    if not pristine.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed", verbosity=0)
        close_database()
        backup(database, pristine)
        forget_other_states(folder)
    return pristine


def backup(source: Path, target: Path) -> None:
    """Copy a database with all its pages in one file; the target appears at once or not at all."""
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    origin, copy = sqlite3.connect(source), sqlite3.connect(partial)
    with origin, copy:
        origin.backup(copy)
    origin.close()
    copy.close()
    partial.replace(target)


def forget_other_states(folder: Path) -> None:
    """Remove the databases and captures of earlier states of `demo_api`."""
    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)


def close_database() -> None:
    """Close every connection, so the file can be replaced (Windows refuses otherwise)."""
    connections.close_all()


def reset(pristine: Path, database: Path, state: str = "") -> None:
    """Put the seeded database back, or the one in `state`, and forget caches, throttle counts among them."""
    close_database()
    for leftover in (f"{database}-wal", f"{database}-shm"):
        Path(leftover).unlink(missing_ok=True)
    if state:
        database.write_bytes(zlib.decompress(base64.b64decode(state)))
    else:
        shutil.copyfile(pristine, database)
    for cache in caches.all():
        cache.clear()


def pack(database: Path) -> str:
    """Return a database as text that a later question may start from."""
    connection = sqlite3.connect(database)
    try:
        return base64.b64encode(zlib.compress(connection.serialize(), level=1)).decode()
    finally:
        connection.close()


def answer_or_error(question: dict[str, Any], database: Path) -> dict[str, Any]:
    """Return the answer, or why there is none."""
    try:
        if "kind" in question:
            del question["state"]
            return KINDS[question.pop("kind")](**question)
        # A request that only reads leaves what it found; the token that it was sent with is nobody's business.
        reads = question["method"] in ("GET", "HEAD", "OPTIONS")
        return answer(question) | {"state": question["state"] if reads else pack(database)}
    except Exception as error:  # noqa: BLE001  # whatever it is, the page that asked must say it
        return {"failure": f"{type(error).__name__}: {error}"}


# What has run since the database was put back: its names and rows are there still.
_ran: list[str] = []
PAGE = "page"


def goes_on(question: Mapping[str, Any]) -> bool:
    """Whether a question is about a program below those that have run, so that they need not run again."""
    return bool(_ran) and question.get("kind") == "cell" and question["earlier"][: len(_ran)] == _ran


def start_over() -> None:
    """Forget the programs that have run, and their names."""
    _ran.clear()
    browser.forget(PAGE)


def run_cells(earlier: list[str], source: str) -> dict[str, Any]:
    """Run programs one after another in one namespace, those that have not run yet; return what the last one did."""
    for program in (*earlier[len(_ran) :], source):
        _ran.append(program)
        result = asyncio.run(browser.run_cell(PAGE, program, watches_memory=False))
    return {
        "output": result["output"],
        "value": result["value"],
        "error": result["error"] and result["error"] | {"line": result["error"]["line"] or 0},
        "queries": [query["sql"] for query in result["trace"]["queries"]],
        "count": result["trace"]["count"],
    }


def command_fault(words: list[str], settings: list[str]) -> dict[str, Any]:
    """Look at a command without running it."""
    return {"fault": fault(words, settings)}


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "cell": run_cells,
    "command": command_fault,
    "sql": run_statement,
}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Send one request through the whole of Django, middleware included."""
    client = Client(raise_request_exception=False, HTTP_HOST=HOST)
    headers = dict(question["headers"])
    if question["account"]:
        headers["Authorization"] = f"Bearer {sign_in(client, question['account'])}"
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    with recorded_queries() as queries:
        response = client.generic(
            question["method"],
            question["target"],
            data=question["body"].encode(),
            content_type=content_type,
            headers=headers,
        )
        content = response.getvalue()
    return {
        "status": response.status_code,
        "reason": response.reason_phrase,
        "headers": list(response.items()),
        "content": base64.b64encode(content).decode(),
        "queries": queries,
    }


def sign_in(client: Any, account: str) -> str:
    """Return a fresh token of a demo account, through the API like any client."""
    username, password = ACCOUNTS[account]
    response = client.post(
        "/api/v1/auth/sign-in/", {"username": username, "password": password}, content_type="application/json"
    )
    if response.status_code >= 400:
        raise RuntimeError(f"signing in as {username} was answered with {response.status_code}")
    token: str = response.json()["token"]
    return token


@contextmanager
def recorded_queries() -> Iterator[list[str]]:
    """Collect the SQL that runs inside, with its values filled in as the database engine would write them."""
    queries: list[str] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        try:
            return execute(sql, params, many, context)
        finally:
            text = sql if many else connection.ops.last_executed_query(context["cursor"], sql, params)
            queries.append(text)

    with connection.execute_wrapper(record):
        yield queries


if __name__ == "__main__":
    main(Path(sys.argv[1]))
