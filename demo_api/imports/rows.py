"""Rows out of a stored file, as a stream, each with the offset at which reading can go on after it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from demo_api.imports.columns import HOW_CSV_IS_WRITTEN

LONGEST_ROW = 64 * 1024  # bytes


class BadRow(Exception):
    """A row that is no row: the message says why. Reading goes on behind it."""


@dataclass
class Place:
    """How far a file has been read: the offset behind the last whole row, and that row's number."""

    offset: int
    row: int


class Lines:
    """The lines of a file as text, for csv.reader, which takes as many as the row it is reading needs."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self.file, self.offset = file, offset
        self.begun = offset  # where the current row begins

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.file.readline(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self.offset += len(line)
        if self.offset - self.begun > LONGEST_ROW:
            self.skip_line(line)
            raise BadRow(f"The row is longer than {LONGEST_ROW} bytes. Is a quotation mark left open?")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRow(f"The row is not UTF-8: byte {error.start + 1} of the line cannot be decoded.") from None

    def skip_line(self, line: bytes) -> None:
        """Goes to the end of the line, however far that is."""
        while line and not line.endswith(b"\n"):
            line = self.file.readline(LONGEST_ROW)
            self.offset += len(line)


def read_rows(file: BinaryIO, place: Place, width: int) -> Iterator[list[str] | BadRow]:
    """Each row from `place` on, which moves along: its cells, or BadRow for one that cannot be read.

    Empty lines are no rows. Where the stream is cut makes no difference: it can be taken up at any `place`.
    """
    lines = Lines(file, place.offset)
    reader = csv.reader(lines)
    while True:
        lines.begun = lines.offset
        found: list[str] | BadRow
        try:
            cells = next(reader)  # after an exception, the reader begins a new row
        except StopIteration:
            return
        except BadRow as error:
            found = error
        except csv.Error:
            found = BadRow(f"The row cannot be read. {HOW_CSV_IS_WRITTEN}")
        else:
            if not cells:
                place.offset = lines.offset
                continue
            found = (
                cells if len(cells) == width else BadRow(f"{width} cells were expected, and there are {len(cells)}.")
            )
        place.offset = lines.offset
        place.row += 1
        yield found
