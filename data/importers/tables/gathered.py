"""Gathers the rows of a table by conversation, wherever in the file they lie: on disk, so that memory stays small.

Time grows with the rows, not with their square: the conversations are sorted once, then each is looked up. One that has
grown beyond the limits is told without being read. Knows no columns.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.importers.turn_order import Stamp
from data.scratch import scratch
from data.transcripts import Turn, turn_to_json, turns_from_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from data.importers.time_column import Moments, TimeColumn

_OPENING = 40
"""Characters of a text that are looked at for a greeting."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row adds to its conversation; ``group`` is what rows of one conversation have in common.

    ``at`` and ``sequence`` are its time, as it is written, and its number; ``marks`` what columns without a field
    say of it, by place.
    """

    conversation: str
    group: str
    line: int
    turns: tuple[Turn, ...]
    at: str = ""
    sequence: int | None = None
    language: str | None = None
    labels: Mapping[str, str] | None = None
    marks: Mapping[int, str] | None = None

    @property
    def voice(self) -> str:
        """Who speaks; a question with its answer is a voice of its own."""
        return str(self.turns[0].role) if len(self.turns) == 1 else "both"

    def stamp(self, moments: Moments) -> Stamp:
        """What says when it was written, its time read as ``moments``."""
        return Stamp(moments, bool(self.at), self.sequence, self.voice)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one conversation: the line of the first, how many they are, and the sum of their sizes."""

    name: str
    first: int
    rows: int
    size: int


class Gathered:
    """The rows of one table. ``add`` all, then ask for the groups and what is in them."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(
            "CREATE TABLE part (conversation TEXT, line INTEGER, size INTEGER, at TEXT, sequence INTEGER,"
            " voice TEXT, opening TEXT, body TEXT)"
        )

    def add(self, row: Row) -> None:
        """Keep one row."""
        turns = [turn_to_json(turn) for turn in row.turns]
        body = json.dumps(
            [row.conversation, turns, row.language, row.labels or {}, row.marks or {}], ensure_ascii=False
        )
        opening = row.turns[0].text[:_OPENING]
        self._database.execute(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row.group, row.line, len(body) + len(row.at), row.at, row.sequence, row.voice, opening, body),
        )

    def size(self) -> int:
        """The sum of all rows, in characters."""
        found: int | None = self._database.execute("SELECT SUM(size) FROM part").fetchone()[0]
        return found or 0

    def groups(self) -> Iterator[Group]:
        """The conversations in the order of their first rows."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_conversation ON part (conversation, line, size)")
        for row in self._database.execute(
            "SELECT conversation, MIN(line) AS first, COUNT(*), SUM(size) FROM part"
            " GROUP BY conversation ORDER BY first"
        ):
            yield Group(*row)

    def stamps(self, group: Group, times: TimeColumn, possible: tuple[int, ...]) -> list[Stamp]:
        """What says when the rows of a conversation were written, as they lie in the table."""
        parts = self._database.execute(
            "SELECT at, sequence, voice, opening FROM part WHERE conversation = ? ORDER BY line", (group.name,)
        )
        return [
            Stamp(times.moments(at, possible), bool(at), sequence, voice, opening)
            for at, sequence, voice, opening in parts
        ]

    def rows(self, group: Group) -> list[Row]:
        """The rows of a conversation as they lie in the table."""
        parts = self._database.execute(
            "SELECT line, at, sequence, body FROM part WHERE conversation = ? ORDER BY line", (group.name,)
        )
        return [_row(group.name, *part) for part in parts]


def _row(group: str, line: int, at: str, sequence: int | None, body: str) -> Row:
    conversation, turns, language, labels, marks = json.loads(body)
    return Row(
        conversation=conversation,
        group=group,
        line=line,
        turns=turns_from_json(turns),
        at=at,
        sequence=sequence,
        language=language,
        labels=labels,
        marks={int(place): text for place, text in marks.items()},
    )


@contextmanager
def gathering() -> Iterator[Gathered]:
    """A place for the rows of one file; it is gone after the block. Raises OSError as ``scratch``."""
    with scratch() as database:
        yield Gathered(database)
