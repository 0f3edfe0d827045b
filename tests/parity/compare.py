"""Two answers to one request, compared field by field, and the differences held against the declared ones.

Everything is compared to the byte but for VARYING, and for statements that only manage a transaction: each of the
API's tests runs inside one, so that a service's BEGIN is a SAVEPOINT there.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hub.differences import KNOWN_DIFFERENCES, Seen

# Headers that vary from run to run wherever the API runs, and what is compared of them.
VARYING: dict[str, Callable[[str], str]] = {
    "Server-Timing": lambda value: re.sub(r'dur=[\d.]+;desc="\d+"', "…", value),  # milliseconds; count: see statements
    "Content-Security-Policy": lambda value: "; ".join(sorted(value.split("; "))),  # the order is that of a set
}
TRANSACTION = re.compile(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK)\b")
Pairs = list[tuple[Seen, "Found"]]


@dataclass(frozen=True)
class Answer:
    """`queries`: each statement with its plan's lines. `rows`: a digest for each table, None after a safe method."""

    status: int
    reason: str
    headers: list[list[str]]
    body: bytes
    queries: list[list[Any]]
    rows: dict[str, str] | None = None

    def text(self) -> str:
        """The answer as it would be printed, for the declared differences to be searched in."""
        head = "\n".join([f"{self.status} {self.reason}", *(f"{name}: {value}" for name, value in self.headers)])
        return f"{head}\n\n{self.body.decode('utf-8', 'backslashreplace')}"

    def statements(self) -> list[str]:
        return [sql for sql, _ in self.queries if not TRANSACTION.match(sql)]

    def plans(self) -> list[list[str]]:
        return [plan for sql, plan in self.queries if not TRANSACTION.match(sql)]

    def fields(self) -> Iterator[tuple[str, Any]]:
        """Each compared field's name and value. A header that came twice is there twice, in its order."""
        yield from (("status", self.status), ("reason", self.reason), ("body", self.body))
        yield from (("statements", self.statements()), ("rows", self.rows))
        for name, value in self.headers:
            yield f"header {name}", VARYING.get(name, str)(value)


@dataclass(frozen=True)
class Found:
    """A field of an answer that differs; `server` and `page` are its values there."""

    request: str
    field: str
    server: Any
    page: Any

    def __str__(self) -> str:
        return f"{self.request[:120]}\n  {self.field}\n    server: {self.server!r:.300}\n    page:   {self.page!r:.300}"


Same = Callable[[Any, Any], bool]


def differences(request: str, server: Answer, page: Answer, same: Same = operator.eq) -> list[Found]:
    """Every field in which the two answers differ, by `same`."""
    mine, others = collected(server), collected(page)
    names = dict.fromkeys([*mine, *others])
    found = [Found(request, name, mine.get(name), others.get(name)) for name in names]
    found = [item for item in found if not same(item.server, item.page)]
    orders = [[name for name, _ in answer.headers] for answer in (server, page)]
    if not found and orders[0] != orders[1]:
        found.append(Found(request, "order of headers", *orders))
    return found


def collected(answer: Answer) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = {}
    for name, value in answer.fields():
        result.setdefault(name, []).append(value)
    return result


# The declared ones --------------------------------------------------------------------------------------------------


def explained(found: Iterable[Found], server: Answer, page: Answer) -> tuple[list[Found], Pairs]:
    """The differences that nobody declared, and those that somebody did, each with its declaration."""
    unknown, known = [], []
    for item in found:
        declared = [seen for seen in all_seen() if covers(seen, item, server, page)]
        known += [(seen, item) for seen in declared]
        unknown += [] if declared else [item]
    return unknown, known


def all_seen() -> list[Seen]:
    return [seen for difference in KNOWN_DIFFERENCES for seen in difference.seen]


def covers(seen: Seen, item: Found, server: Answer, page: Answer) -> bool:
    return bool(
        re.search(seen.requests, item.request)
        and re.fullmatch(seen.fields, item.field)
        and re.search(seen.server, server.text())
        and re.search(seen.page, page.text())
    )
