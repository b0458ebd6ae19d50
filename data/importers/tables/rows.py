"""CSV and TSV files, plain or gzip: one row a message grouped by conversation, or one row a question with its answer.

Only the columns that mean something to us are kept; names, addresses and whatever else a help desk exports in
its own columns never come in. Rows of one conversation may lie anywhere in the file: they are gathered in a
temporary database on disk, so that memory stays small.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken, Found, ImportOptions, OnBytes, ignore
from data.importers.limits import too_large
from data.importers.tables.column_mapping import Columns, ColumnsError, columns_of
from data.importers.tables.gathering import Gathered, gathering
from data.importers.tables.records import Record, records
from data.times import iso, parse_time
from data.transcripts import Conversation, Role, Turn, turn_to_json, turns_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_READING = 0.1  # of the time an import takes is gathering; the rest is what is done with the conversations
_LABELS = ("topic", "title")


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The importer of tables."""

    suffixes: tuple[str, ...] = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
    expects: str = "a table with a header: one row a message (id, role, text) or one row a question with its answer"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken]:
        """Every conversation, in the order of its first row.

        Its messages follow their times where all of them have one, else their rows.
        """
        table = _Table(path, options, on_bytes)
        rows = records(path, options.delimiter, table.count, options.limits)
        for record in rows:
            if isinstance(record, Broken):
                yield record
                continue
            try:
                columns = columns_of(record.cells, options.columns)
            except ColumnsError as error:
                yield Broken(path, record.line, f"{error}.")
                return
            yield from table.read(columns, rows)
            return


@dataclass(frozen=True, slots=True)
class _Row:
    """What one row adds to its conversation."""

    conversation: str
    line: int
    turns: tuple[Turn, ...]
    language: str | None
    labels: dict[str, str]


class _Table:
    """One CSV file being read."""

    def __init__(self, path: Path, options: ImportOptions, on_bytes: OnBytes) -> None:
        self._path = path
        self._options = options
        self._on_bytes = on_bytes
        self._bytes = 0
        self._told = 0

    def count(self, count: int) -> None:
        """Bytes read; most are passed on as conversations come out, which is what takes the time."""
        self._bytes += count
        self._tell(_READING)

    def _tell(self, share: float) -> None:
        upto = max(self._told, round(self._bytes * share))
        self._on_bytes(upto - self._told)
        self._told = upto

    def read(self, columns: Columns, rows: Iterator[Record | Broken]) -> Iterator[Found | Broken]:
        """The conversations of all rows after the header."""
        any_row = False
        with gathering() as gathered:
            for record in rows:
                any_row = True
                row = record if isinstance(record, Broken) else self._row(record, columns)
                if isinstance(row, Broken):
                    yield row
                elif columns.paired and "id" not in columns.places:
                    yield Found(row.line, self._conversation([row]))
                    self._tell(1.0)
                else:
                    gathered.add(row.conversation, row.line, json.dumps(_row_to_json(row), ensure_ascii=False))
            if not any_row:
                yield Broken(self._path, None, "the table has a header but no rows.")
            yield from self._gathered(gathered)
        self._tell(1.0)

    def _gathered(self, gathered: Gathered) -> Iterator[Found | Broken]:
        total, done = gathered.size(), 0
        for group in gathered.groups():
            if problem := too_large(group.conversation, group.rows, group.size, self._options.limits):
                yield Broken(self._path, group.first, f"{problem}.")
            else:
                rows = [_row_from_json(group.conversation, *row) for row in gathered.bodies(group)]
                yield Found(group.first, self._conversation(rows))
            done += group.size
            self._tell(_READING + (1 - _READING) * done / total)

    def _row(self, record: Record, columns: Columns) -> _Row | Broken:
        cells = record.cells
        if len(cells) != columns.width:
            return Broken(
                self._path,
                record.line,
                f"expected {columns.width} columns as in the header, found {len(cells)}; "
                "put texts that hold the delimiter or a line break in double quotes.",
            )
        turns = _pair(cells, columns) if columns.paired else _message(cells, columns)
        if isinstance(turns, str):
            return Broken(self._path, record.line, turns)
        name = columns.get(cells, "id")
        if not name and "id" in columns.places:
            return Broken(self._path, record.line, "the conversation's id is empty; every row needs one.")
        return _Row(
            conversation=name or f"{self._path.name.split('.')[0]}-{_digest(turns)}",
            line=record.line,
            turns=turns,
            language=columns.get(cells, "language") or None,
            labels={key: value for key in _LABELS if (value := columns.get(cells, key))},
        )

    def _conversation(self, rows: list[_Row]) -> Conversation:
        turns = _in_time([turn for row in rows for turn in row.turns])
        labels: dict[str, Any] = {}
        for row in reversed(rows):
            labels.update(row.labels)
        if turns[0].at:
            labels["created"] = turns[0].at[:10]
        language = next((row.language for row in rows if row.language), None)
        return Conversation(
            id=rows[0].conversation,
            turns=_with_subject(turns, labels.get("title")),
            language=language or self._options.language,
            labels=labels,
            source=self._options.source,
        )


def _message(cells: list[str], columns: Columns) -> tuple[Turn, ...] | str:
    """The turn of a message row, or what is wrong with it."""
    value = columns.get(cells, "role")
    role = columns.role(value)
    if role is None:
        return (
            f"{value!r} is no role we know (customer, agent, bot, note); "
            f"say what it means, for example: --column customer_value={value or 'VALUE'}"
        )
    # A customer's name is personal data and teaches nothing; an agent's tells voices apart.
    author = columns.get(cells, "author") or None if role is not Role.CUSTOMER else None
    return (_timed(Turn(role, columns.get(cells, "text"), author), columns.get(cells, "at")),)


def _pair(cells: list[str], columns: Columns) -> tuple[Turn, ...] | str:
    question, answer = columns.get(cells, "question"), columns.get(cells, "answer")
    if not question or not answer:
        return f"the {'answer' if question else 'question'} is empty; a row needs both."
    asked = _timed(Turn(Role.CUSTOMER, question), columns.get(cells, "at"))
    return asked, Turn(Role.AGENT, answer, columns.get(cells, "author") or None, asked.at)


def _timed(turn: Turn, at: str) -> Turn:
    moment = parse_time(at)
    if moment is not None:
        return replace(turn, at=iso(moment))
    return replace(turn, extras={"time": at}) if at else turn


def _in_time(turns: list[Turn]) -> tuple[Turn, ...]:
    if all(turn.at for turn in turns):
        return tuple(sorted(turns, key=lambda turn: turn.at or ""))
    return tuple(turns)


def _with_subject(turns: tuple[Turn, ...], subject: str | None) -> tuple[Turn, ...]:
    """The subject line opens the first customer message, unless that says it already."""
    for number, turn in enumerate(turns):
        if turn.role is Role.CUSTOMER:
            if not subject or turn.text.startswith(subject):
                break
            return (*turns[:number], replace(turn, text=f"{subject}\n{turn.text}"), *turns[number + 1 :])
    return turns


def _digest(turns: Iterable[Turn]) -> str:
    return hashlib.sha256("\x00".join(turn.text for turn in turns).encode()).hexdigest()[:16]


def _row_to_json(row: _Row) -> list[Any]:
    return [[turn_to_json(turn) for turn in row.turns], row.language, row.labels]


def _row_from_json(conversation: str, line: int, body: str) -> _Row:
    turns, language, labels = json.loads(body)
    return _Row(conversation, line, turns_from_json(turns), language, labels)
