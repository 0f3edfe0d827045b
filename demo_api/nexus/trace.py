"""What the database was asked: each statement with its values, its time and the database's plan for it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

Message = dict[str, Any]
MOST_QUERIES = 500  # kept with their text and plan; the rest are only counted
PLACEHOLDER, NAMED = re.compile("(?<!%)%s"), re.compile(r"(?<!%)%\((\w+)\)s")  # as Django's SQLite backend reads them


class Trace:
    """The statements that ran, each with its time and, when it reads or changes rows, the database's plan for it."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.queries: list[Message] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Message) -> Any:
        started = time.perf_counter()
        succeeded = False
        try:
            result = execute(sql, params, many, context)
            succeeded = True
        finally:
            elapsed = time.perf_counter() - started
            self.count += 1
            self.seconds += elapsed
            if len(self.queries) < MOST_QUERIES:
                # What failed has no plan, and asking for one would fail again, with another error.
                plan = plan_of(context["connection"], sql, params) if succeeded and not many else []
                text = sql if many else shown(sql, params)
                self.queries.append({"sql": text, "milliseconds": elapsed * 1000, "plan": plan})
        return result

    def document(self) -> Message:
        """`count`, `milliseconds` in all, and `queries`: each with `sql`, `milliseconds` and `plan` (lines)."""
        return {"count": self.count, "milliseconds": self.seconds * 1000, "queries": self.queries}


@contextmanager
def traced() -> Iterator[Trace]:
    """Everything the default connection runs inside the block."""
    trace = Trace()
    connection = connections["default"]
    before = connection.execute_wrappers
    connection.execute_wrappers = [*before, trace]
    try:
        yield trace
    finally:
        connection.execute_wrappers = before  # whatever a reader's program did to them


def plan_of(connection: Any, sql: str, params: Any) -> list[str]:
    """SQLite's plan for a statement, indented by its levels; nothing for statements that have none."""
    if connection.vendor != "sqlite" or not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
        return []
    depth = {0: -1}
    lines = []
    # The raw connection: asking for a plan must not be traced itself.
    raw = connection.connection.cursor()
    try:
        for node, parent, _, detail in raw.execute("EXPLAIN QUERY PLAN " + placeholders(sql, params), params or ()):
            depth[node] = depth.get(parent, -1) + 1
            lines.append("  " * depth[node] + detail)
    finally:
        raw.close()
    return lines


def placeholders(sql: str, params: Any) -> str:
    """Django's `%s` and `%(name)s` as SQLite's `?` and `:name`; a doubled `%%` is one sign."""
    if isinstance(params, dict):
        return sql % {name: f":{name}" for name in params}
    return PLACEHOLDER.sub("?", sql).replace("%%", "%") if params else sql


def shown(sql: str, params: Any) -> str:
    """The statement as a person reads it: with its values in place."""
    if not params:
        return sql
    if isinstance(params, dict):
        return NAMED.sub(lambda match: literal(params.get(match[1])), sql).replace("%%", "%")
    values = iter(params)
    return PLACEHOLDER.sub(lambda _: literal(next(values, None)), sql).replace("%%", "%")


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(int(value) if isinstance(value, bool) else value)
    return "'" + str(value).replace("'", "''") + "'"
