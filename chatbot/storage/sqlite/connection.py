"""SQLite through the standard library's ``sqlite3``, as a driver of SQLAlchemy's async engine.

A row by its key takes microseconds, the way to a thread and back many times that. So a statement runs where it is asked
for, on the event loop; in WAL mode a read waits for nobody. Only a statement that is marked as a long read goes to a
thread. A request that is cancelled is never cut off within one of the others.

Of SQLAlchemy this uses what it has for drivers that others write: the registry of dialects and ``connectors.asyncio``,
which expects of a driver the async methods below and no other.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chatbot.storage.long_read import LONG_READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Pool

_BUSY_SECONDS = 30.0
_WAL_ATTEMPTS = 100
_WAL_PAUSE = 0.05


def open_sqlite(path: str) -> sqlite3.Connection:
    """Open a database file. The caller begins transactions; several threads may use it, one at a time."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(connection)
        # FULL: what a customer was told is stored survives a power cut as well.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def sqlite_engine(connect: Callable[[], InlineConnection], pool: type[Pool]) -> AsyncEngine:
    """An engine on the connections that ``connect`` makes; it begins no transactions by itself."""

    def adapted() -> AsyncAdapt_dbapi_connection:
        return AsyncAdapt_dbapi_connection(sqlite3, connect())  # type: ignore[arg-type]  # asks for no other names

    # Parameters hold what customers wrote; they have no business in an error message.
    return create_async_engine("sqlite+inline://", creator=adapted, poolclass=pool, hide_parameters=True)


class InlineConnection:
    """A connection, async in form. Use it from one event loop, one call at a time, as a pool does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> InlineCursor:
        """Open a cursor."""
        return InlineCursor(self._connection)

    async def commit(self) -> None:
        """Commit, if anything was begun."""
        self._connection.commit()

    async def rollback(self) -> None:
        """Roll back, if anything was begun."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close for good; what is not committed is rolled back."""
        self._connection.close()


class InlineCursor:
    """A cursor, async in form. ``description``, ``rowcount``, ``lastrowid`` and ``arraysize`` are ``sqlite3``'s."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._rows: list[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> None:
        """Execute at once; a statement that is marked as a long read on another thread, its rows with it."""
        if LONG_READ in statement:
            self._rows = await self._on_thread(lambda: self._cursor.execute(statement, parameters).fetchall())
        else:
            self._rows = None
            self._cursor.execute(statement, parameters)

    async def executemany(self, statement: str, parameters: Any) -> None:
        """Execute once for each set of parameters."""
        self._cursor.executemany(statement, parameters)

    async def fetchall(self) -> list[Any]:
        """All rows."""
        return self._cursor.fetchall() if self._rows is None else self._rows

    async def close(self) -> None:
        """Close; the rows that were fetched stay."""
        self._cursor.close()

    async def _on_thread(self, work: Callable[[], list[Any]]) -> list[Any]:
        """Work on a thread. Cancelling interrupts the statement, and waits until the connection is free again."""
        working = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            self._connection.interrupt()
            await asyncio.wait([working])
            working.exception()  # "interrupted", most likely
            raise


class InlineDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for ``sqlite3``, under a name of its own for an async engine."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    def on_connect(self) -> None:  # type: ignore[override]
        """Nothing: ``open_sqlite`` has set up the connection, and no query needs functions in Python."""

    def get_driver_connection(self, connection: Any) -> Any:
        """The connection that was adapted."""
        return connection.driver_connection


registry.register("sqlite.inline", __name__, InlineDialect.__name__)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL, once for good.

    SQLite does not wait for a lock here, whatever the busy timeout says; two processes that start on a new file at
    the same time would otherwise fail.
    """
    for attempt in range(_WAL_ATTEMPTS):
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(_WAL_PAUSE)
