"""`python -m tests.run [--all] [pytest's arguments]`: the suite on every engine this machine has.

The whole suite runs on SQLite. Beside it, each in a pytest process of its own, run the tests marked `database` on
PostgreSQL, those in Chromium and in Firefox, those that compare the page's Python with this one, and those that start
and kill servers: much of their time is waiting. The first process ends with what the others printed and with the table
of what was exercised. With `--all`, whatever a test needs and this machine lacks is a failure.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from threading import Thread

from hub.engines.postgres import NAMES, NoPostgres
from scripts.nexus import finish, hand_over, run, started
from tests.engines.browser import provide_browser
from tests.engines.firefox import provide_firefox
from tests.engines.machine import say
from tests.engines.postgres import provide_installed_postgres
from tests.engines.rabbitmq import provide_rabbitmq
from tests.engines.redis import REDIS_VARIABLE, NoRedis, provide_redis
from tests.engines.report import BESIDE, NOTES_VARIABLE, Engine, Notes, finished

PASSED, NOTHING_COLLECTED = 0, 5  # pytest.ExitCode
NO_SERVER = dict.fromkeys([*NAMES, REDIS_VARIABLE], "")  # Empty, they win over the ones in .env.


def main(arguments: Sequence[str]) -> int:
    """Run everything; return 0 when all processes passed, else the code of the first that did not."""
    rest = [argument for argument in arguments if argument != "--all"]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nexus-tests-"))
        notes = Notes(Path(folder, "notes.json"), strict="--all" in arguments)
        settings = provide_browsers(notes)
        settings |= {
            REDIS_VARIABLE: ""
        }  # empty, it wins over the one in .env: the suite's own caches are in the process
        postgres = provide_database(notes, stack)
        provide_servers(notes, stack)
        servers = dict.fromkeys(BESIDE, NO_SERVER) | {"postgresql": NO_SERVER | postgres}

        def start(*names: str) -> "list[Popen[bytes]]":
            wanted = [name for name in names if name != "postgresql" or postgres]
            return [stack.enter_context(pytest_beside(notes, name, settings | servers[name], rest)) for name in wanted]

        beside = start("postgresql", "servers")
        # The others need it, and only one process may make it.
        run([sys.executable, "-m", "hub", "page-api"], settings | NO_SERVER)
        beside += start("browsers", "parity")
        codes = [pytest_here(notes, settings | NO_SERVER, rest), *(process.wait() for process in beside)]
    if PASSED in codes:  # with `-k`, some have nothing to do; whether an engine was left out, the verdict tests say
        codes = [PASSED if code == NOTHING_COLLECTED else code for code in codes]
    return next((code for code in codes if code), PASSED)


def provide_browsers(notes: Notes) -> dict[str, str]:
    """Note which browsers there are; return the settings that name them."""
    settings = {}
    for engine, provide in (("browser", provide_browser), ("firefox", provide_firefox)):
        browser, reason = provide()
        if browser:
            notes.engines[engine] = Engine(f"{browser.name} {browser.version}")
            settings[f"{engine.upper()}_PATH"] = browser.path
        else:
            notes.engines[engine] = Engine(missing=reason)
    return settings


def provide_database(notes: Notes, stack: ExitStack) -> dict[str, str]:
    """Note which databases there are; return the settings of a PostgreSQL that runs until the stack is left, if any."""
    notes.engines["sqlite"] = Engine(f"SQLite {sqlite3.sqlite_version}")
    try:
        server, title = stack.enter_context(provide_installed_postgres())
    except NoPostgres as absence:
        notes.engines["postgresql"] = Engine(missing=str(absence))
        return {}
    notes.engines["postgresql"] = Engine(title)
    return server


def provide_servers(notes: Notes, stack: ExitStack) -> None:
    """Note which RabbitMQ there is, and which Redis, with where it answers until the stack is left."""
    title, reason = provide_rabbitmq()  # the tests start it when they need it, to be able to kill it
    notes.engines["rabbitmq"] = Engine(title, missing=reason)
    try:
        address, title = stack.enter_context(provide_redis())
        notes.engines["redis"] = Engine(title, address=address)
    except NoRedis as absence:
        notes.engines["redis"] = Engine(missing=str(absence))


@contextmanager
def pytest_beside(
    notes: Notes, name: str, settings: Mapping[str, str], arguments: Sequence[str]
) -> Iterator["Popen[bytes]"]:
    """Run the tests of one process of BESIDE while the block runs; the notes say where it reports."""
    own = replace(notes, path=notes.path.with_name(f"{name}.json"), process=name, beside={})
    own.write()
    notes.beside[name] = str(own.path)
    with own.path.with_suffix(".log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "pytest", "-o", f"cache_dir=.cache/pytest-{name}", *arguments]
        with started(command, {**settings, NOTES_VARIABLE: str(own.path)}, stdout=log, stderr=log) as process:
            waiting = Thread(target=lambda: finished(str(own.path)).write_text(str(process.wait())), daemon=True)
            waiting.start()
            yield process


def pytest_here(notes: Notes, settings: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run the whole suite, but for what runs beside it; return pytest's code."""
    notes.write()
    say(f"\nThe whole suite, on SQLite; {', '.join(notes.beside)} in processes beside it:")
    return hand_over([sys.executable, "-m", "pytest", *arguments], {**settings, NOTES_VARIABLE: str(notes.path)})


if __name__ == "__main__":
    sys.exit(finish(main))
