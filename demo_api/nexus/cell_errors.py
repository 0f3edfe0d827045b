"""An error of a cell in words for its reader: their own lines and what these called, not the machinery around them."""

import linecache
import sys
import traceback
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from demo_api.nexus.cell_loops import IN_PAGE
from demo_api.nexus.cell_output import printable, shortened

MOST_MESSAGE = 2_000  # characters
MOST_TRACEBACK = 20_000
# What stands around a program, and between it and the database.
MACHINERY = {f"demo_api/nexus/{name}.py" for name in ("browser", "cell_loops", "cell_output", "cells", "trace")}
NETWORK = ("http/client.py", "socket.py", "urllib/request.py")
ROOT = Path(__file__).parents[2]

# The programs ------------------------------------------------------------------------------------------------------

_files: set[str] = set()
_numbers = count(1)


def remember(source: str) -> str:
    """Gives the file name under which tracebacks find and quote `source`, such as `cell 3`."""
    file = f"cell {next(_numbers)}"
    # Without a time of change, linecache never looks for a file of this name.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    _files.add(file)
    return file


def forget(files: list[str]) -> None:
    """Drops these programs."""
    for file in files:
        _files.discard(file)
        linecache.cache.pop(file, None)


# The error ---------------------------------------------------------------------------------------------------------


def described(error: BaseException, file: str) -> dict[str, Any]:
    """`type`, `message`, `traceback` and `line` (in the program `file`, or None) of what a program raised."""
    if isinstance(error, SyntaxError) and error.filename == file and error.text is None and error.lineno:
        error.text = linecache.getline(file, error.lineno)  # what is found after parsing comes without its line
    line = line_of(error, file)  # before the report, which renames files
    report = traceback.TracebackException.from_exception(error, compact=True)
    tidy(report, file, is_outermost=True)
    text = "".join(report.format() if report.stack else report.format_exception_only()).rstrip("\n")
    hint = hint_for(error, text) if IN_PAGE else ""
    return {
        "type": type(error).__name__,
        "message": shortened(message_of(error), MOST_MESSAGE),
        "traceback": without_middle(text) + (f"\n\n{hint}" if hint else ""),
        "line": line,
    }


def message_of(error: BaseException) -> str:
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # noqa: BLE001  # a reader's own exception may fail to describe itself
        return ""


def line_of(error: BaseException, file: str) -> int | None:
    """The innermost line of the program that the error passed through, or where its syntax is wrong."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


def without_middle(text: str) -> str:
    """A traceback of bearable length: where it began and, more of it, where it ended."""
    text = printable(text)
    if len(text) <= MOST_TRACEBACK:
        return text
    start, end = text[: MOST_TRACEBACK // 4], text[-MOST_TRACEBACK // 2 :]
    return f"{start[: start.rfind(chr(10))]}\n  …\n{end[end.find(chr(10)) + 1 :]}"


# What a page's Python cannot do ------------------------------------------------------------------------------------


def hint_for(error: BaseException, text: str) -> str:
    """What to say below the traceback `text` of an error that comes from where the program runs, or nothing."""
    name, message = type(error).__name__, message_of(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.partition(".")[0] in sys.stdlib_module_names:
            return f"The page's Python comes without {error.name}. An installed Python has it."
        return "The page's Python has its standard library, Django and what demo_api needs, and no other packages."
    if isinstance(error, RuntimeError) and "start new thread" in message:
        return "A page has one thread. Use asyncio, or run this program with an installed Python."
    if isinstance(error, OSError) and any(f'File "{file}"' in text for file in NETWORK):
        return "The page's Python reaches no network. To call the API, use django.test.Client."
    if name == "ZoneInfoNotFoundError":
        return "The page's Python knows one time zone, UTC."
    if name == "CommandError" and message.startswith("Unknown command"):
        return "The page's Django comes without its management commands."
    return ""


# Its frames --------------------------------------------------------------------------------------------------------


def tidy(report: traceback.TracebackException, file: str, *, is_outermost: bool = False) -> None:
    """Leaves the frames of programs and of what they called, here and in the errors that led to this one."""
    frames = list(report.stack)
    first = next((i for i, frame in enumerate(frames) if frame.filename in _files), None)
    if is_outermost and first is None:
        first = len(frames)  # it never came as far as the program
    named = [renamed(frame, file) for frame in frames[first or 0 :]]
    report.stack = traceback.StackSummary.from_list([frame for frame in named if not is_machinery(frame.filename)])
    if isinstance(name := getattr(report, "filename", None), str):  # a SyntaxError
        report.filename = shown_name(name, file)
    for other in linked(report):
        tidy(other, file)


def is_machinery(name: str) -> bool:
    return name in MACHINERY or name.startswith("<frozen importlib")


def linked(report: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    yield from filter(None, [report.__cause__, report.__context__, *(getattr(report, "exceptions", None) or ())])


def renamed(frame: traceback.FrameSummary, file: str) -> traceback.FrameSummary:
    """The frame as a reader knows it. Only programs are quoted: the page has no source of the libraries."""
    if frame.filename in _files:
        frame.line  # noqa: B018  # reads it while the name still leads to it
        frame.filename = shown_name(frame.filename, file)
        return frame
    name = shown_name(frame.filename, file)
    return traceback.FrameSummary(name, frame.lineno, frame.name, lookup_line=False, line="")


def warning_line(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """A warning as `warnings.formatwarning` writes it, without where libraries are installed."""
    name = shown_name(filename, filename)
    place = "" if is_machinery(name) else f"{name}:{lineno}: "
    return f"{place}{category.__name__}: {message}\n"


def shown_name(name: str, file: str) -> str:
    """`cell` for the program that ran, and a library's file without where it is installed."""
    if name in _files:
        return "cell" if name == file else "an earlier cell"
    folders = [str(Path(folder)) for folder in (str(ROOT), *sys.path) if folder]
    inside = [name[len(folder) :] for folder in folders if name.startswith(folder)]
    # The page's modules were compiled as if they stood in the root folder.
    return min(inside, key=len, default=name).replace("\\", "/").lstrip("/")
