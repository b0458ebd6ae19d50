"""Gathers the rows of a table by conversation, wherever in the file they lie: on disk, so that memory stays small.

Time grows with the rows, not with their square: the conversations are sorted once, then each is looked up. One that has
grown beyond the limits is told without being read. Knows no columns; a row's body is text to it.
"""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CACHE_KB = 16 * 1024


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one conversation: the line of the first, how many they are, and the sum of their sizes."""

    conversation: str
    first: int
    rows: int
    size: int


class Gathered:
    """A temporary database of rows. Add all, then ask for the groups and what is in them."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # Nobody needs this file after a crash.
        for pragma in (f"cache_size=-{_CACHE_KB}", "journal_mode=OFF", "synchronous=OFF"):
            database.execute(f"PRAGMA {pragma}")
        database.execute("CREATE TABLE part (conversation TEXT, line INTEGER, size INTEGER, body TEXT)")

    def add(self, conversation: str, line: int, body: str) -> None:
        """One more row and its line in the file."""
        self._database.execute("INSERT INTO part VALUES (?, ?, ?, ?)", (conversation, line, len(body), body))

    def size(self) -> int:
        """The sum of all rows, in characters of their bodies."""
        found: int | None = self._database.execute("SELECT SUM(size) FROM part").fetchone()[0]
        return found or 0

    def groups(self) -> Iterator[Group]:
        """The conversations in the order of their first rows."""
        self._database.execute("CREATE INDEX by_conversation ON part (conversation, line, size)")
        for row in self._database.execute(
            "SELECT conversation, MIN(line) AS first, COUNT(*), SUM(size) FROM part"
            " GROUP BY conversation ORDER BY first"
        ):
            yield Group(*row)

    def bodies(self, group: Group) -> Iterator[tuple[int, str]]:
        """Line and body of each row of a conversation, in the order of the file."""
        return self._database.execute(
            "SELECT line, body FROM part WHERE conversation = ? ORDER BY line", (group.conversation,)
        )


@contextmanager
def gathering() -> Iterator[Gathered]:
    """A place for the rows of one file; it is gone after the block.

    Raises:
        OSError: the disk for temporary files takes no more.

    """
    database = sqlite3.connect("")  # a temporary file
    try:
        yield Gathered(database)
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
            raise
        raise OSError(errno.ENOSPC, "no room in the folder for temporary files (TMPDIR)") from error
    finally:
        database.close()
