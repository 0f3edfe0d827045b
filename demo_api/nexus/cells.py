"""Runs a reader's program beside the API: in one thread, on the API's database, with all it printed, asked and raised.

A program without top-level `await` behaves as it would as a script: no loop runs around it, it may call `asyncio.run`,
and Django refuses synchronous queries inside its coroutines (SynchronousOnlyOperation). One with top-level `await` is
no script anyway; synchronous queries work in it too.

Known differences of a page: it has one thread. What Django's asynchronous methods hand to another (`sync_to_async`)
runs in this one; `async_to_sync`, `threading` and thread pools fail. Recursion ends sooner (`cell_loops.DEEPEST`).
"""

import ast
import asyncio
import sys
import time
import tracemalloc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import CO_COROUTINE
from types import CodeType, ModuleType
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

from demo_api.nexus import cell_errors
from demo_api.nexus.cell_loops import ThisThread, as_everywhere, no_loop, queries_in_coroutines
from demo_api.nexus.cell_output import Output, Write, received, shortened
from demo_api.nexus.trace import Message, traced

MOST_OUTPUT = 100_000  # characters
MOST_VALUE = 20_000

_modules: dict[str, ModuleType] = {}
_files: dict[str, list[str]] = {}


async def run(page: str, source: str, write: Write | None = None, *, watches_memory: bool = True) -> Message:
    """Runs `source` in the namespace of `page`; whatever it raises is part of what it gives.

    Gives `output` (standard output and error in order; of more than MOST_OUTPUT characters the rest is cut, and a last
    line says so), `value` (the `repr` of the last line when that is an expression and not None, else empty), `error`
    (see `cell_errors.described`, or None), `milliseconds`, `peak_bytes` (the most memory that Python held beyond what
    it held at the start; 0 when nobody watches, for watching slows a program down) and `trace` (see `Trace.document`).
    """
    # A module as Python makes one for a script: nothing is in it that is not in every program.
    module = _modules.setdefault(page, ModuleType("__main__"))
    file = cell_errors.remember(source)
    _files.setdefault(page, []).append(file)
    output, error, value = Output(MOST_OUTPUT, write), None, ""
    with (
        as_main(module),
        as_everywhere(),
        received(output),
        own_connection(),
        traced() as trace,
        Stopwatch(watches_memory) as measured,
    ):
        try:
            async with ThreadSensitiveContext(executor=ThisThread()):
                value = await value_of(source, file, vars(module))
        except SystemExit as ended:
            error = cell_errors.described(ended, file) if ended.code else None
        except BaseException as raised:  # noqa: BLE001  # KeyboardInterrupt too: a program of a reader ends no worker
            error = cell_errors.described(raised, file)
    return {
        "output": output.finish(),
        "value": shortened(value, MOST_VALUE),
        "error": error,
        "milliseconds": measured.milliseconds,
        "peak_bytes": measured.peak,
        "trace": trace.document(),
    }


def forget(page: str) -> None:
    """Drops the namespace of `page`; of every page when it is empty."""
    for name in [page] if page else list(_modules):
        _modules.pop(name, None)
        cell_errors.forget(_files.pop(name, []))


# The program ------------------------------------------------------------------------------------------------------


async def value_of(source: str, file: str, namespace: dict[str, Any]) -> str:
    """Runs the program; gives the `repr` of its last line's value."""
    codes = compiled(source, file)
    if not any(map(is_asynchronous, codes)):
        with queries_in_coroutines(allowed=False), no_loop():
            return await evaluated(codes, namespace)
    with queries_in_coroutines(allowed=True):
        async with own_tasks():
            return await evaluated(codes, namespace)


async def evaluated(codes: list[CodeType], namespace: dict[str, Any]) -> str:
    value = None
    for code in codes:
        value = eval(code, namespace)  # noqa: S307  # the reader's own program, in the reader's own page
        if is_asynchronous(code):
            value = await value
    return "" if value is None else repr(value)


def compiled(source: str, file: str) -> list[CodeType]:
    """The program up to its last line, and its last line when that is an expression. Raises SyntaxError."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, file, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = compile(tree, file, "exec", flags, dont_inherit=True)
    if last is None:
        return [body]
    return [body, compile(ast.Expression(last.value), file, "eval", flags, dont_inherit=True)]


def is_asynchronous(code: CodeType) -> bool:
    return bool(code.co_flags & CO_COROUTINE)


# What is around it -------------------------------------------------------------------------------------------------


class Stopwatch:
    """Time and memory of the block: `milliseconds`, and `peak` in bytes."""

    milliseconds = 0.0
    peak = 0

    def __init__(self, watches_memory: bool) -> None:
        self.watches_memory = watches_memory

    def __enter__(self) -> "Stopwatch":
        self.is_ours = self.watches_memory and not tracemalloc.is_tracing()
        if self.is_ours:
            tracemalloc.start()
        if self.watches_memory:
            tracemalloc.reset_peak()
        self.before = tracemalloc.get_traced_memory()[0]
        self.started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.milliseconds = (time.perf_counter() - self.started) * 1000
        self.peak = max(0, tracemalloc.get_traced_memory()[1] - self.before)
        if self.is_ours:
            tracemalloc.stop()


@contextmanager
def as_main(module: ModuleType) -> Iterator[None]:
    """The program is `__main__`, also for what looks its classes up, such as `pickle`; and its warnings name it so."""
    main, warning = sys.modules["__main__"], warnings.formatwarning
    sys.modules["__main__"], warnings.formatwarning = module, cell_errors.warning_line
    try:
        yield
    finally:
        sys.modules["__main__"], warnings.formatwarning = main, warning


@contextmanager
def own_connection() -> Iterator[None]:
    """The connection of this thread, whether asked for with or without a loop running, and as new when all is over:
    no transaction of the program is left open, and nothing it broke."""
    with no_loop():
        connection = connections["default"]
    connections["default"] = connection  # Django keeps one for each, and would open a second
    is_callers = connection.in_atomic_block
    try:
        yield
    finally:
        if not is_callers:
            connection.in_atomic_block = False  # or closing would only be noted, for the end of the block
            connection.closed_in_transaction = False
            with no_loop():
                connection.close()


@asynccontextmanager
async def own_tasks() -> AsyncIterator[None]:
    """Ends the tasks that a program left running, as `asyncio.run` does."""
    before = asyncio.all_tasks()
    try:
        yield
    finally:
        left = asyncio.all_tasks() - before
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1)  # seconds: a task may refuse
