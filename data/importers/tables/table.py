"""One table: its rows are gathered, then what its columns mean is decided, then conversations come out.

Rows of one conversation may lie anywhere, and what a column means is decided over all of them: they are gathered in a
temporary database on disk, so that memory stays small. Knows no files.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from data.aliases import alias
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.limits import KEY_CHARACTERS, too_large
from data.importers.opening import with_subject
from data.importers.rounded_ids import Ids, complaint
from data.importers.source_options import date_order, row_order
from data.importers.tables.column_mapping import COUNTS, Columns, columns_of
from data.importers.tables.comments import holds_comments
from data.importers.tables.gathered import Gathered, Row, gathering
from data.importers.time_column import TimeColumn
from data.importers.turn_marks import marked, timed
from data.importers.turn_order import ORDER_HINT, ORDER_UNKNOWN, Evidence, RowOrder
from data.importers.visibility import Choices, Column, Rule, rules, told
from data.importers.visibility_words import fold, is_flag
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from data.importers.tables.records import Record
    from data.importers.visibility_meaning import Meaning

_LABELS = ("topic", "title")
_SPOKEN = ("text", "question", "answer")
_COMMENTS = (
    "this cell holds a list of comments where the words of one person are expected, as other rows do; the row was left "
    "out. Import tickets with such cells as a table of their own."
)
_LONGEST_NUMBER = 19
"""Digits; SQLite's integers end there."""


class Counter(Protocol):
    """Told which share of what was gathered has come out."""

    def tell(self, share: float) -> None:
        """From 0 to 1."""


class Table:
    """Made of a header and some of its rows, which say what stands in a column."""

    def __init__(self, path: Path, options: ImportOptions, header: list[str], sample: list[list[str]]) -> None:
        self._path = path
        self._options = options
        self._columns = columns_of(header, options.columns, sample)
        self._times = TimeColumn(date_order(options.columns), now=datetime.now(UTC))
        self._forced = row_order(options.columns)
        self._choices = Choices.of(options.columns)
        self._ids = Ids()
        self._others = {place: Column(name) for place, name in self._columns.others(header).items()}
        self._names = {field: header[place].strip() for field, place in self._columns.places.items()}
        self._rules: dict[int, Rule] = {}

    def read(self, rows: Iterator[Record | Broken], counter: Counter) -> Iterator[Found | Broken | Told]:
        """The conversations of all rows after the header."""
        any_row = False
        with gathering() as gathered:
            for record in rows:
                any_row = True
                row = record if isinstance(record, Broken) else self._row(record)
                if isinstance(row, Broken):
                    yield row
                elif row is not None:
                    gathered.add(row)
            if not any_row:
                yield Broken(self._path, None, "the table has a header but no rows.")
            stops, sentences = self._decide()
            if stops:
                yield from stops
                return
            if self._ids.scientific:
                text = complaint(self._ids.example, f"the column {self._names['id']}")
                yield Broken(self._path, self._ids.first_line, f"{text} {self._ids.scientific:,} rows were left out.")
            order = self._order(gathered)
            for sentence in (*sentences, *order.told()):
                yield Told(self._path, sentence)
            yield from self._conversations(gathered, order, counter)

    def _conversations(self, gathered: Gathered, order: RowOrder, counter: Counter) -> Iterator[Found | Broken | Told]:
        unknown, total, done = 0, gathered.size(), 0
        for group in gathered.groups():
            if problem := too_large(group.name, group.rows, group.size, self._options.limits):
                yield Broken(self._path, group.first, f"{problem}.")
            else:
                found = self._conversation(gathered.rows(group), order)
                unknown += found.against is not None
                yield found
            done += group.size
            counter.tell(done / total)
        if unknown:
            yield Told(self._path, ORDER_HINT.format(count=unknown))

    def _row(self, record: Record) -> Row | Broken | None:
        cells, columns = record.cells, self._columns
        if len(cells) != columns.width:
            return Broken(
                self._path,
                record.line,
                f"expected {columns.width} columns as in the header, found {len(cells)}; "
                "put texts that hold the delimiter or a line break in double quotes.",
            )
        if any(holds_comments(columns.get(cells, field)) for field in _SPOKEN):
            return Broken(self._path, record.line, _COMMENTS)
        turns = _pair(cells, columns) if columns.paired else _message(cells, columns)
        if isinstance(turns, str):
            return Broken(self._path, record.line, turns)
        name = columns.get(cells, "id")
        if not name and "id" in columns.places:
            return Broken(self._path, record.line, "the conversation's id is empty; every row needs one.")
        if name and self._ids.add(name, record.line):
            return None
        customer = turns[-1].role is Role.CUSTOMER
        for place, column in self._others.items():
            column.add(cells[place], customer=customer)
        at = columns.get(cells, "at")
        if columns.places.get("at") in self._others and is_flag(fold(at)):
            at = ""  # "sent" says whether, not when
        self._times.add(at)
        number = columns.get(cells, "sequence")
        return Row(
            conversation=name or f"{self._path.name.split('.')[0]}-{_digest(turns)}",
            group=name[: KEY_CHARACTERS + 1] or f"line {record.line}",
            line=record.line,
            turns=turns,
            at=at,
            sequence=int(number) if number.isascii() and number.isdigit() and len(number) < _LONGEST_NUMBER else None,
            language=columns.get(cells, "language") or None,
            labels={key: value for key in _LABELS if (value := columns.get(cells, key))},
            marks={
                place: cells[place].strip()
                for place, column in self._others.items()
                if not column.overflown and cells[place].strip()
            },
        )

    def _decide(self) -> tuple[list[Broken], list[str]]:
        """What each column means: why the file cannot be imported yet, or what was decided."""
        name = self._names.get("id", "")
        if self._ids.cut and fold(name) not in self._choices.ignored:
            text = (
                f"{complaint(self._ids.cut, f'the column {name}')} Nothing of this file was stored. If its "
                f"ids do end in "
                f"zeros, say --column 'ignore={name}'."
            )
            return [Broken(self._path, self._ids.first_line, text)], []
        found, questions = rules(self._others, self._choices)
        self._rules = found
        return [Broken(self._path, 1, question.message) for question in questions], [
            *(told(rule, self._others[place]) for place, rule in found.items()),
            *self._times.told(self._names.get("at", ""), self._times.open_readings()),
        ]

    def _order(self, gathered: Gathered) -> RowOrder:
        possible = self._times.open_readings()
        if self._forced is not None:
            return RowOrder(self._forced, possible=possible, forced=True)
        evidence = Evidence()
        for group in gathered.groups():
            if not too_large(group.name, group.rows, group.size, self._options.limits):
                evidence.add(gathered.stamps(group, self._times, possible))
        return evidence.decide(possible, counted=fold(self._names.get("sequence", "")) in COUNTS)

    def _conversation(self, rows: list[Row], order: RowOrder) -> Found:
        stamps = [row.stamp(self._times.moments(row.at, order.possible)) for row in rows]
        places = order.places(stamps)
        # Where each row holds its own answer, no order can tear them apart.
        against = ORDER_UNKNOWN if places is None and not self._columns.paired else None
        turns = [
            turn
            for place in places or range(len(rows))
            for turn in marked(
                timed(rows[place].turns, rows[place].at, stamps[place].moments), self._meanings(rows[place])
            )
        ]
        turns = _without_agents(turns)
        labels: dict[str, Any] = {}
        for row in reversed(rows):
            labels.update(row.labels or {})
        if turns[0].at:
            labels["created"] = turns[0].at[:10]
        return Found(
            rows[0].line,
            Conversation(
                id=rows[0].conversation,
                turns=with_subject(tuple(turns), labels.get("title")),
                language=next((row.language for row in rows if row.language), None) or self._options.language,
                labels=labels,
                source=self._options.source,
            ),
            against,
        )

    def _meanings(self, row: Row) -> list[tuple[Meaning, bool]]:
        marks = row.marks or {}
        return [
            (rule.meaning(marks.get(place, "")), rule.of_all and place in marks) for place, rule in self._rules.items()
        ]


