"""Gathers the rows of a table by conversation, in a temporary database on disk; knows no columns."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from data.importers.turn_order import Stamp
from data.transcripts import Turn, turn_to_json, turns_from_json

if TYPE_CHECKING:
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
    size: int
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


class Gathered:
    """The rows of one table. ``add`` all, then read them by conversation, in the order of their first rows."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a temporary file, gone when closed
        self._database.execute(
            "CREATE TABLE part (conversation TEXT, line INTEGER, size INTEGER, at TEXT, sequence INTEGER,"
            " voice TEXT, opening TEXT, body TEXT)"
        )

    def close(self) -> None:
        """Delete the temporary file."""
        self._database.close()

    def add(self, row: Row) -> None:
        """Keep one row."""
        turns = [turn_to_json(turn) for turn in row.turns]
        body = json.dumps([row.conversation, turns, row.language, row.labels or {}, row.marks or {}])
        opening = row.turns[0].text[:_OPENING]
        self._database.execute(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row.group, row.line, row.size, row.at, row.sequence, row.voice, opening, body),
        )

    def stamps(self, times: TimeColumn, possible: tuple[int, ...]) -> Iterator[list[Stamp]]:
        """What says when the rows of each conversation were written, as they lie in the table."""
        parts = self._ordered("at, sequence, voice, opening")
        for _, group in groupby(parts, key=lambda part: part[0]):
            yield [
                Stamp(times.moments(at, possible), bool(at), sequence, voice, opening)
                for _, _, at, sequence, voice, opening in group
            ]

    def conversations(self) -> Iterator[tuple[float, list[Row]]]:
        """The rows of each conversation as they lie in the table, and the share of the table that is done with them."""
        total = self._database.execute("SELECT SUM(size) FROM part").fetchone()[0]
        done = 0
        for name, group in groupby(self._ordered("size, at, sequence, body"), key=lambda part: part[0]):
            rows = []
            for _, line, size, at, sequence, body in group:
                rows.append(_row(name, line, size, at, sequence, body))
                done += size
            yield done / total, rows

    def _ordered(self, columns: str) -> Iterator[tuple[Any, ...]]:
        self._database.execute("CREATE INDEX IF NOT EXISTS part_of ON part (conversation, line)")
        return self._database.execute(
            f"SELECT part.conversation, line, {columns} FROM"  # noqa: S608  # names of columns, ours
            " (SELECT conversation, MIN(line) AS first FROM part GROUP BY conversation) AS head"
            " CROSS JOIN part ON part.conversation = head.conversation ORDER BY first, line"
        )


def _row(group: str, line: int, size: int, at: str, sequence: int | None, body: str) -> Row:
    conversation, turns, language, labels, marks = json.loads(body)
    return Row(
        conversation=conversation,
        group=group,
        line=line,
        size=size,
        turns=turns_from_json(turns),
        at=at,
        sequence=sequence,
        language=language,
        labels=labels,
        marks={int(place): text for place, text in marks.items()},
    )
