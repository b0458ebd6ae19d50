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
from data.importers.streams import LINE_LIMIT, Line, lines, not_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DELIMITERS = (",", ";", "\t", "|")
_EXCEL_HINT = "sep="
_SURROGATES = range(0xDC80, 0xDD00)


class _TooLongError(Exception):
    """A record that outgrows ``LINE_LIMIT``: nearly always a quote that never closes."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row; ``line`` is the first line of it, ``size`` its bytes."""

    line: int
    cells: list[str]
    size: int


class _Feed:
    """Lines for ``csv.reader``, remembered so that those of a broken record can be read anew."""

    def __init__(self, source: Iterator[Line | Broken]) -> None:
        self._source = source
        self._again: deque[Line] = deque()
        self._record: list[Line] = []
        self.size = 0  # bytes of this record
        self.broken: list[Broken] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._line()
        if line is None:
            raise StopIteration
        self._record.append(line)
        self.size += len(line.data) + 1
        if self.size > LINE_LIMIT and len(self._record) > 1:
            raise _TooLongError
        return line.data.decode("utf-8", "surrogateescape") + "\n"

    def _line(self) -> Line | None:
        if self._again:
            return self._again.popleft()
        for line in self._source:
            if isinstance(line, Line):
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

    def start(self) -> None:
        """A new record begins."""
        self._record = []
        self.size = 0

    def give_back(self) -> None:
        """Read all lines of this record but the first again."""
        self._again.extendleft(reversed(self._record[1:]))

    @property
    def first(self) -> int:
        """The line this record started on."""
        return self._record[0].number if self._record else 1


def records(path: Path, delimiter: str | None, on_bytes: OnBytes) -> Iterator[Record | Broken]:
    """Every row that is not blank, the header first."""
    # The limit is the process's; raising it is the one way to let csv read a pasted log in a cell.
    csv.field_size_limit(max(csv.field_size_limit(), LINE_LIMIT))
    feed = _Feed(lines(path, on_bytes))
    head = feed.peek()
    if head.lower().startswith(_EXCEL_HINT) and len(head) == len(_EXCEL_HINT) + 1:
        delimiter = delimiter or head[-1]
        next(feed)
    reader = csv.reader(feed, delimiter=delimiter or _sniffed(feed.peek()), strict=True)
    while True:
        feed.start()
        record: Record | Broken
        try:
            cells = next(reader)
            record = Record(feed.first, cells, feed.size)
            record = _wrong_byte(path, record) or record
        except StopIteration:
            yield from feed.broken
            return
        except (csv.Error, _TooLongError) as error:
            feed.give_back()
            record = Broken(path, feed.first, _quote_message(error))
        yield from feed.broken
        feed.broken.clear()
        if isinstance(record, Broken) or any(cell.strip() for cell in record.cells):
            yield record


def _sniffed(header: str) -> str:
    """The delimiter that splits the header into most columns."""
    outside = "".join(part for number, part in enumerate(header.split('"')) if number % 2 == 0)
    return max(_DELIMITERS, key=outside.count)


def _quote_message(error: Exception) -> str:
    if isinstance(error, _TooLongError) or "unexpected end" in str(error):
        return "a quote opened in this row never closes; close it, or double the quotes inside a text."
    return f'this row is not CSV ({error}); put texts in double quotes and double the quotes inside ("").'


def _wrong_byte(path: Path, record: Record) -> Broken | None:
    """The first byte of the record that was not UTF-8, if any."""
    text = "\n".join(record.cells)
    if text.isascii():
        return None
    for position, character in enumerate(text, start=1):
        if ord(character) in _SURROGATES:
            return not_utf8(path, record.line, ord(character) - 0xDC00, position)
    return None
