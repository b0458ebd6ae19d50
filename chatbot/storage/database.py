"""The database: engine, transactions and the upgrade at start.

Reads and writes are told apart because SQLite wants to know at BEGIN: a write takes the lock at once
(BEGIN IMMEDIATE) and waits its turn, where a read that turns into a write would fail under load. On PostgreSQL writers
lock the rows that they change; a read sees one moment on both.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event, func, make_url, select
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from chatbot.errors import DatabaseAwayError, NotStoredError
from chatbot.storage.sqlite.connection import InlineConnection
from chatbot.storage.sqlite.group_commit import GroupCommit
from chatbot.storage.sqlite.reader import PointReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.pool import ConnectionPoolEntry

# The word services use for a transaction in progress; they need not know whose it is.
Session = AsyncSession

_BUSY_MILLISECONDS = 30_000
_WAL_ATTEMPTS = 100
_WAL_PAUSE = 0.05
_WRITES = "understudy_writes"
# PostgreSQL takes 100 connections by default; this leaves room for several servers and for commands beside them.
# Nothing beyond the pool's size: a connection made for one request and closed after it costs more than waiting.
_POOL = {"pool_size": 12, "max_overflow": 0, "pool_timeout": 30.0}
_POOL_BESIDE = {"pool_size": 4, "max_overflow": 0, "pool_timeout": 30.0}
_FRESH_SECONDS = 1.0  # a connection that was used so lately is not asked whether it is still there
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_AWAY = ("08", "53300", "57P")  # connection lost, too many of them, server going or coming
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FULL = ("SQLITE_FULL", "SQLITE_IOERR")
_FULL_SENTENCE = "The disk took no more; nothing of this was stored. Send it again when there is room."
_AWAY_SENTENCE = "The database cannot be reached; try again in a moment."
_UPGRADE_LOCK = 0x75706772616465  # "upgrade", among PostgreSQL's advisory locks
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One engine and two kinds of transaction. Close it when done."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        sqlite = self.engine.dialect.name == "sqlite"
        self.server = not sqlite  # reached over a connection, and perhaps shared with other processes
        self._readers = async_sessionmaker(
            self.engine if sqlite else self.engine.execution_options(**_ONE_MOMENT), expire_on_commit=False
        )
        # A second pool. On SQLite its connections answer on threads of their own, for what takes long; on PostgreSQL it
        # is for those who shall not queue behind the customers: the bot, and streams that read on.
        self._beside = _engine(url, prompt=False, pool=_POOL_BESIDE)
        self._long_readers = async_sessionmaker(self._beside, expire_on_commit=False) if sqlite else self._readers
        self._glancers = async_sessionmaker(self._beside.execution_options(isolation_level="AUTOCOMMIT"))
        self._point_reader = PointReader(self.engine.url.database or "") if sqlite else None
        self._writers = async_sessionmaker(self.engine, expire_on_commit=False)
        self._first_writers = async_sessionmaker(self._beside, expire_on_commit=False)
        # SQLite lets one write at a time, and those who wait for it sleep and try again. Within this process they
        # queue instead, without the sleeping, and share the commit.
        self._grouped = GroupCommit(self.engine.execution_options(**{_WRITES: True})) if sqlite else None

    @asynccontextmanager
    async def read(self, *, long: bool = False) -> AsyncIterator[Session]:
        """A transaction that only reads and sees one moment; it is rolled back at the end.

        ``long`` is for queries that may look at more than a few hundred rows: SQLite answers them on another thread,
        where all others are answered at once and the event loop waits.

        Raises:
            DatabaseAwayError: the database cannot be reached, or is busy for longer than anybody waits.

        """
        with _reached(server=self.server):
            async with (self._long_readers if long else self._readers)() as session:
                yield session

    @asynccontextmanager
    async def point_read(self) -> AsyncIterator[Session]:
        """A session for a single prepared statement, which sees one moment by itself; nothing is begun for it.

        Raises:
            DatabaseAwayError: as ``read``.

        """
        with _reached(server=self.server):
            if self._point_reader is None:
                async with self._glancers() as session:
                    yield session
            else:
                yield self._point_reader.session

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncIterator[Session]:
        """A transaction that may write: committed at the end, rolled back where an error leaves the block.

        ``first`` goes before others where writers wait for each other.

        Raises:
            DatabaseAwayError: as ``read``; whether a commit under way when it went away was done is not known.
            NotStoredError: the commit failed.

        """
        with _reached(server=self.server):
            if self._grouped is not None:
                async with self._grouped.write(first=first) as session:
                    yield session
            else:
                writers = self._first_writers if first else self._writers
                async with writers() as session, session.begin():
                    yield session

    async def upgrade(self) -> None:
        """Bring the tables to this version of the program."""
        await upgrade(self.engine)

    async def close(self) -> None:
        """Close every connection."""
        if self._point_reader is not None:
            self._point_reader.close()
        await self._beside.dispose()
        await self.engine.dispose()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """A database with its tables up to date, closed at the end of the block.

    The folder of an SQLite file is made where it is missing.
    """
    path = make_url(url).database
    if path and url.startswith("sqlite"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    database = Database(url)
    try:
        await database.upgrade()
        yield database
    finally:
        await database.close()


async def upgrade(engine: AsyncEngine) -> None:
    """Run the migrations that are missing; two processes at once do no harm, one waits for the other."""
    async with engine.execution_options(**{_WRITES: True}).begin() as connection:
        await connection.run_sync(_upgrade)


def migration_config(connection: Connection) -> Config:
    """Alembic's settings, bound to an open connection; there is no ini file to find."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
    command.upgrade(migration_config(connection), "head")


def _engine(url: str, *, prompt: bool = True, pool: Mapping[str, Any] = _POOL) -> AsyncEngine:
    # Parameters hold what customers wrote; they have no business in an error message.
    options: dict[str, Any] = {**pool}
    if url.startswith("sqlite"):
        opened = partial(InlineConnection.open, make_url(url).database or ":memory:")
        options = {"async_creator": opened} if prompt else {}
    engine = create_async_engine(url, hide_parameters=True, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        event.listen(engine.sync_engine, "checkin", _note_use)
        event.listen(engine.sync_engine, "checkout", _ask_if_there)
    return engine


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:
    del connection
    record.info["used"] = time.monotonic()


def _ask_if_there(connection: Any, record: ConnectionPoolEntry, proxy: object) -> None:
    """As SQLAlchemy's own ping does, but not each time: a busy server would ask before every request."""
    del proxy
    if time.monotonic() - record.info.get("used", 0.0) < _FRESH_SECONDS:
        return
    try:
        connection.ping()
    except Exception as error:
        raise InvalidatePoolError from error  # the others are as old; SQLAlchemy connects anew


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


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _use_wal(cursor)
    # FULL: what a customer was told is stored survives a power cut as well.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch the file to WAL, once for good.

    SQLite does not wait for a lock here, whatever the busy timeout says; two processes that start on a new file at
    the same time would otherwise fail.
    """
    for attempt in range(_WAL_ATTEMPTS):
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone()[0] == "wal":
            return
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except Exception as error:
            if "locked" not in str(error) or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(_WAL_PAUSE)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
