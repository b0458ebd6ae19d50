"""The database: three ways to use it (read, point read, write), and the upgrade of its tables at start.

Reads and writes are told apart because SQLite lets one write at a time: a write takes its lock before it reads, where a
read that turns into a write would fail under load. On PostgreSQL writers lock the rows that they change; a read sees
one moment on both. Knows no table; what is SQLite's or PostgreSQL's alone is in a folder of its own.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from chatbot.errors import DatabaseAwayError, NotStoredError
from chatbot.storage.postgresql.sessions import PostgresqlSessions
from chatbot.storage.sqlite.sessions import SqliteSessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session as SyncSession

# The word services use for a transaction in progress; they need not know whose it is.
Session = AsyncSession

_AWAY = ("08", "53300", "57P")  # connection lost, too many of them, server going or coming
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FULL = ("SQLITE_FULL", "SQLITE_IOERR")
_FULL_SENTENCE = "The disk took no more; nothing of this was stored. Send it again when there is room."
_AWAY_SENTENCE = "The database cannot be reached; try again in a moment."
_UPGRADE_LOCK = 0x75706772616465  # "upgrade", among PostgreSQL's advisory locks
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass
class Database:
    """One database, and three kinds of session. Close it when done."""

    _sessions: SqliteSessions | PostgresqlSessions
    _first: bool = False

    @classmethod
    def at(cls, url: str) -> Database:
        """The database of an SQLAlchemy address; of an SQLite address only the file counts."""
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return cls(SqliteSessions(address.database or ""))
        return cls(PostgresqlSessions(url))

    @property
    def server(self) -> bool:
        """Whether it is reached over a connection, and perhaps shared with other processes."""
        return self._sessions.server

    def first_in_line(self) -> Database:
        """The same database, for one who does not queue behind customers: the bot.

        Writers on SQLite let it go first; on PostgreSQL it has connections of its own.
        """
        return replace(self, _first=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A transaction that only reads and sees one moment; it is rolled back at the end.

        Raises:
            DatabaseAwayError: the database cannot be reached, or is busy for longer than anybody waits.

        """
        with _reached(server=self.server):
            async with self._sessions.read(first=self._first) as session:
                yield session

    @asynccontextmanager
    async def point_read(self) -> AsyncIterator[Session]:
        """A session for a single prepared statement, which sees one moment by itself; nothing is begun for it.

        Raises:
            DatabaseAwayError: as ``read``.

        """
        with _reached(server=self.server):
            async with self._sessions.point_read() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """A transaction that may write: committed at the end, rolled back where an error leaves the block.

        Raises:
            DatabaseAwayError: as ``read``; whether a commit under way when it went away was done is not known.
            NotStoredError: the commit failed.

        """
        with _reached(server=self.server):
            async with self._sessions.write(first=self._first) as session:
                yield session

    async def upgrade(self) -> None:
        """Run the migrations that are missing; two processes at once do no harm, one waits for the other."""
        async with self.write() as session:
            await session.run_sync(_upgrade)

    async def close(self) -> None:
        """Close every connection."""
        await self._sessions.close()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """A database with its tables up to date, closed at the end of the block.

    The folder of an SQLite file is made where it is missing.
    """
    database = Database.at(url)
    if file := sqlite_file(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        await database.upgrade()
        yield database
    finally:
        await database.close()


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite address; None for a database on a server."""
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def migration_config(connection: Connection) -> Config:
    """Alembic's settings, bound to an open connection; there is no ini file to find."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(session: SyncSession) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
    command.upgrade(migration_config(connection), "head")


@contextmanager
def _reached(*, server: bool) -> Iterator[None]:
    """Tell a lost or refused connection apart from a mistake of ours; the pool makes new ones by itself."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:  # SQLite's own: of a prepared statement
        told = _told(error)
        if told is None:
            raise
        raise told from error
    except (OSError, PoolTimeoutError) as error:
        if not server:
            raise
        raise DatabaseAwayError(_AWAY_SENTENCE) from error


def _told(error: DBAPIError | sqlite3.Error) -> DatabaseAwayError | NotStoredError | None:
    """What an error of the driver means to a caller; None where it is a mistake of ours."""
    lost = False
    cause: BaseException | None = error
    if isinstance(error, DBAPIError):
        lost, cause = error.connection_invalidated, error.orig
    name, state = getattr(cause, "sqlite_errorname", ""), getattr(cause, "sqlstate", None) or ""
    if name.startswith(_FULL):
        return NotStoredError(_FULL_SENTENCE)
    if lost or state.startswith(_AWAY) or name.startswith(_BUSY):
        return DatabaseAwayError(_AWAY_SENTENCE)
    return None
