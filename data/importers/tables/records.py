"""Records of a CSV file with the line each starts on; a broken one costs itself only.

An opening quote that never closes would swallow the rest of the file. Such a record is reported, and reading
goes on with the line after its first.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.importers.importer import Broken, OnBytes
from data.importers.streams import Line, lines, not_utf8
from data.importers.tables.encoding import UTF8, ends_lines_as_old_macs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.importers.limits import Limits

_DELIMITERS = (",", ";", "\t", "|")
_AHEAD_LINES, _AHEAD_BYTES = 40, 256 * 1024  # looked at to find the delimiter
_EXCEL_HINT = "sep="
_SURROGATES = range(0xDC80, 0xDD00)
_ROW_LINES = 50_000  # a row of more lines is a quote that never closes: each line held costs a hundred bytes
_READ_AGAIN = 3  # times the bytes of the file so far are read in all, at most, where row after row never closes


class _TooLongError(Exception):
    """A record that outgrows a line's limit, or ``_ROW_LINES``: nearly always a quote that never closes."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row; ``line`` is the first line of it."""

    line: int
    cells: list[str]


class _Feed:
    """Lines for ``csv.reader``, remembered so that those of a broken record can be read anew."""

    def __init__(self, source: Iterator[Line | Broken], limit: int) -> None:
        self._source = source
        self._limit = limit
        self._fresh = 0  # bytes read for the first time
        self._anew = 0  # bytes read again
        self._again: deque[Line] = deque()
        self._record: list[Line] = []
        self._size = 0  # bytes of this record
        self.broken: list[Broken] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._line()
        if line is None:
            raise StopIteration
        self._record.append(line)
        self._size += len(line.data) + 1
        if (self._size > self._limit and len(self._record) > 1) or len(self._record) > _ROW_LINES:
            raise _TooLongError
        return line.data.decode("utf-8", "surrogateescape") + "\n"

    def _line(self) -> Line | None:
        if self._again:
            return self._again.popleft()
        for line in self._source:
            if isinstance(line, Line):
                self._fresh += len(line.data) + 1
                return line
            self.broken.append(line)
        return None

    def peek(self) -> str:
        """The next line that is not blank, still to be read; empty at the end of the file."""
        while (line := self._line()) is not None:
            if line.data.strip():
                self._again.appendleft(line)
                return line.data.decode("utf-8", "surrogateescape")
        return ""

    def ahead(self) -> str:
        """Some lines that are still to be read."""
        found: list[Line] = []
        size = 0
        while len(found) < _AHEAD_LINES and size < _AHEAD_BYTES and (line := self._line()) is not None:
            found.append(line)
            size += len(line.data)
        self._again.extendleft(reversed(found))
        return "\n".join(line.data.decode("utf-8", "surrogateescape") for line in found)

    def start(self) -> None:
        """A new record begins."""
        self._record = []
        self._size = 0

    def give_back(self) -> bool:
        """Read all lines of this record but the first again; not where that has been done too much already.

        Else a file in which every row opens a quote that never closes would take the square of its length.
        """
        if self._anew + self._size > (_READ_AGAIN - 1) * self._fresh + self._limit:
            return False
        self._anew += self._size
        self._again.extendleft(reversed(self._record[1:]))
        return True

    @property
    def first(self) -> int:
        """The line this record started on."""
        return self._record[0].number if self._record else 1

    @property
    def last(self) -> int:
        """The last line that was read of this record."""
        return self._record[-1].number if self._record else 1


_READ = Record(0, [])


def records(
    path: Path, delimiter: str | None, on_bytes: OnBytes, limits: Limits, encoding: str = UTF8
) -> Iterator[Record | Broken]:
    """Every row that is not blank, the header first."""
    # The limit is the process's; raising it is the one way to let csv read a pasted log in a cell.
    csv.field_size_limit(max(csv.field_size_limit(), limits.line_bytes))
    other = encoding if encoding != UTF8 or ends_lines_as_old_macs(path) else None
    feed = _Feed(lines(path, on_bytes, limits, other), limits.line_bytes)
    head = feed.peek()
    if head.lower().startswith(_EXCEL_HINT) and len(head) == len(_EXCEL_HINT) + 1:
        delimiter = delimiter or head[-1]
        next(feed)
    reader = csv.reader(feed, delimiter=delimiter or _sniffed(feed.ahead()), strict=True)
    while True:
        feed.start()
        record: Record | Broken
        try:
            # No other name holds the cells: two rows of a million columns would be in memory at once.
            record = Record(cells=next(reader), line=feed.first)
            record = too_large(path, record, limits) or _wrong_byte(path, record, encoding) or record
        except StopIteration:
            yield from feed.broken
            return
        except (csv.Error, _TooLongError) as error:
            again = feed.give_back()
            record = Broken(path, feed.first, _quote_message(error, None if again else feed.last))
        yield from feed.broken
        feed.broken.clear()
        if isinstance(record, Broken) or any(cell.strip() for cell in record.cells):
            yield record
        record = _READ


def _sniffed(text: str) -> str:
    """The delimiter by which most rows have as many cells as the header; of those, the one that makes most."""
    best, most = _DELIMITERS[0], (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            like = sum(width == widths[0] for width in widths[1:])
            score = (like / max(1, len(widths) - 1), widths[0])
            best, most = (delimiter, score) if score > most else (best, most)
    return best


def _quote_message(error: Exception, left_out: int | None) -> str:
    """``left_out`` is the last line that is not read because of it, where they are more than the first."""
    upto = f" There are many like it: the lines up to {left_out} were left out." if left_out else ""
    if isinstance(error, _TooLongError) or "unexpected end" in str(error):
        return f"a quote opened in this row never closes; close it, or double the quotes inside a text.{upto}"
    return f'this row is not CSV ({error}); put texts in double quotes and double the quotes inside ("").{upto}'


def too_large(path: Path, record: Record, limits: Limits) -> Broken | None:
    """More columns than a table has, or a cell longer than a message is."""
    cells = record.cells
    if len(cells) > limits.columns:
        return Broken(
            path,
            record.line,
            f"the row has {len(cells):,} columns; at most {limits.columns:,} are read. Leave out those that hold no "
            "messages, or raise UNDERSTUDY_IMPORT_COLUMNS.",
        )
    longest = max(range(len(cells)), key=lambda place: len(cells[place]), default=0)
    if not cells or len(cells[longest]) <= limits.cell_characters:
        return None
    return Broken(
        path,
        record.line,
        f"the cell in column {longest + 1} is {len(cells[longest]):,} characters long; at most "
        f"{limits.cell_characters:,} are read. Shorten what was pasted there, or raise "
        "UNDERSTUDY_IMPORT_CELL_CHARACTERS.",
    )


def _wrong_byte(path: Path, record: Record, encoding: str) -> Broken | None:
    """The first byte of the record that the encoding does not have, if any."""
    text = "\n".join(record.cells)
    if text.isascii():
        return None
    for position, character in enumerate(text, start=1):
        if ord(character) in _SURROGATES:
            byte = ord(character) - 0xDC00
            if encoding == UTF8:
                return not_utf8(path, record.line, byte, position)
            return Broken(path, record.line, f"byte 0x{byte:02x} at position {position} is not {encoding}.")
    return None
