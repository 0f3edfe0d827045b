"""A reader's page for tests of cells: runs programs and requests in a process of its own, whichever Python that has.

`python -m tests.hub.reader FOLDER` is that process for the Python of the tests, with its database in FOLDER; for the
page's Python it is `tests/hub/cells.mjs`. One question a line goes in and one answer a line comes out, as JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds for one answer
ADDRESS = "https://reader.example/alx-project-nexus"
ANSWER = "answer "  # other lines are what the process printed besides


class Reader:
    """A running process, to ask."""

    def __init__(self, command: list[str]) -> None:
        self.said = deque[str](maxlen=20)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, kind: str, **message: Any) -> Any:
        """The process's answer. Fails when there is none in time, with what the process said last."""
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        try:
            return self.answer(json.dumps({"kind": kind, **message}))
        finally:
            watchdog.cancel()

    def answer(self, question: str) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        with suppress(OSError):  # it has ended: what it said tells why
            print(question, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith(ANSWER):
                return json.loads(line.removeprefix(ANSWER))
            self.said.append(line[:300])
        raise AssertionError("".join(["No answer.\n", *self.said]))

    def run(self, source: str, page: str = "page") -> dict[str, Any]:
        """What `browser.run_cell` gave, and as `written` what it handed on while it ran: pairs of text and stream."""
        result: dict[str, Any] = self.ask("run", page=page, source=source)
        return result

    def request(self, method: str, path: str, body: str = "", **headers: str) -> dict[str, Any]:
        """The answer of `browser.handle`, with its body as text."""
        pairs = [[name.replace("_", "-"), value] for name, value in headers.items()]
        answer: dict[str, Any] = self.ask("request", method=method, url=ADDRESS + path, headers=pairs, body=body)
        return answer

    def forget(self, page: str) -> None:
        self.ask("forget", page=page)

    def restore(self) -> None:
        self.ask("restore")


# The process ------------------------------------------------------------------------------------------------------


def answer_all(folder: Path) -> None:
    """Answers standard input, on a seeded database in `folder`."""
    database = folder / "db.sqlite3"
    os.environ.update(SQLITE_PATH=str(database), MEDIA_ROOT=str(folder / "media"), POSTGRES_HOST="")
    os.environ.update(DJANGO_ENV="browser", LOG_LEVEL="WARNING")
    from django.core.management import call_command
    from django.db import connections

    from demo_api.nexus import browser

    browser.setup()
    call_command("migrate", verbosity=0)
    call_command("seed", verbosity=0)
    connections.close_all()
    seed = database.read_bytes()
    browser.begin(ADDRESS, seed)

    def run(page: str, source: str) -> dict[str, Any]:
        written: list[tuple[str, str]] = []
        result = asyncio.run(browser.run_cell(page, source, lambda text, stream: written.append((text, stream))))
        return result | {"written": written}

    def request(body: str, **message: Any) -> dict[str, Any]:
        answer = browser.handle({**message, "body": body.encode()})
        return answer | {"body": answer["body"].decode()}

    handlers: dict[str, Callable[..., Any]] = {
        "run": run,
        "request": request,
        "forget": browser.forget,
        "restore": lambda: browser.restore(seed),
        "is_watched": tracemalloc.is_tracing,
    }
    for line in sys.stdin:
        message = json.loads(line)
        print(ANSWER + json.dumps(handlers[message.pop("kind")](**message)), flush=True)


if __name__ == "__main__":
    answer_all(Path(sys.argv[1]))
