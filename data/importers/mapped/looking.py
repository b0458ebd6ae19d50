"""Looks into a table or JSON that nobody knows: its columns or paths with what stands in them. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from data.importers.documents import CHUNK, UnreadableError, documents
from data.importers.importer import Broken
from data.importers.json_records import Item, Text, sample
from data.importers.limits import Limits, clipped
from data.importers.mapped.json_rows import NUMBER, is_one_document, items, rows_of
from data.importers.tables.column_mapping import ColumnsError, columns_of
from data.importers.tables.comments import holds_comments
from data.importers.tables.encoding import UTF8, encoding_of, named
from data.importers.tables.records import Record, records
from data.importers.tables.sheet_xml import WorkbookError
from data.importers.tables.workbook import opened
from data.times import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ROWS = 5_000
_HEAD_ROWS = 50
_SAMPLES, _VALUES = 3, 24
_SHOWN, _VALUE = 200, 60
_TIMES = 200  # cells that are read as times
_LISTS = 40  # of a JSON, looked into
_DEEPEST = 4


@dataclass(slots=True)
class Seen:
    """One column: how many cells are filled, some of them, and all its values where they are few (else None)."""

    name: str
    filled: int = 0
    letters: int = 0
    spaced: int = 0
    timed: int = 0
    samples: list[str] = field(default_factory=list)
    values: dict[str, int] | None = field(default_factory=dict)
    distinct: set[int] = field(default_factory=set)

    def add(self, cell: str) -> None:
        """Take one cell into account."""
        cell = cell.strip()
        if not cell:
            return
        self.filled += 1
        self.letters += len(cell)
        self.spaced += " " in cell or not cell.isascii()
        self.distinct.add(hash(cell))
        if self.filled <= _TIMES and len(cell) <= _VALUE:
            found = readings(cell)
            self.timed += found.day_first is not None or found.month_first is not None
        if len(self.samples) < _SAMPLES and (short := clipped(cell, _SHOWN)) not in self.samples:
            self.samples.append(short)
        if self.values is not None:
            self.values[cell] = self.values.get(cell, 0) + 1
            if len(self.values) > _VALUES or len(cell) > _VALUE:
                self.values = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a file of that format: its columns and how many rows."""

    format: str
    columns: Mapping[str, Seen]
    rows: int

    @property
    def whole(self) -> bool:
        """Whether the file has no more than what was looked at."""
        return self.rows < _ROWS - 1


def look(path: Path, format_name: str, limits: Limits, columns: Mapping[str, str]) -> Look:
    """Its columns or paths; none where there is nothing to read.

    ``columns`` are the user's options, of which the encoding counts.
    """
    if format_name == "json":
        return _look_into_json(path, limits)
    found: dict[str, Seen] = {}
    header: list[str] | None = None
    count = 0
    for cells in islice(_cells(path, format_name, limits, columns), _ROWS):
        if header is None:
            header = [cell.strip() for cell in cells]
            found = {name: Seen(name) for name in header if name}
            continue
        count += 1
        for name, cell in zip(header, cells, strict=False):
            if name:
                found[name].add(cell)
    return Look(format_name, found, count)


def is_strange(path: Path, format_name: str, limits: Limits, options: Mapping[str, str]) -> bool:
    """Whether a file is of a kind that can be mapped, and nobody has said how."""
    if format_name == "json":
        return not {"text", "question", "answer"} & set(options)
    if format_name == "jsonl":
        first = [item.value for item in islice(items(path, frozenset(), limits), _HEAD_ROWS) if isinstance(item, Item)]
        return bool(first) and not any({"turns", "slug"} & set(value) for value in first)
    return format_name in {"csv", "xlsx"} and _is_strange_table(path, format_name, limits, options)


def _is_strange_table(path: Path, format_name: str, limits: Limits, options: Mapping[str, str]) -> bool:
    try:
        header, *rows = _first(path, format_name, limits, options)
    except ValueError:
        return False  # there are no rows, or the encoding that was named is none
    if not rows or any(holds_comments(cell) for row in rows for cell in row):
        return False
    try:
        columns_of(header, options, rows)
    except ColumnsError:
        return not {"text", "role", "id", "question", "answer"} & set(options)
    return False


