"""`python -m tests.run [--all] [pytest's arguments]`: the suite on every engine this machine has.

First the tests marked `database` on PostgreSQL, in a pytest process of their own; then the whole suite on SQLite, with
those in Chromium and in Firefox in a process beside. The last process ends with the table of what was exercised. With
`--all`, whatever a test needs and this machine lacks is a failure.
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
from tests.engines.report import NOTES_VARIABLE, Engine, Notes, finished, read_notes

PASSED, INTERRUPTED, MISUSED, NOTHING_COLLECTED = 0, 2, 4, 5  # pytest.ExitCode


def main(arguments: Sequence[str]) -> int:
    """Run both passes and return 0 when both passed, else the code of the first that did not."""
    rest = [argument for argument in arguments if argument != "--all"]
    with tempfile.TemporaryDirectory(prefix="nexus-tests-") as folder:
        notes = Notes(Path(folder, "notes.json"), strict="--all" in arguments)
        settings = {NOTES_VARIABLE: str(notes.path)}
        for engine, provide in (("browser", provide_browser), ("firefox", provide_firefox)):
            browser, reason = provide()
            if browser:
                notes.engines[engine] = Engine(f"{browser.name} {browser.version}")
                settings[f"{engine.upper()}_PATH"] = browser.path
            else:
                notes.engines[engine] = Engine(missing=reason)
        title, reason = provide_rabbitmq()  # the tests start it when they need it, to be able to kill it
        notes.engines["rabbitmq"] = Engine(title, missing=reason)
        first = on_postgresql(notes, settings, rest)
        if first in (INTERRUPTED, MISUSED):
            return first
        run([sys.executable, "-m", "hub", "page-api"], settings)  # both processes need it, and only one may make it
        with in_browsers(notes, settings, rest) as process:
            second = on_sqlite(notes, settings, rest)
            third = process.wait()
    codes = [first, second, third]
    if any(code == PASSED for code in codes) and not notes.strict:
        codes = [PASSED if code == NOTHING_COLLECTED else code for code in codes]
    return next((code for code in codes if code), PASSED)


@contextmanager
def in_browsers(notes: Notes, settings: Mapping[str, str], arguments: Sequence[str]) -> Iterator["Popen[bytes]"]:
    """Run the tests in browsers, which mostly wait, in a process beside the block; the notes say where it reports."""
    own = replace(notes, path=notes.path.with_name("browsers.json"), alone="browser")
    own.write()
    notes.beside = str(own.path)
    variables = {**settings, **dict.fromkeys(NAMES, ""), NOTES_VARIABLE: str(own.path)}
    with own.path.with_suffix(".log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "pytest", "-o", "cache_dir=.cache/pytest-browsers", *arguments]
        with started(command, variables, stdout=log, stderr=log) as process:
            waiting = Thread(target=lambda: finished(notes.beside).write_text(str(process.wait())), daemon=True)
            waiting.start()
            yield process


def on_postgresql(notes: Notes, settings: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run the database tests on PostgreSQL; return pytest's code, or 0 when there is no PostgreSQL."""
    with ExitStack() as stack:
        try:
            server, title = stack.enter_context(provide_installed_postgres())
        except NoPostgres as absence:
            notes.engines["postgresql"] = Engine(missing=str(absence))
            return PASSED
        notes.engines["postgresql"] = Engine(title)
        say(f"\nThe tests marked 'database', on {title}:")
        return pytest_process(notes, "postgresql", {**settings, **server}, arguments)


def on_sqlite(notes: Notes, settings: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run the whole suite on SQLite; return pytest's code."""
    notes.engines["sqlite"] = Engine(f"SQLite {sqlite3.sqlite_version}")
    say("\nThe whole suite, on SQLite:")
    without_server = dict.fromkeys(NAMES, "")  # Empty, they win over the ones in .env.
    return pytest_process(notes, "", {**settings, **without_server}, arguments)


def pytest_process(notes: Notes, alone: str, settings: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Run pytest once, let it add to the notes, and return its code."""
    notes.alone = alone
    notes.write()
    code = hand_over([sys.executable, "-m", "pytest", *arguments], settings)
    written = read_notes(str(notes.path))
    if alone and written:
        notes.engines = written.engines
        notes.engines[alone].exit_code = code
    return code


if __name__ == "__main__":
    sys.exit(finish(main))
