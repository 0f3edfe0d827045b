"""`python -m hub measure`: takes figures again, says what changed, and writes them down or compares them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.browser import BrowserMissing, launched
from hub.build import build_site
from hub.measurements import book, cache, page_api
from hub.measurements.book import Book, Measurement, MeasurementError, shown
from hub.measurements.figures import FIGURES, TAKERS
from hub.measurements.imports import take_import
from hub.measurements.machine import load, measured_commit, this_machine
from hub.measurements.page_api import Taken

BUSY = 0.5  # a load average above this means that something else runs, and times come out too long


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--only", nargs="+", choices=TAKERS, default=TAKERS, metavar="PART", help=", ".join(TAKERS))
    parser.add_argument("--site", type=Path, help="a built site to measure, in a folder of the sub-path's name")
    parser.add_argument("--file", type=Path, default=book.FILE, help="another file for the figures")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when an exact figure has changed")
    parser.add_argument("--quick", action="store_true", help="each thing once or a few times; write only with --file")


def measure(options: argparse.Namespace) -> int:
    """Take the figures; return 0, or 1 when that cannot be done or, with `--check`, when an exact figure changed."""
    try:
        known = book.read(options.file) if options.file.is_file() else Book()
        taken = list(take(options, known))
    except (BrowserMissing, MeasurementError, page_api.Error) as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        return 1 if any(changed_exactly(item, known) for item in taken) else 0
    if options.quick and options.file == book.FILE:
        print("Nothing was written: a quick look is no measurement.")
        return 0
    known.measurements |= {item.id: item for item in taken}
    book.write(known, options.file)
    return 0


def take(options: argparse.Namespace, known: Book) -> Iterator[Measurement]:
    """Yield each figure as it is taken, after a line about it. Raises BrowserMissing or MeasurementError."""
    version = measured_commit()
    if version.endswith("+") and options.file == book.FILE and not (options.quick or options.check):
        raise MeasurementError("Commit first: a figure names the commit that it was taken on.")
    before = load()  # now: the measuring itself raises it
    if before is not None and before > BUSY:
        print(f"The machine is busy (load average {before}): times may come out too long.", flush=True)
    for item, engine in taken(options):
        measurement = noted(item, version, known.add_machine(this_machine(engine)), before)
        print(line(measurement, known.measurements.get(item.id)), flush=True)
        yield measurement


def taken(options: argparse.Namespace) -> Iterator[tuple[Taken, str]]:
    """Yield what each part finds, and the browser that it was found in, "" for none."""
    boots, requests = (1, 5) if options.quick else (7, 50)
    for part in options.only:
        if part in cache.TAKERS:
            yield from ((item, "") for item in cache.TAKERS[part](requests))
        if part == "import":
            yield from ((item, "") for item in take_import(options.quick))
    if not in_a_browser(options):
        return
    with site(options.site) as folder, launched() as browser, page_api.served(folder.parent, folder.name) as address:
        bench = page_api.Bench(browser, folder, address, boots, requests)
        for part in in_a_browser(options):
            yield from ((item, f"Chromium {browser.version}") for item in page_api.TAKERS[part](bench))


def noted(item: Taken, version: str, machine: str, before: float | None) -> Measurement:
    """What was taken, with what a reader needs to judge it."""
    figure = FIGURES[item.id]
    return Measurement(
        **asdict(item),
        unit=figure.unit,
        kind=figure.kind,
        tolerance=figure.tolerance,
        commit=version or "unknown",
        date=datetime.now(UTC).date().isoformat(),
        machine=machine,
        command=figure.command,
        load=before,
    )


def in_a_browser(options: argparse.Namespace) -> list[str]:
    """The parts asked for that need the built site and a browser."""
    return [part for part in options.only if part in page_api.TAKERS]


@contextmanager
def site(given: Path | None) -> Iterator[Path]:
    """The folder of a built site: the one given, or one built here and now. Raises MeasurementError when it is not."""
    if given:
        if not (given / page_api.FILES / "manifest.json").is_file():
            raise MeasurementError(f"{given} holds no built site with the API for the page.")
        yield given.resolve()
        return
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / page_api.SUB_PATH
        if found := build_site(site_dir=folder):
            raise MeasurementError("\n".join(["The handbook was not built:", *map(str, found)]))
        if not (folder / page_api.FILES / "manifest.json").is_file():
            raise MeasurementError("The site has no API for the page: run `python -m hub page-api` first.")
        yield folder


def line(new: Measurement, old: Measurement | None) -> str:
    """One figure in words, with its range, its target, and what it was before when it is no longer that."""
    words = [f"{new.id}: {shown(new.value, new.unit)}"]
    if new.low is not None and new.high is not None:
        words.append(f"({shown(new.low, new.unit)} to {shown(new.high, new.unit)}, {new.samples} times)")
    if new.is_met is False:
        words.append(f"MISSES its target, {shown(new.figure.target or 0, new.unit)}")
    if old and not old.agrees_with(new):
        words.append(f"CHANGED from {shown(old.value, old.unit)}")
    return " ".join(words)


def changed_exactly(new: Measurement, known: Book) -> bool:
    """Whether a figure that should be the same everywhere is not what was written down, or is not there."""
    old = known.measurements.get(new.id)
    return new.kind == "exact" and (old is None or not old.agrees_with(new))
