"""What every test may use: the marks that engines go by, the browser, and the table at the end of a full run."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.engines.browser import FLAGS, find_browser
from tests.engines.firefox import NoFirefox, find_firefox, running_firefox
from tests.engines.rabbitmq import Broker, NoRabbitMQ, running_rabbitmq
from tests.engines.redis import NoRedis, RedisServer, private_redis
from tests.engines.report import BESIDE, BROWSERS, NOTES_VARIABLE, Engine, Notes, Row, hear, read_notes, table
from tests.openapi import conformance  # noqa: F401  # a fixture of every test

HERE = Path(__file__).parent
MARKS = {  # by the folder under tests/; the first that fits
    "browser": "browser",
    "integration/faults": "servers",
    "integration": "database",
    "parity": "parity",
    "queue": "servers",
}
MARKS_OF = {  # by the process of tests/run.py
    "browsers": BROWSERS,
    "parity": ("parity",),
    "servers": ("redis", "rabbitmq", "servers"),
}
# A page of a test lives for a second: it never earns back what V8 spends on making its programs faster.
SHORT_LIVED = "--js-flags=--liftoff-only --wasm-lazy-compilation --no-opt"
NOTES = pytest.StashKey[Notes | None]()
MARKED = pytest.StashKey[dict[str, set[str]]]()  # mark -> node ids of the tests that will run
ELSEWHERE = pytest.StashKey[list[pytest.Item]]()  # those that the processes beside this one run


def pytest_addoption(parser: pytest.Parser) -> None:
    """How hard the tests of faults try, for long runs: see docs/demo-api/faults.md."""
    parser.addoption(
        "--fault-rounds", type=int, default=1, help="how many times the tests of faults repeat their loops"
    )
    parser.addoption("--kills", type=int, default=25, help="how often a worker is killed in the middle of an import")


def pytest_configure(config: pytest.Config) -> None:
    """Read what `tests/run.py` noted, if it started this process. What a test starts is not part of the run."""
    config.stash[NOTES] = read_notes(os.environ.get(NOTES_VARIABLE))
    os.environ.pop(NOTES_VARIABLE, None)
    expect.set_options(timeout=30_000)  # milliseconds: how long a page takes is not what these tests are about


# --- Which tests, in which order ----------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by folder and fixture, put browser tests last, and keep only what this process is for."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "firefox" in fixtures:
            item.add_marker("firefox")
        elif mark := mark_of_folder(item):
            item.add_marker(mark)
        elif item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures):
            item.add_marker("database")
        if "chromium" in fixtures:
            item.add_marker("browser")
        if {"redis_address", "own_redis"} & set(fixtures):
            item.add_marker("redis")
        if "rabbitmq" in fixtures:
            item.add_marker("rabbitmq")
    items.sort(key=position)
    notes = config.stash[NOTES]
    if notes and (notes.process or notes.beside):
        others = [item for item in items if not is_for(notes, item)]
        items[:] = [item for item in items if is_for(notes, item)]
        config.hook.pytest_deselected(items=others)
        config.stash[ELSEWHERE] = [item for item in others if process_of(item) in notes.beside]


def mark_of_folder(item: pytest.Item) -> str:
    """The mark that a test has for where it stands, if any."""
    path = item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""
    return next((mark for folder, mark in MARKS.items() if path.startswith(f"{folder}/")), "")


def is_for(notes: Notes, item: pytest.Item) -> bool:
    """Whether a test is for this process. What talks to the database runs on PostgreSQL too."""
    if notes.process == "postgresql":
        return bool(item.get_closest_marker("database")) and not process_of(item)
    return process_of(item) == notes.process


def process_of(item: pytest.Item) -> str:
    """Which process of tests/run.py runs a test; "" for the one that runs the whole suite."""
    for process, marks in MARKS_OF.items():
        if any(item.get_closest_marker(mark) for mark in marks):
            return process
    return ""


def position(item: pytest.Item) -> int:
    """Browser tests come late, for a running Playwright holds an event loop that Django and asyncio refuse to share.

    The verdict on the engines comes after all that it judges.
    """
    return 2 if item.get_closest_marker("verdict") else 1 if process_of(item) == "browsers" else 0


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember which of the tests that will run carry which mark."""
    session.config.stash[MARKED] = {}
    for item in [*session.items, *session.config.stash.get(ELSEWHERE, [])]:
        for mark in item.iter_markers():
            session.config.stash[MARKED].setdefault(mark.name, set()).add(item.nodeid)


