#!/usr/bin/env python3
"""Seed the catalogue, then measure the product list of a running server.

    python scripts/seed_and_profile.py --host http://localhost:8000 --count 1000
    python manage.py shell -c "import scripts.seed_and_profile as s; s.seed(1000)"

It prints latencies in milliseconds and writes `profile.json` and `profile.svg` into `var/profile/`. Only the standard
library is used, so a host with nothing but Python can measure a server in a container.
"""

import argparse
import http.client
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

ROOT = Path(__file__).resolve().parents[1]
WARM_UP = 10  # requests that are not counted: the first ones fill caches and open connections
PATIENCE = 30  # seconds for one answer
PERCENTILES = (50, 95, 99)
QUERIES = re.compile(r'\bdb;dur=([\d.]+);desc="(\d+)"')  # in Server-Timing: milliseconds and number of queries


class Failure(Exception):
    """Why there is nothing to measure, in one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Seed, measure, report; return 0, or 1 after a sentence on standard error."""
    options = parse(arguments)
    try:
        server = address_of(options.host)
        if options.count:
            seed(options.count)
            warn_of_another_database(server, options.count)
        check_path(options.path)
        profile = measure(server, options.path, options.iterations, options.concurrency)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    summary = summarise(profile, options)
    print(table(summary))
    write(summary, profile, options.output)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Seed the catalogue, then measure the product list of a server.")
    parser.add_argument("--host", default="http://localhost:8000", help="the running server")
    parser.add_argument(
        "--count", type=whole(0), default=1000, help="generated products to seed first; 0: seed nothing"
    )
    parser.add_argument("--iterations", type=whole(1), default=100, help="requests that are measured")
    parser.add_argument("--concurrency", type=whole(1), default=1, help="connections that ask at the same time")
    parser.add_argument("--path", default="/api/v1/products/", help="what is asked for, with its query string")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "profile", help="folder for the two files")
    return parser.parse_args(arguments)


def whole(least: int) -> Any:
    """argparse's type for a whole number from `least` to ten million."""

    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= 10_000_000:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least}.")
        return int(text)

    return number


# Seeding ----------------------------------------------------------------------------------------------------------


def seed(count: int) -> bool:
    """Run `manage.py seed --count <count>` with this Python; return whether it worked, and say so when it did not.

    It fills the database that this machine's settings name, which need not be the server's.
    """
    command = [sys.executable, str(ROOT / "manage.py"), "seed", "--count", str(count)]
    settings = {**os.environ, "PYTHONUTF8": "1"}
    finished = subprocess.run(command, cwd=ROOT, env=settings, stderr=subprocess.PIPE, encoding="utf-8")
    if finished.returncode:
        reason = (finished.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        print(f"Not seeded, because the local database cannot be used ({reason}): the server is measured as it is.")
    return not finished.returncode


def warn_of_another_database(server: SplitResult, count: int) -> None:
    """Say so when the server does not have the last of the seeded products."""
    connection = connect(server)
    status, _, _ = ask(connection, f"/api/v1/products/generated-{count:07}/")
    connection.close()
    if status == 404:
        print(f"The server has no product generated-{count:07}, so it uses another database: it is measured as it is.")


# Measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """One request: when it was answered, how long that took, and what the answer said of itself."""

    milliseconds: float
    bytes: int
    queries: int | None
    database_milliseconds: float | None


@dataclass(frozen=True)
class Profile:
    """All requests of a run, in the order in which they were made, and the seconds they took together."""

    samples: list[Sample]
    seconds: float


def address_of(host: str) -> SplitResult:
    """The server's address in parts. Raises Failure for anything but http(s)://name[:port]."""
    try:
        parts = urlsplit(host)
        port = parts.port or 80  # ValueError for one that is none
        valid = parts.scheme in ("http", "https") and parts.hostname and port and parts.path in ("", "/")
    except ValueError:
        valid = False
    if not valid:
        raise Failure(f"--host {host!r} is not an address such as http://localhost:8000.")
    return parts


def check_path(path: str) -> None:
    """Raises Failure for what no HTTP client could ask for."""
    if not re.fullmatch(r"/[!-~]*", path):
        raise Failure(f"--path {path!r} does not begin with a slash, or has spaces or other characters to be encoded.")


def connect(server: SplitResult) -> http.client.HTTPConnection:
    """A connection that stays open from one request to the next."""
    kind = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection
    return kind(str(server.hostname), server.port, timeout=PATIENCE)


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, http.client.HTTPResponse, bytes]:
    """The status, the response and its body. Raises Failure when nobody answers, or not in HTTP."""
    where = f"{connection.host}, port {connection.port},"
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        return response.status, response, response.read()
    except TimeoutError:
        raise Failure(f"The server at {where} did not answer within {PATIENCE} s.") from None
    except OSError as error:
        hint = "is it running? Start it with: python manage.py runserver"
        raise Failure(f"Nobody answers at {where} ({error.strerror or error}): {hint}") from None
    except (http.client.HTTPException, ValueError) as error:
        raise Failure(f"What answers at {where} does not speak HTTP as expected ({error!r}).") from None


