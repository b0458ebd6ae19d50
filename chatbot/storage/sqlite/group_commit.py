"""Group commit for SQLite: writers that wait for each other share one commit, and each is told after it.

SQLite lets one write at a time, and each commit waits for the disk. Here the writers of this process take turns on one
connection, each in a savepoint of its own; one that finds nobody waiting commits for all. A writer goes on only when
what it wrote is on the disk, so "acknowledged" still means durable; under load it takes one wait for the disk where it
took many. One that fails rolls back its own savepoint only. A commit that fails fails all of its writers.

The bot is one writer among many customers. It goes first, or a busy hour would leave its answers for last.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from chatbot.errors import NotStoredError
from chatbot.storage.prepared import drive
from chatbot.storage.sqlite.connection import InlineConnection, open_sqlite, sqlite_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST = 64  # writers in one commit: those that come later shall not keep the first waiting for ever
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)  # seconds between two looks whether another process has done writing
_PATIENCE = 30.0
_UNDONE = "This could not be stored just now; nothing of it was. Send it again in a moment."


class PriorityLock:
    """A lock that lets some go first. It is handed over directly, so nobody comes in between."""

    def __init__(self) -> None:
        self.free = True
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @property
    def awaited(self) -> bool:
        """Whether anybody waits."""
        return any(not turn.done() for waiting in (self._first, self._others) for turn in waiting)

    async def take(self, *, first: bool = False) -> None:
        """Wait for the turn; cancelled in the moment it comes, it is handed on."""
        if self.free:
            self.free = False
            return
        turn = asyncio.get_running_loop().create_future()
        (self._first if first else self._others).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Hand the turn on; it is free where nobody waits."""
        for waiting in (self._first, self._others):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():  # those who gave up stay in line until it comes to them
                    turn.set_result(None)
                    return
        self.free = True


@dataclass(slots=True)
class _Group:
    """The writers since the last commit."""

    driver: sqlite3.Connection
    done: asyncio.Future[None]
    writers: int = 0


class _GroupConnection(InlineConnection):
    """The group's connection as a writer's session sees it: the session neither ends the transaction nor closes."""

    async def commit(self) -> None:
        """Do nothing. What the session wrote is in the writer's savepoint, which is released or rolled back."""

    rollback = close = commit


class GroupCommit:
    """The writers of one process on one file. Use it from one event loop; close it when done."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._turns = PriorityLock()
        self._group: _Group | None = None
        self._driver: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._engine = sqlite_engine(lambda: _GroupConnection(self._opened()), NullPool)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncIterator[AsyncSession]:
        """A session whose changes are durable when the block has ended, and undone where an error leaves it.

        ``first`` goes before all others who wait.

        Raises:
            NotStoredError: the commit failed, or the database undid it.
            sqlite3.OperationalError: another process writes for longer than anybody waits.

        """
        await self._wait(first=first)
        try:
            group = self._group or await self._begun()
        except BaseException:
            self._turns.release()
            raise
        group.writers += 1
        try:
            async with self._savepoint(group.driver) as session:
                yield session
        finally:
            # A full disk may undo the whole transaction, not the savepoint alone: then nobody is acknowledged.
            if group.writers >= _MOST or not self._turns.awaited or not group.driver.in_transaction:
                await asyncio.shield(self._commit(group))
            else:
                self._turns.release()
        await asyncio.shield(group.done)

    async def close(self) -> None:
        """Close the connection, after the writers that have begun."""
        await self._turns.take()
        if self._group is None:
            self._turns.release()
        else:
            await self._commit(self._group)
        self._thread.shutdown()
        await self._engine.dispose()
        self._drop()

    async def _wait(self, *, first: bool) -> None:
        """Wait for the turn; a writer that gives up commits for those before it, who had counted on it."""
        try:
            await self._turns.take(first=first)
        except BaseException:
            if self._group is not None and self._turns.free:
                await self._turns.take()
                await asyncio.shield(self._commit(self._group))
            raise

    async def _begun(self) -> _Group:
        """A new group, in a transaction that may write. No thread waits here, so giving up leaves no lock behind."""
        driver, loop = self._opened(), asyncio.get_running_loop()
        end, attempt = loop.time() + _PATIENCE, 0
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or loop.time() > end:
                    raise
            else:
                self._group = _Group(driver, loop.create_future())
                return self._group
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    async def _commit(self, group: _Group) -> None:
        """Commit on the thread, tell the group, and let go of the turn."""
        self._group = None
        try:
            if not group.driver.in_transaction:
                raise NotStoredError(_UNDONE)  # noqa: TRY301
            await asyncio.get_running_loop().run_in_executor(self._thread, commit, group.driver)
        except sqlite3.Error as error:
            _fail(group, NotStoredError(_UNDONE), error)
        except BaseException as error:  # noqa: BLE001 - handed on to every writer of the group
            _fail(group, error)
        else:
            group.done.set_result(None)
        finally:
            if group.driver.in_transaction:  # after a commit that failed SQLite would let it be tried again
                self._drop()
            self._turns.release()

    def _opened(self) -> sqlite3.Connection:
        if self._driver is None:
            self._driver = open_sqlite(self._path)
            self._driver.execute("PRAGMA busy_timeout=0")  # _begun waits for other processes, the event loop does not
        return self._driver

    def _drop(self) -> None:
        """Close the connection, which rolls back; the next group opens another."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    @asynccontextmanager
    async def _savepoint(self, driver: sqlite3.Connection) -> AsyncIterator[AsyncSession]:
        """A session whose changes are undone where an error leaves the block.

        Most writers run prepared statements only, and their session never takes the connection.
        """
        session = self._sessions()
        drive(session, driver)
        driver.execute("SAVEPOINT writer")
        try:
            yield session
            if session.in_transaction():
                await session.commit()
            driver.execute("RELEASE writer")
        except BaseException:
            await session.close()
            if driver.in_transaction:
                driver.execute("ROLLBACK TO writer")
                driver.execute("RELEASE writer")
            raise


def commit(driver: sqlite3.Connection) -> None:
    """Commit, which waits for the disk. A function, so that a test can let it fail."""
    driver.commit()


def _fail(group: _Group, error: BaseException, cause: BaseException | None = None) -> None:
    error.__cause__ = cause
    group.done.set_exception(error)
    group.done.exception()  # a group whose writers all failed has nobody left to ask