def _first(path: Path, format_name: str, limits: Limits, options: Mapping[str, str]) -> list[list[str]]:
    """The header and some rows. What encoding a file has takes reading it all, and is asked where it is not UTF-8."""
    if format_name == "csv" and "encoding" not in options:
        found = list(islice(records(path, None, lambda _: None, limits), _HEAD_ROWS))
        if not any(isinstance(row, Broken) for row in found):
            return [row.cells for row in found if isinstance(row, Record)]
    return list(islice(_cells(path, format_name, limits, options), _HEAD_ROWS))


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON that holds objects."""
    try:
        with documents(path) as found:
            text = Text(next(found).chunks)
            text.peek()
            return isinstance(sample(text.buffer[text.at :]), dict | list)
    except (UnreadableError, StopIteration):
        return False


def _cells(path: Path, format_name: str, limits: Limits, columns: Mapping[str, str]) -> Iterator[list[str]]:
    try:
        if format_name == "csv":
            encoding = named(columns.get("encoding")) or encoding_of(path, limits) or UTF8
            for row in records(path, None, lambda _: None, limits, encoding):
                if isinstance(row, Record):
                    yield row.cells
        elif format_name == "xlsx":
            with opened(path, limits) as book:
                full = next((sheet for sheet in book.sheets if next(book.rows(sheet), None) is not None), None)
                for row in book.rows(full) if full else ():
                    if isinstance(row, Record):
                        yield row.cells
    except (ValueError, OSError, WorkbookError):
        return


def _look_into_json(path: Path, limits: Limits) -> Look:
    found: dict[str, Seen] = {}
    count = 0
    for item in items(path, _wraps(path), limits):
        if count >= _ROWS:
            break
        if not isinstance(item, Item):
            continue
        prefix = item.path.removeprefix("[]").removeprefix(".")
        for chain in _chains(item.value, prefix):
            for row in islice(rows_of(item, (prefix, *chain) if prefix else chain), _ROWS):
                count += 1
                for name, cell in row.items():
                    if name == NUMBER or (chain and not name.startswith(chain[-1])):
                        continue  # what stands above the list was counted with its own rows
                    if name in found or len(found) < limits.columns:
                        found.setdefault(name, Seen(name)).add(cell)
    return Look("json", found, count)


def _wraps(path: Path) -> frozenset[str]:
    """Of one document that is longer than its head: the objects in which lists of records stand."""
    if not is_one_document(path):
        return frozenset()
    with documents(path) as found:
        text = Text(next(found).chunks)
        text.peek()
        head = text.buffer[text.at :]
        if text.at == 0 and len(head) < CHUNK // 4:
            return frozenset()
    wraps = {""}
    level = [("", sample(head))]
    for _ in range(_DEEPEST):
        level = [
            (f"{name}.{key}" if name else str(key), each)
            for name, one in level
            if isinstance(one, dict)
            for key, each in one.items()
            if isinstance(each, dict) and any(isinstance(inner, dict | list) for inner in each.values())
        ]
        wraps |= {name for name, _ in level}
    return frozenset(wraps)


def _chains(value: object, prefix: str) -> Iterator[tuple[str, ...]]:
    """Every way of lists into a record, the shortest first; the empty one is the record itself."""
    yield ()
    level: list[tuple[str, object, tuple[str, ...]]] = [(prefix, value, ())]
    seen: set[str] = set()
    for _ in range(_DEEPEST * 2):
        below: list[tuple[str, object, tuple[str, ...]]] = []
        for name, one, chain in level:
            if not isinstance(one, dict):
                continue
            for key, each in one.items():
                path = f"{name}.{key}" if name else str(key)
                if isinstance(each, dict):
                    below.append((path, each, chain))
                elif isinstance(each, list) and any(isinstance(inner, dict) for inner in each):
                    own = (*chain, f"{path}[]")
                    if own[-1] not in seen and len(seen) < _LISTS and len(own) <= _DEEPEST:
                        seen.add(own[-1])
                        yield own
                    below += [(f"{path}[]", inner, own) for inner in each[:50]]
        level = below