# --- The table ----------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Leave this process's results for the next one, or print what the whole run exercised."""
    notes = config.stash[NOTES]
    if not notes:
        return
    if notes.process:
        notes.engines = results(config, notes, BESIDE[notes.process])
        notes.write()
        return
    for name, printed in hear(notes).items():
        terminalreporter.section(f"Beside: {name}", sep="-")
        terminalreporter.write_line(printed.strip())
    terminalreporter.section("What was exercised", sep="-")
    for row in rows(config, notes):
        terminalreporter.write_line(row.text)
    faults = [row.fault for row in rows(config, notes) if row.fault]
    if notes.strict and faults:
        terminalreporter.write_line("--all was asked for, so this run fails. " + ". ".join(faults) + ".")


def rows(config: pytest.Config, notes: Notes) -> list[Row]:
    """Return the rows of the table as things stand now, once the processes beside have ended."""
    hear(notes)
    heard = {engine for name in notes.beside for engine in BESIDE[name]}
    here = [engine for engine in ("sqlite", *MARKS_OF["browsers"], *BESIDE["servers"]) if engine not in heard]
    notes.engines = results(config, notes, here)
    return table(notes, {mark: len(tests) for mark, tests in config.stash.get(MARKED, {}).items()})


def results(config: pytest.Config, notes: Notes, engines: Iterable[str]) -> dict[str, Engine]:
    """Return the engines of the notes, these ones with how their tests fared in this process."""
    found = dict(notes.engines)
    for engine in engines:
        mark = "database" if engine in ("sqlite", "postgresql") else engine
        found[engine] = replace(found.get(engine, Engine()), outcomes=outcomes(config, mark))
    return found


def outcomes(config: pytest.Config, mark: str) -> dict[str, int]:
    """Return how many of the marked tests passed, failed (or broke outside their body) and were skipped so far."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    marked = config.stash.get(MARKED, {}).get(mark, set())
    names = {"passed": "passed", "failed": "failed", "error": "failed", "skipped": "skipped"}
    found = Counter[str]()
    for status, reports in reporter.stats.items() if reporter else ():
        if status in names:
            found[names[status]] += sum(1 for report in reports if getattr(report, "nodeid", None) in marked)
    return dict(found)


# --- Fixtures -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A running headless Chromium, Chrome or Edge (Playwright's synchronous API), for the whole session.

    Without a browser its tests are skipped, and with `--all` they fail. While it runs, Django takes this thread
    for an asynchronous one: reach the application over HTTP, from a server process, and not in this process.
    """
    found = find_browser()
    if not found:
        do_without(request, "browser", "no Chromium, Chrome or Edge starts here: set BROWSER_PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=[*FLAGS, SHORT_LIVED])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def firefox(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a headless Firefox listens for WebDriver BiDi, such as `ws://127.0.0.1:9222`, for the whole session.

    Without Firefox its tests are skipped, and with `--all` they fail.
    """
    found = find_firefox()
    if not found:
        do_without(request, "firefox", "no Firefox is on PATH: install it, or set FIREFOX_PATH")
    try:
        with running_firefox(found.path, tmp_path_factory.mktemp("firefox")) as address:
            yield address
    except NoFirefox as absence:
        do_without(request, "firefox", str(absence))


@pytest.fixture(scope="session")
def redis_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis that stays up: the run's, or a private one. Its tests leave only keys of `nexus:`."""
    notes = request.config.stash[NOTES]
    provided = notes.engines["redis"].address if notes else ""
    if provided:
        yield provided
        return
    try:
        with private_redis() as server:
            yield server.address
    except NoRedis as absence:
        do_without(request, "redis", str(absence))


@pytest.fixture
def own_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A private Redis for one test, which may freeze it, kill it and start it again."""
    try:
        with private_redis() as server:
            yield server
    except NoRedis as absence:
        do_without(request, "redis", str(absence))


@pytest.fixture(scope="session")
def rabbitmq(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A running RabbitMQ, which a test may kill if it starts it again. One node serves the whole session.

    Without one its tests are skipped, and with `--all` they fail.
    """
    try:
        with running_rabbitmq() as broker:
            yield broker
    except NoRabbitMQ as absence:
        do_without(request, "rabbitmq", str(absence))


def do_without(request: pytest.FixtureRequest, engine: str, reason: str) -> NoReturn:
    """Skip a test for want of an engine, or fail it with `--all`. A reason that the run noted goes before this one."""
    notes = request.config.stash[NOTES]
    reason = (notes and notes.engines[engine].missing) or reason
    (pytest.fail if notes and notes.strict else pytest.skip)(reason)
