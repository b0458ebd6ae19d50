"""The database: three ways to use it (read, point read, write), and the upgrade of its tables at start.

Reads and writes are told apart because SQLite lets one write at a time: a write takes its lock before it reads, where a
read that turns into a write would fail under load. On PostgreSQL writers lock the rows that they change; a read sees
one moment on both. Knows no table; what is SQLite's or PostgreSQL's alone is in a folder of its own.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import func, make_url, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatbot.storage import failures
from chatbot.storage.postgresql.sessions import PostgresqlSessions
from chatbot.storage.sqlite.sessions import SqliteSessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session as SyncSession

# The word services use for a transaction in progress; they need not know whose it is.
Session = AsyncSession

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
        with failures.reached(server=self.server):
            async with self._sessions.read(first=self._first) as session:
                yield session

    @asynccontextmanager
    async def point_read(self) -> AsyncIterator[Session]:
        """A session for a single prepared statement, which sees one moment by itself; nothing is begun for it.

        Raises:
            DatabaseAwayError: as ``read``.

        """
        with failures.reached(server=self.server):
            async with self._sessions.point_read() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """A transaction that may write: committed at the end, rolled back where an error leaves the block.

        Raises:
            DatabaseAwayError: as ``read``; whether a commit under way when it went away was done is not known.
            NotStoredError: the commit failed.

        """
        with failures.reached(server=self.server, writing=True):
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
    with failures.address():
        database = Database.at(url)
    if file := sqlite_file(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with failures.first_use(url, server=database.server):
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
