"""All mails of a source on disk, and which of them are one conversation; keeps eight bytes of each in memory.

Those that name the same ids belong together (Message-ID, References, In-Reply-To); an answer that names none of them
belongs to the last mail of its subject among the same people.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from data.importers.mail.boxes import Place

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from data.importers.mail.header import Header

_PEOPLE_KEPT = 50_000
"""Of one subject; more is no subject of a conversation."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The mails of one conversation, so many of that size in all."""

    number: int
    mails: int
    size: int
    first: Place


class Index:
    """``add`` every mail, then ``join``, then ask."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._parents = array("q")
        self._paths: list[Path] = []
        database.executescript(
            "CREATE TABLE mail (n INTEGER PRIMARY KEY, path INTEGER, start INTEGER, size INTEGER, line INTEGER,"
            " at TEXT, topic TEXT, answers INTEGER, people TEXT, thread INTEGER);"
            "CREATE TABLE known (id BLOB PRIMARY KEY, n INTEGER, written INTEGER) WITHOUT ROWID;"
            "CREATE TABLE person (address TEXT, n INTEGER)"
        )

    def add(self, place: Place, header: Header) -> bool:
        """Keep one mail; False where it is there already, as a copy in another folder."""
        number = len(self._parents)
        written = _digest(header.own) if header.own else b""
        found = self._database.execute("SELECT n, written FROM known WHERE id = ?", (written,)).fetchone()
        if found is not None and found[1]:
            return False
        self._parents.append(number)
        for one in header.ids:
            key = _digest(one)
            other = self._database.execute("SELECT n FROM known WHERE id = ?", (key,)).fetchone()
            if other is not None:
                self._union(number, other[0])
            self._database.execute(
                "INSERT INTO known VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET written = MAX(written, ?)",
                (key, number, key == written, key == written),
            )
        if not self._paths or self._paths[-1] != place.path:
            self._paths.append(place.path)
        people = sorted(header.people)
        self._database.execute(
            "INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                number,
                len(self._paths) - 1,
                place.start,
                place.size,
                place.line,
                header.at,
                header.topic,
                header.answers,
                json.dumps(people),
            ),
        )
        self._database.executemany("INSERT INTO person VALUES (?, ?)", ((one, number) for one in people))
        return True

    def settle(self) -> None:
        """Write down which mails belong together."""
        self._database.executemany(
            "UPDATE mail SET thread = ? WHERE n = ?",
            ((self._root(number), number) for number in range(len(self._parents))),
        )
        self._database.execute("CREATE INDEX IF NOT EXISTS by_thread ON mail (thread, at, n)")

    def often(self, most: int) -> tuple[int, list[tuple[str, int]]]:
        """How many conversations there are, and the addresses that stand in most of them, with their counts."""
        total = self._database.execute("SELECT COUNT(DISTINCT thread) FROM mail").fetchone()[0]
        rows = self._database.execute(
            "SELECT address, COUNT(DISTINCT thread) AS found FROM person JOIN mail USING (n)"
            " GROUP BY address ORDER BY found DESC, address LIMIT ?",
            (most,),
        )
        return total, list(rows)

    def join(self, is_own: Callable[[str], bool]) -> None:
        """Bring answers that name no mail we have to the last of their subject among the same people outside."""
        self._database.execute(
            "UPDATE mail SET answers = 0"
            " WHERE n NOT IN (SELECT n FROM (SELECT n, thread, MIN(at) FROM mail GROUP BY thread))"
        )
        topic, last = "", dict[str, int]()
        for number, own, answers, people in self._database.execute(
            "SELECT n, topic, answers, people FROM mail WHERE topic != '' ORDER BY topic, at, n"
        ):
            if own != topic or len(last) > _PEOPLE_KEPT:
                topic, last = own, {}
            outside = [one for one in json.loads(people) if not is_own(one)]
            before = max((last.get(one, -1) for one in outside), default=-1)
            if answers and before >= 0:
                self._union(number, before)
            last.update(dict.fromkeys(outside, number))
        self.settle()

    def threads(self) -> Iterator[Thread]:
        """The conversations in the order of their first mails."""
        for number, mails, size, first in self._database.execute(
            "SELECT thread, COUNT(*), SUM(size), MIN(n) AS first FROM mail GROUP BY thread ORDER BY first"
        ):
            row = self._database.execute("SELECT path, start, size, line FROM mail WHERE n = ?", (first,)).fetchone()
            yield Thread(number, mails, size, self._place(*row))

    def mails(self, thread: Thread) -> list[Place]:
        """The mails of a conversation, oldest first; those without a time where they lie."""
        rows = self._database.execute(
            "SELECT path, start, size, line FROM mail WHERE thread = ? ORDER BY at, n", (thread.number,)
        )
        return [self._place(*row) for row in rows]

    def _place(self, path: int, start: int, size: int, line: int) -> Place:
        return Place(self._paths[path], start, size, line)

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def _union(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._parents[second] = first


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()
