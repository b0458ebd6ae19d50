"""Keeps what the records of an export add to their conversations, and who is who, on disk until all of it is read.

Users stand after the tickets, messages in other lists or files than their conversation, a ticket on two pages.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from data.importers.helpdesks.pieces import Message, Person, Ticket, restored, stored
from data.scratch import scratch
from data.transcripts import Role

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_KNOWN = 50_000


class Gathered:
    """The pieces of one export. ``add`` all, then ask for the conversations."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("CREATE TABLE part (conversation TEXT, line INTEGER, size INTEGER, body TEXT)")
        database.execute("CREATE TABLE person (id TEXT PRIMARY KEY, role TEXT, name TEXT, mail TEXT) WITHOUT ROWID")
        self.people = False
        self.person = lru_cache(maxsize=_KNOWN)(self._person)

    def add(self, pieces: Sequence[Ticket | Message], line: int) -> None:
        """Keep what one record says of one conversation."""
        body = json.dumps([stored(piece) for piece in pieces], ensure_ascii=False, separators=(",", ":"))
        row = (pieces[0].conversation, line, len(body), body)
        self._database.execute("INSERT INTO part VALUES (?, ?, ?, ?)", row)

    def add_person(self, person: Person) -> None:
        """Keep who somebody is."""
        self.people = True
        row = (person.id, person.role, person.name, person.mail)
        self._database.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)", row)

    def _person(self, key: str) -> Person | None:
        found = self._database.execute("SELECT * FROM person WHERE id = ?", (key,)).fetchone()
        return Person(found[0], Role(found[1]) if found[1] else None, found[2], found[3]) if found else None

    def size(self) -> int:
        """The sum of all parts, in characters."""
        found: int | None = self._database.execute("SELECT SUM(size) FROM part").fetchone()[0]
        return found or 0

    def conversations(self) -> Iterator[tuple[str, int, int, int]]:
        """Id, first line, parts and characters of each conversation, in the order in which they begin."""
        self._database.execute("CREATE INDEX IF NOT EXISTS by_conversation ON part (conversation, size, line)")
        yield from self._database.execute(
            "SELECT conversation, MIN(line), COUNT(*), SUM(size) FROM part GROUP BY conversation ORDER BY MIN(rowid)"
        )

    def pieces(self, conversation: str) -> Iterator[Ticket | Message]:
        """All that belongs to a conversation, as it lay in the file."""
        for (body,) in self._database.execute(
            "SELECT body FROM part WHERE conversation = ? ORDER BY rowid", (conversation,)
        ):
            yield from map(restored, json.loads(body))


@contextmanager
def gathering() -> Iterator[Gathered]:
    """Room for the pieces of one export, gone after the block."""
    with scratch() as database:
        yield Gathered(database)
