"""One thread and no waiting: what asyncio needs in a page to do what the same program does elsewhere."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from asgiref.sync import SyncToAsync

IN_PAGE = "pyodide" in sys.modules
ASYNC_UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
# Calls inside one another before Python raises RecursionError. A browser's own stack is smaller than Python expects:
# Chromium's worker broke down at 718 calls that went through `sorted`, before the usual limit of 1,000.
DEEPEST = 500


class ThisThread(Executor):
    """An executor without threads: `sync_to_async` then runs a function here and now, on this thread's connection."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            with queries_in_coroutines(allowed=True):  # as in the thread where it would run elsewhere
                future.set_result(function(*arguments, **named))
        except BaseException as error:  # noqa: BLE001  # whoever awaits the future gets it
            future.set_exception(error)
        return future


class SleepingLoop(asyncio.BaseEventLoop):
    """The loop of `asyncio.run` in a page. It sleeps until the next timer: there is no network that it could watch."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> list[Any]:
        """Waits `timeout` seconds. Raises RuntimeError when there is nothing to wait for."""
        if timeout is None:
            raise RuntimeError("Every task waits for another one: nothing can happen any more.")
        time.sleep(timeout)
        return []

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        return asyncio.wrap_future(ThisThread().submit(func, *args), loop=self)

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass  # what wakes other loops from another thread


def ignore(*_: object) -> None:
    pass


@contextmanager
def as_everywhere() -> Iterator[None]:
    """In a page, `asyncio.run` and `time.sleep` as Python has them: they block.

    Pyodide's own let other tasks run meanwhile, in browsers where they can, and fail in others.
    """
    replaced: list[tuple[Any, str, Any]] = []
    if IN_PAGE:
        loop = asyncio.get_running_loop()
        replaced = [
            # Whoever awaits a task that exits learns of it. Pyodide tells the page too, which takes it for a crash.
            (loop, "_system_exit_handler", ignore),
            (loop, "_keyboard_interrupt_handler", ignore),
            (asyncio, "run", asyncio.run.__wrapped__),  # type: ignore[attr-defined]
            (time, "sleep", time.sleep.__wrapped__),  # type: ignore[attr-defined]
            (asyncio, "new_event_loop", SleepingLoop),
            (asyncio.events, "new_event_loop", SleepingLoop),
        ]
    before = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEPEST if IN_PAGE else limit)
    for module, name, value in replaced:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)
        sys.setrecursionlimit(limit)
        # `async_to_sync` would hand its coroutine to the last loop that ran, and a page's never ceases to run.
        vars(SyncToAsync.threadlocal).clear()


@contextmanager
def no_loop() -> Iterator[None]:
    """No loop runs inside, whichever runs around it: synchronous code, `asyncio.run` included, is where it belongs."""
    loop = asyncio.events._get_running_loop()
    if loop is None:
        yield
        return
    swap = getattr(asyncio.tasks, "_swap_current_task", None)  # Python 3.12; 3.11 knows tasks by their loops
    task = swap(loop, None) if swap else None
    asyncio.events._set_running_loop(None)
    try:
        yield
    finally:
        asyncio.events._set_running_loop(loop)
        asyncio.set_event_loop(loop)  # `asyncio.run` leaves none
        if swap:
            swap(loop, task)


@contextmanager
def queries_in_coroutines(*, allowed: bool) -> Iterator[None]:
    """Whether Django runs synchronous queries where a loop runs, or refuses them."""
    before = os.environ.pop(ASYNC_UNSAFE, None)
    os.environ |= {ASYNC_UNSAFE: "1"} if allowed else {}
    try:
        yield
    finally:
        os.environ.pop(ASYNC_UNSAFE, None)
        os.environ |= {ASYNC_UNSAFE: before} if before else {}
