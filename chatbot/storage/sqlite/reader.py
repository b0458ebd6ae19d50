"""Single prepared statements that only read SQLite, on a connection that is kept for them.

A statement by itself sees one moment, so it needs no transaction, and in WAL mode it waits for nobody.
"""

from __future__ import annotations

import sqlite3
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from chatbot.storage.prepared import drive

_BUSY_SECONDS = 30.0  # the file is being recovered after a crash


class PointReader:
    """The connection of one process. Use it from one event loop."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @cached_property
    def session(self) -> AsyncSession:
        """Runs prepared statements and nothing else: it is bound to no engine."""
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only=ON")
        self._connection = connection
        session = AsyncSession()
        drive(session, connection)
        return session

    def close(self) -> None:
        """Close the connection, if it was ever opened."""
        if self._connection is not None:
            self._connection.close()
