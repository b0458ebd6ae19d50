"""CSV and TSV files, plain or gzip, in any usual encoding: a row is a message, a question with its answer, or a ticket.

Only the columns that mean something to us are kept; names, addresses and whatever else a help desk exports in
its own columns never come in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.tables.encoding import UTF8, encoding_of, named, sentence
from data.importers.tables.records import Record, records
from data.importers.tables.table import Table
from data.importers.tables.threads import Threads, column_of_comments
from data.importers.visibility_words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

_READING = 0.1  # of the time an import takes is gathering; the rest is what is done with the conversations
_SAMPLE_ROWS, _SAMPLE_CHARACTERS = 50, 200_000


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The importer of tables."""

    suffixes: tuple[str, ...] = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
    expects: str = "a table with a header: one row a message (id, role, text) or one row a question with its answer"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation, in the order of its first row; nothing where a column has to be explained first."""
        limits = options.limits
        pipe = path.is_fifo()
        try:
            encoding = named(options.columns.get("encoding"))
        except ValueError as error:
            yield Broken(path, None, f"{error}.")
            return
        if encoding is None:
            encoding = UTF8 if pipe else encoding_of(path, limits)
            if encoding != UTF8:
                yield Told(path, sentence(encoding))

        def rows(on_read: OnBytes) -> Iterator[Record | Broken]:
            return records(path, options.delimiter, on_read, limits, encoding)

        yield from read_table(path, options, rows, on_bytes, again=not pipe)


def read_table(
    path: Path,
    options: ImportOptions,
    opened: Callable[[OnBytes], Iterator[Record | Broken]],
    on_bytes: OnBytes,
    *,
    again: bool = True,
) -> Iterator[Found | Broken | Told]:
    """The conversations of a table; ``opened`` reads it from the start, ``again`` is whether it can do so twice."""
    counter = _Bytes(on_bytes)
    rows = opened(counter.add)
    header = yield from _header(rows)
    if header is None:
        return
    first = _first(rows)
    sample = [row.cells for row in first if isinstance(row, Record)]
    place = column_of_comments(sample, len(header.cells))
    if place is not None and _is_wanted(place, header.cells, options.columns):
        if not again:
            yield Broken(path, None, "this is a pipe, and it has to be read twice. Save it as a file first.")
            return

        def anew() -> Iterator[Record | Broken]:
            fresh = opened(ignore)
            next((row for row in fresh if isinstance(row, Record)), None)
            return fresh

        yield from Threads(path, options, header.cells, place).read(anew)
        counter.tell(1.0)
        return
    try:
        table = Table(path, options, header.cells, sample)
    except ValueError as error:
        yield Broken(path, header.line, f"{error}.")
        return
    del sample
    yield from table.read(chain(_drained(first), rows), counter)
    counter.tell(1.0)


def _header(rows: Iterator[Record | Broken]) -> Generator[Broken, None, Record | None]:
    for record in rows:
        if not isinstance(record, Broken):
            return record
        yield record
    return None


def _first(rows: Iterator[Record | Broken]) -> deque[Record | Broken]:
    """Some rows to look at before the others are read; few where they are long."""
    found: deque[Record | Broken] = deque()
    size = 0
    for row in rows:
        found.append(row)
        size += sum(map(len, row.cells)) if isinstance(row, Record) else 0
        if size > _SAMPLE_CHARACTERS or len(found) == _SAMPLE_ROWS:
            break
    return found


def _drained(rows: deque[Record | Broken]) -> Iterator[Record | Broken]:
    while rows:
        yield rows.popleft()


def _is_wanted(place: int, header: list[str], options: Mapping[str, str]) -> bool:
    """Whether the user has not said that the messages stand in other columns than that of comments."""
    mapped = [options[field] for field in ("text", "answer") if field in options]
    return not mapped or any(fold(column) == fold(header[place]) for column in mapped)


class _Bytes:
    """Bytes read; most are passed on as conversations come out, which is what takes the time."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._read = 0
        self._told = 0

    def add(self, count: int) -> None:
        self._read += count
        self.tell(0.0)

    def tell(self, share: float) -> None:
        upto = round(self._read * (_READING + (1 - _READING) * share))
        self._on_bytes(upto - self._told)
        self._told = upto