def _message(cells: list[str], columns: Columns) -> tuple[Turn, ...] | str:
    """The turn of a message row, or what is wrong with it."""
    value = columns.get(cells, "role")
    role = columns.role(value)
    if role is None:
        return (
            f"{value!r} is no role we know (customer, agent, bot, note); "
            f"say what it means, for example: --column customer_value={value or 'VALUE'}"
        )
    # A customer's name is personal data; that two are not the same says a key as well.
    author = columns.get(cells, "author") or None
    author = _alias(author) if author and role is Role.CUSTOMER else author
    return (Turn(role, columns.get(cells, "text"), author),)


def _alias(name: str) -> str:
    return alias("customer", " ".join(name.casefold().split()))


def _without_agents(turns: list[Turn]) -> list[Turn]:
    """A column that names the agent in every row of a conversation does not name its customer."""
    agents = {_alias(turn.author) for turn in turns if turn.role is Role.AGENT and turn.author}
    return [replace(turn, author=None) if turn.author in agents else turn for turn in turns]


def _pair(cells: list[str], columns: Columns) -> tuple[Turn, ...] | str:
    question, answer = columns.get(cells, "question"), columns.get(cells, "answer")
    if not question or not answer:
        return f"the {'answer' if question else 'question'} is empty; a row needs both."
    return Turn(Role.CUSTOMER, question), Turn(Role.AGENT, answer, columns.get(cells, "author") or None)


def _digest(turns: Iterable[Turn]) -> str:
    return hashlib.sha256("\x00".join(turn.text for turn in turns).encode()).hexdigest()[:16]
