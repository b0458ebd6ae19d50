"""SQLite connections that answer promptly: what takes microseconds runs where it is asked for, what waits does not.

aiosqlite sends every call (cursor, execute, fetch, close) to a thread and back, which costs many times what SQLite
itself needs for a row by its key. Here only what may wait goes to the thread: opening and closing, BEGIN IMMEDIATE
where another process is writing, COMMIT, which waits for the disk, and PRAGMA. In WAL mode a read waits for nobody.
A request that is cancelled is never cut off within a statement, so it cannot break a connection others share.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable

_WAITS = ("BEGIN IMMEDIATE", "COMMIT", "PRAGMA")
_CHUNK = 64


class InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection; use it from one event loop, one call at a time, as a pool does."""

    @classmethod
    async def open(cls, path: str) -> InlineConnection:
        """Open a database file. The connection passes between loop and thread, but never to both at once."""
        connection = cls(lambda: sqlite3.connect(path, check_same_thread=False), _CHUNK)
        connection._thread.daemon = True
        await connection
        return connection

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if args and args[0] == "BEGIN IMMEDIATE":
            with contextlib.suppress(sqlite3.OperationalError):  # another process writes: wait for it below
                return self._at_once(fn, *args)
        waits = fn.__name__ in {"commit", "close_and_stop"} or (
            args and isinstance(args[0], str) and args[0].startswith(_WAITS)
        )
        if waits:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)

    def _at_once(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Call without waiting for a lock; where one is held it is an OperationalError."""
        (patience,) = self._conn.execute("PRAGMA busy_timeout").fetchone()
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            return fn(*args)
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={patience}")