def sample(connection: http.client.HTTPConnection, path: str) -> Sample:
    """Ask once, and time it until the last byte is here. Raises Failure for an answer that is not a JSON success."""
    began = time.perf_counter()
    status, response, body = ask(connection, path)
    milliseconds = (time.perf_counter() - began) * 1000
    if status == 429:
        raise Failure(f"{path} answered 429, too many requests: start the server with THROTTLING=0 to measure it.")
    if not 200 <= status < 300:
        raise Failure(f"{path} answered {status} {response.reason}: only a success is worth measuring.")
    try:
        json.loads(body)
    except ValueError:
        kind = response.headers.get("Content-Type", "no Content-Type")
        raise Failure(f"{path} did not answer in JSON ({kind}): is this the catalogue's server?") from None
    found = QUERIES.search(response.headers.get("Server-Timing", ""))
    return Sample(milliseconds, len(body), int(found[2]) if found else None, float(found[1]) if found else None)


def measure(server: SplitResult, path: str, iterations: int, concurrency: int) -> Profile:
    """Ask `iterations` times over `concurrency` connections, after a warm-up. Raises Failure."""
    shares = [len(range(worker, iterations, concurrency)) for worker in range(min(concurrency, iterations))]
    connections = [connect(server) for _ in shares]

    def ask_repeatedly(connection: http.client.HTTPConnection, times: int) -> list[Sample]:
        return [sample(connection, path) for _ in range(times)]

    try:
        with ThreadPoolExecutor(len(shares)) as pool:
            list(pool.map(ask_repeatedly, connections, [max(1, WARM_UP // len(shares))] * len(shares)))
            began = time.perf_counter()
            samples = [one for found in pool.map(ask_repeatedly, connections, shares) for one in found]
            return Profile(samples, time.perf_counter() - began)
    finally:
        for connection in connections:
            connection.close()


# Reporting --------------------------------------------------------------------------------------------------------


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value below which `percent` per cent of the sorted values lie, interpolated between neighbours."""
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summarise(profile: Profile, options: argparse.Namespace) -> dict[str, Any]:
    """The figures, and what they were taken of, ready for JSON. Times are in milliseconds."""
    ordered = sorted(one.milliseconds for one in profile.samples)
    figures = {"avg": sum(ordered) / len(ordered), "min": ordered[0], "max": ordered[-1]}
    figures |= {f"p{percent}": percentile(ordered, percent) for percent in PERCENTILES}
    counts = sorted({one.queries for one in profile.samples if one.queries is not None})
    database = [one.database_milliseconds for one in profile.samples if one.database_milliseconds is not None]
    return {
        "milliseconds": {name: round(value, 3) for name, value in figures.items()},
        "requests_per_second": round(len(ordered) / profile.seconds, 1),
        "queries_per_request": {"min": counts[0], "max": counts[-1]} if counts else None,
        "database_milliseconds_avg": round(sum(database) / len(database), 3) if database else None,
        "bytes": max(one.bytes for one in profile.samples),
        "iterations": len(ordered),
        "concurrency": options.concurrency,
        "host": options.host,
        "path": options.path,
        "seeded_count": options.count,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "commit": commit(),
        "latencies": [round(one.milliseconds, 3) for one in profile.samples],
    }


def commit() -> str | None:
    """The checked-out commit, with `-dirty` when files differ from it; None without git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def table(summary: dict[str, Any]) -> str:
    """What is printed: one figure a line."""
    queries = summary["queries_per_request"]
    lines = [f"GET {summary['path']} at {summary['host']}: {summary['iterations']} requests"]
    lines += [f"  {name:<22}{value:>10.2f} ms" for name, value in summary["milliseconds"].items()]
    lines += [f"  {'requests per second':<22}{summary['requests_per_second']:>10.1f}"]
    if queries:
        span = sorted({queries["min"], queries["max"]})
        lines += [f"  {'queries per request':<22}{' to '.join(map(str, span)):>10}"]
    else:
        lines += [f"  {'queries per request':<22}{'not reported':>10}"]
    return "\n".join([*lines, f"  {'bytes':<22}{summary['bytes']:>10}"])


def write(summary: dict[str, Any], profile: Profile, folder: Path) -> None:
    """Write `profile.json` and `profile.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    (folder / "profile.svg").write_text(plot(summary), "utf-8")
    print(f"Written: {folder / 'profile.json'} and profile.svg beside it.")


# The plot ---------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT = 720, 394
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 118, 52  # margins around the bars
BARS = 40
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1d2026; }
  .title { font-weight: 600; font-size: 15px; } .quiet { fill: #5b6270; }
  .bar { fill: #2b4acb; } .axis { stroke: #8a919e; } .grid { stroke: #e3e6eb; }
  .mark { stroke: #b3261e; stroke-dasharray: 4 3; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e8ec; } .quiet { fill: #a3abb8; } .bar { fill: #9fb3ff; } .ground { fill: #15171c; }
    .axis { stroke: #6d7480; } .grid { stroke: #2b2f37; } .mark { stroke: #ff9d94; }
  }"""


def plot(summary: dict[str, Any]) -> str:
    """A histogram of the latencies as SVG, readable on light and on dark ground. Its few slowest may lie outside."""
    latencies, figures = summary["latencies"], summary["milliseconds"]
    step, end = scale(min(figures["max"], figures["p99"] * 1.6))
    drawn = [value for value in latencies if value <= end]
    counts = [0] * BARS
    for value in drawn:
        counts[min(BARS - 1, int(value / end * BARS))] += 1
    count_step, top = scale(max(counts), whole_steps=True)

    def x(value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * value / end, 1)

    def y(count: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / top, 1)

    outside = len(latencies) - len(drawn)
    note = f"; {outside} slower than {end:g} ms, up to {figures['max']:.0f} ms, not drawn" if outside else ""
    parts = [label(LEFT, 26, f"Time to answer GET {summary['path']}", "start", "title")]
    parts += [label(LEFT, 46, f"{len(latencies)} requests, {summary['concurrency']} at a time{note}", "start", "quiet")]
    parts += [line("grid", LEFT, y(n), WIDTH - RIGHT, y(n)) for n in steps(count_step, top)]
    parts += [label(LEFT - 8, y(n) + 4, f"{n:g}", "end") for n in steps(count_step, top)]
    parts += [bar(x(end * i / BARS), y(n), x(end / BARS) - LEFT - 1, y(0) - y(n)) for i, n in enumerate(counts) if n]
    parts += [line("axis", LEFT, y(0), WIDTH - RIGHT, y(0))]
    parts += [label(x(value), y(0) + 18, f"{value:g}", "middle") for value in steps(step, end)]
    parts += [label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "milliseconds until the last byte", "middle", "quiet")]
    parts += [label(8, TOP - 12, "requests", "start", "quiet")]
    parts += marks(figures, x, y(0))
    return svg(parts)


def marks(figures: dict[str, float], x: Any, floor: float) -> list[str]:
    """A line with its own label for each percentile, one label below the other."""
    parts = []
    for row, percent in enumerate(PERCENTILES):
        value, height = figures[f"p{percent}"], TOP - 42 + 18 * row
        right = x(value) > WIDTH - 130
        parts += [line("mark", x(value), height + 4 - 12, x(value), floor)]
        place = x(value) - 6 if right else x(value) + 6
        parts += [label(place, height, f"p{percent} {value:.1f} ms", "end" if right else "start")]
    return parts


def scale(largest: float, whole_steps: bool = False) -> tuple[float, float]:
    """A round step, and the first multiple of it that is not below `largest`: about five steps in all."""
    rough, magnitude = largest / 5, 10.0**-3
    while magnitude * 10 <= rough:
        magnitude *= 10
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough)
    step = max(1, round(step)) if whole_steps else round(step, 6)
    return step, step * -(-largest // step)


def steps(step: float, end: float) -> list[float]:
    return [round(step * n, 6) for n in range(round(end / step) + 1)]


def svg(parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    title = "<title>Histogram of the latencies, with the 50th, 95th and 99th percentile</title>"
    ground = f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>'
    return "\n".join([head, title, f"<style>{STYLE}\n</style>", ground, *parts, "</svg>\n"])


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def bar(x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="bar" x="{x}" y="{y}" width="{width:.1f}" height="{height:.1f}"/>'


def label(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escaped(text)}</text>'


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    sys.exit(main())
