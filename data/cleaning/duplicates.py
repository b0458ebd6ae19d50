"""Which words came before, and under which id: on disk, so that a million take no more memory than ten."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from data.scratch import scratch

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


class Fingerprints:
    """Fingerprints of conversations, each with the first id it came under."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("CREATE TABLE seen (fingerprint BLOB PRIMARY KEY, id TEXT) WITHOUT ROWID")

    def first(self, fingerprint: bytes, name: str) -> str:
        """The id that these words came under first: ``name`` where they are new."""
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (fingerprint, name))
        found: str = self._database.execute("SELECT id FROM seen WHERE fingerprint = ?", (fingerprint,)).fetchone()[0]
        return found


@contextmanager
def fingerprints() -> Iterator[Fingerprints]:
    """Fingerprints of nothing yet, forgotten after the block. Raises OSError as ``scratch``."""
    with scratch() as database:
        yield Fingerprints(database)
