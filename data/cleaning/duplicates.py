"""Which words came before, and under which id: on disk, so that a million take no more memory than ten."""

from __future__ import annotations

import sqlite3

_CACHE_KB = 16 * 1024


class Fingerprints:
    """Fingerprints of conversations, each with the first id it came under. A temporary file, gone when closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size=-{_CACHE_KB}", "journal_mode=OFF", "synchronous=OFF"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE seen (fingerprint BLOB PRIMARY KEY, id TEXT) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first(self, fingerprint: bytes, name: str) -> str:
        """The id that these words came under first: ``name`` where they are new."""
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (fingerprint, name))
        found: str = self._database.execute("SELECT id FROM seen WHERE fingerprint = ?", (fingerprint,)).fetchone()[0]
        return found

    def close(self) -> None:
        """Forget all of them."""
        self._database.close()
