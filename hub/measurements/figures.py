"""Which figures there are: what each one is, its unit, how far it may move, and what it should stay below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "timing"]
"""`exact`: the same on every machine, so a change must be accepted. `timing`: varies from run to run, as times and
memory do, so a change is only reported."""

SIZE_TOLERANCE = 0.005  # the snapshot holds a clock and random numbers, and machines pack with different zlibs


@dataclass(frozen=True)
class Figure:
    """One thing to measure. `tolerance` is a share of the value; `target` is in `unit`, and met by less or the same."""

    id: str
    group: str
    title: str
    unit: Literal["s", "ms", "bytes", "requests", "queries", "tasks", "times", "%"]
    kind: Kind
    taker: str
    tolerance: float = 0.0
    target: float | None = None

    @property
    def command(self) -> str:
        """What to type to take it again."""
        return f"python -m hub measure --only {self.taker}"


WAYS = {"snapshot": "from memory", "zip": "from packed modules"}
"""How the API in the page boots (`hub/page_api`), and what the page calls it."""


def boot(way: str, target: float) -> Figure:
    title = f"First answer after the click, {WAYS[way]}"
    return Figure(f"page-api.first-response.{way}", "The first answer", title, "s", "timing", "boot", 0.5, target)


def transfer(way: str, target: float) -> Figure:
    title = f"Downloaded before the first answer, {WAYS[way]}"
    name = f"page-api.transfer.{way}"
    return Figure(name, "What is downloaded", title, "bytes", "exact", "transfer", SIZE_TOLERANCE, target)


def requests(way: str) -> Figure:
    title = f"Files asked for before the first answer, {WAYS[way]}"
    return Figure(f"page-api.requests.{way}", "What is downloaded", title, "requests", "exact", "transfer")


def answers(name: str, title: str, target: float | None = None) -> list[Figure]:
    group = "Answers in the page"
    return [
        Figure(f"page-api.{name}.median", group, f"{title}: median", "ms", "timing", "answers", 0.5, target),
        Figure(f"page-api.{name}.first", group, f"{title}: median of the first ten", "ms", "timing", "answers", 0.75),
        Figure(f"page-api.{name}.p95", group, f"{title}: 95th percentile", "ms", "timing", "answers", 0.75),
        Figure(f"page-api.{name}.queries", group, f"{title}: SQL statements", "queries", "exact", "answers"),
    ]


def main_thread(way: str) -> list[Figure]:
    group = "The page while the API boots"
    longest = f"Longest task of the main thread, {WAYS[way]}"
    many = f"Tasks above 50 ms, in all boots together, {WAYS[way]}"
    return [
        Figure(f"page-api.longest-task.{way}", group, longest, "ms", "timing", "main-thread", 0.5, 50),
        Figure(f"page-api.long-tasks.{way}", group, many, "tasks", "timing", "boot", 0, 0),
    ]


def memory(way: str) -> list[Figure]:
    parts = {
        "page": "JavaScript heap of the page",
        "worker": "JavaScript heap of the worker",
        "wasm": "WebAssembly memory",
    }
    return [
        Figure(f"page-api.memory.{part}.{way}", "Memory", f"{title}, {WAYS[way]}", "bytes", "timing", "memory", 0.25)
        for part, title in parts.items()
    ]


def imports() -> list[Figure]:
    group = "Importing 100,000 products"
    slower = "How many times as long as a raw COPY of the same rows"
    return [
        Figure("import.against-copy", group, slower, "times", "timing", "import", 0.25, 2),
        Figure("import.load", group, "Validated and loaded by an import", "s", "timing", "import", 0.5),
        Figure("import.copy", group, "Loaded by raw COPY, unchecked", "s", "timing", "import", 0.5),
        Figure("import.memory", group, "Python's memory while it loads, at most", "bytes", "timing", "import", 0.25),
    ]


def cache(name: str, title: str, target: float | None = None) -> Figure:
    words = f"{title}: processor time, of that of a computed list"
    return Figure(f"cache.{name}", "Kept answers", words, "%", "timing", "cache", 0.3, target)


ALL = [
    boot("snapshot", 2.0),
    boot("zip", 5.0),
    transfer("snapshot", 14_000_000),
    transfer("zip", 8_000_000),
    Figure(
        "page-api.transfer.rest", "What is downloaded", "Downloaded after the first answer, in the background", "bytes",
        "exact", "transfer", SIZE_TOLERANCE,
    ),
    *map(requests, WAYS),
    *answers("list", "List of 20 products", 15),
    *answers("detail", "One product"),
    *(figure for way in WAYS for figure in main_thread(way)),
    *(figure for way in WAYS for figure in memory(way)),
    *imports(),
    cache("hit", "A kept list of 20 products", 50),
    cache("not-modified", "A 304 for it", 50),
]  # fmt: skip
FIGURES = {figure.id: figure for figure in ALL}
TAKERS = list(dict.fromkeys(figure.taker for figure in ALL))
