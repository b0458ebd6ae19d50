"""Sessions on PostgreSQL: two pools of connections, one of them for those who shall not queue behind customers."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import Dialect
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.pool import ConnectionPoolEntry

# PostgreSQL takes 100 connections by default; this leaves room for several servers and for commands beside them.
_CONNECTIONS = 12
_CONNECTIONS_FIRST = 4
_FRESH_SECONDS = 1.0  # a connection that was used so lately is not asked whether it is still there
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class PostgresqlSessions:
    """The sessions of one process. Who goes ``first``, and point reads, have a pool of their own."""

    server = True

    def __init__(self, url: str) -> None:
        self._engines = _engine(url, _CONNECTIONS), _engine(url, _CONNECTIONS_FIRST)  # [first]
        self._readers = [_sessions(engine.execution_options(**_ONE_MOMENT)) for engine in self._engines]
        self._writers = [_sessions(engine) for engine in self._engines]
        self._point_readers = _sessions(self._engines[1].execution_options(isolation_level="AUTOCOMMIT"))

    def read(self, *, first: bool) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that only reads and sees one moment."""
        return self._readers[first]()

    def point_read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session without a transaction."""
        return self._point_readers()

    def write(self, *, first: bool) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that is committed at the end of the block."""
        return self._writers[first].begin()

    async def close(self) -> None:
        """Close every connection."""
        for engine in self._engines:
            await engine.dispose()


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)


def _engine(url: str, connections: int) -> AsyncEngine:
    # Nothing beyond the pool's size: a connection made for one request and closed after it costs more than waiting.
    # Parameters hold what customers wrote; they have no business in an error message.
    engine = create_async_engine(url, hide_parameters=True, pool_size=connections, max_overflow=0, pool_timeout=30.0)
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", partial(_ask_if_there, engine.dialect))
    return engine


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:
    del connection
    record.info["used"] = time.monotonic()


def _ask_if_there(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """As SQLAlchemy's own ping does, but not each time: a busy server would ask before every request."""
    del proxy
    if time.monotonic() - record.info.get("used", 0.0) < _FRESH_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except Exception as error:
        raise InvalidatePoolError from error  # the others are as old; SQLAlchemy connects anew
