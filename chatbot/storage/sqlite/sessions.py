"""Sessions on SQLite: readers from a pool, point reads on one connection, writers in groups that share a commit."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from chatbot.storage.prepared import drive
from chatbot.storage.sqlite.connection import InlineConnection, open_sqlite, sqlite_engine
from chatbot.storage.sqlite.group_commit import GroupCommit

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection


class SqliteSessions:
    """The sessions of one process on one file. Use it from one event loop; close it when done."""

    server = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._engine = sqlite_engine(lambda: InlineConnection(open_sqlite(path)), AsyncAdaptedQueuePool)
        event.listen(self._engine.sync_engine, "begin", _begin)
        self._readers = async_sessionmaker(self._engine, expire_on_commit=False)
        self._point_driver: sqlite3.Connection | None = None
        self._point_session = AsyncSession()  # bound to no engine: it runs prepared statements and nothing else
        self._group_commit = GroupCommit(path)

    def read(self, *, first: bool) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that only reads. Readers wait for nobody, so nobody goes ``first``."""
        del first
        return self._readers()

    def point_read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The one session for single prepared statements: each sees one moment, and needs no transaction for it."""
        if self._point_driver is None:
            self._point_driver = open_sqlite(self._path)
            self._point_driver.execute("PRAGMA query_only=ON")
            drive(self._point_session, self._point_driver)
        return nullcontext(self._point_session)

    def write(self, *, first: bool) -> AbstractAsyncContextManager[AsyncSession]:
        """A turn among the writers, see ``GroupCommit.write``."""
        return self._group_commit.write(first=first)

    async def close(self) -> None:
        """Close every connection."""
        await self._group_commit.close()
        await self._engine.dispose()
        if self._point_driver is not None:
            self._point_driver.close()


def _begin(connection: Connection) -> None:
    """Begin a transaction that sees the moment of its first statement; ``sqlite3`` would begin none."""
    connection.exec_driver_sql("BEGIN")
