"""What a cell prints: kept in the order it was printed, handed on while the cell runs, and cut when it is too much."""

import io
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

Write = Callable[[str, str], None]  # called with some text and "stdout" or "stderr"

LINES_AT_ONCE = 200  # this many pieces are handed on as they come; a program that prints more is heard in intervals
INTERVAL = 0.05  # seconds


class Output:
    """All that is printed, at most `most` characters of it. `write` gets the same text, piece by piece."""

    def __init__(self, most: int, write: Write | None = None) -> None:
        self.most = most
        self.write = write
        self.length = 0
        self.cut = 0
        self.parts: list[str] = []
        self.waiting: list[str] = []
        self.stream = "stdout"
        self.pieces = 0
        self.last = 0.0

    def add(self, text: str, stream: str) -> None:
        """Takes what was printed on `stream`."""
        text = printable(text)
        kept = text[: self.most - self.length]
        self.cut += len(text) - len(kept)
        self.length += len(kept)
        if kept:
            self.keep(kept, stream)

    def keep(self, text: str, stream: str) -> None:
        if stream != self.stream:
            self.flush()
            self.stream = stream
        self.parts.append(text)
        self.waiting.append(text)
        is_due = self.pieces < LINES_AT_ONCE or time.monotonic() - self.last > INTERVAL
        if "\n" in text and is_due:
            self.flush()

    def flush(self) -> None:
        """Hands on what waits."""
        if self.waiting and self.write:
            self.write("".join(self.waiting), self.stream)
            self.pieces += 1
            self.last = time.monotonic()
        self.waiting.clear()

    def finish(self) -> str:
        """All of it, with a last line that says how much was cut."""
        if self.cut:
            start = "" if self.parts and self.parts[-1].endswith("\n") else "\n"
            self.keep(f"{start}… {self.cut:,} more characters were printed; they are cut.\n", self.stream)
        self.flush()
        return "".join(self.parts)


def printable(text: str) -> str:
    """`text` with its lone surrogates written out: no page and no file can hold them."""
    return text.encode("utf-8", "backslashreplace").decode()


def shortened(text: str, most: int) -> str:
    """`text` in at most `most` characters: when it is longer, its end says so."""
    text = printable(text)
    if len(text) <= most:
        return text
    notice = f"… ({len(text):,} characters in all)"
    return text[: most - len(notice)] + notice


# The streams ------------------------------------------------------------------------------------------------------


class Stream(io.TextIOBase):
    """Standard output or error of every cell. There is one of each, so that a logging handler made in one cell
    still prints in the next. Outside a cell, what is printed goes where it would have gone without cells."""

    receiver: ClassVar[Output | None] = None
    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: str) -> None:
        self.name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if Stream.receiver:
            Stream.receiver.add(text, self.name)
        elif original := getattr(sys, f"__{self.name}__"):
            original.write(text)
        return len(text)

    def flush(self) -> None:
        if Stream.receiver:
            Stream.receiver.flush()

    def close(self) -> None:
        """Nothing: the next cell prints here too."""


class NoInput(io.TextIOBase):
    """Standard input of a cell, where nobody types."""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        raise EOFError("A cell cannot ask for input. Give the value in the program, as in: name = 'Ada'")

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        return self.read(size)


STDOUT, STDERR, STDIN = Stream("stdout"), Stream("stderr"), NoInput()


@contextmanager
def received(output: Output) -> Iterator[None]:
    """Whatever is printed inside goes to `output`."""
    before = sys.stdout, sys.stderr, sys.stdin
    # Django's own handler was made before, on the streams of then.
    handlers = [
        handler
        for handler in logging.root.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    ]
    sys.stdout, sys.stderr, sys.stdin = STDOUT, STDERR, STDIN
    Stream.receiver = output
    for handler in handlers:
        handler.setStream(STDERR)
    try:
        yield
    finally:
        Stream.receiver = None
        sys.stdout, sys.stderr, sys.stdin = before
        for handler in handlers:
            handler.setStream(sys.stderr)
