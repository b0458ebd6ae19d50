"""Group commit for SQLite: writers that wait for each other share one commit, and each is told after it.

SQLite lets one write at a time, and each commit waits for the disk. Here the writers of this process take turns on one
connection, each in a savepoint of its own; whoever finds nobody behind him commits for all. A writer goes on only when
what he wrote is on the disk, so "acknowledged" still means durable; under load it takes one wait for the disk where it
took many. Whoever fails rolls back his own savepoint only. A commit that fails fails all of its writers.

The bot is one writer among many customers. It goes first, or a busy hour would leave its answers for last.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chatbot.errors import NotStoredError
from chatbot.storage.prepared import drive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_MOST = 64  # writers in one commit: those that come later shall not keep the first waiting for ever
_UNDONE = "This could not be stored just now; nothing of it was. Send it again in a moment."


class PriorityLock:
    """A lock that lets some go first. Whoever lets go hands it over, so nobody comes in between."""

    def __init__(self) -> None:
        self.free = True
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @property
    def awaited(self) -> bool:
        """Whether anybody waits."""
        return any(not turn.done() for waiting in (self._first, self._others) for turn in waiting)

    async def take(self, *, first: bool = False) -> None:
        """Wait for the turn. Who is cancelled in the moment it comes hands it on."""
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

    connection: AsyncConnection
    driver: Any
    done: asyncio.Future[None]
    writers: int = 0


@dataclass(slots=True)
class GroupCommit:
    """The writers of one process. Use it from one event loop; ``engine`` begins its transactions for writing."""

    engine: AsyncEngine
    _turns: PriorityLock = field(default_factory=PriorityLock)
    _group: _Group | None = None

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncIterator[AsyncSession]:
        """A session whose changes are durable when the block has ended, and undone where an error leaves it.

        ``first`` goes before all others who wait.

        Raises:
            NotStoredError: the commit failed, or the database undid it.

        """
        await self._wait(first=first)
        try:
            group = await self._joined()
            group.writers += 1
            try:
                async with _savepoint(group) as session:
                    yield session
            finally:
                # A full disk may undo the whole transaction, not the savepoint alone: then nobody is acknowledged.
                if group.writers >= _MOST or not self._turns.awaited or not group.driver.in_transaction:
                    await asyncio.shield(self._commit(group))
        finally:
            self._turns.release()
        await asyncio.shield(group.done)

    async def _wait(self, *, first: bool) -> None:
        """Wait for the turn. Whoever gives up commits for those who had counted on him."""
        try:
            await self._turns.take(first=first)
        except BaseException:
            if self._group is not None and self._turns.free:
                await asyncio.shield(self._commit(self._group))
            raise

    async def _joined(self) -> _Group:
        """The group that is open, or a new one."""
        if self._group is None:
            connection = await self.engine.connect()
            try:
                await connection.begin()
                driver = (await connection.get_raw_connection()).driver_connection
            except BaseException:
                await connection.close()
                raise
            self._group = _Group(connection, driver, asyncio.get_running_loop().create_future())
        return self._group

    async def _commit(self, group: _Group) -> None:
        self._group = None
        try:
            if not group.driver.in_transaction:
                raise NotStoredError(_UNDONE)  # noqa: TRY301
            await group.connection.commit()
        except NotStoredError as error:
            _fail(group, error)
        except DBAPIError as error:
            _fail(group, NotStoredError(_UNDONE), error)
        except BaseException as error:  # noqa: BLE001 - handed on to every writer of the group
            _fail(group, error)
        else:
            group.done.set_result(None)
        finally:
            if group.driver.in_transaction:  # after a commit that failed SQLite would let it be tried again
                group.driver._conn.execute("ROLLBACK")  # noqa: SLF001 - as in _savepoint
            await group.connection.close()


@asynccontextmanager
async def _savepoint(group: _Group) -> AsyncIterator[AsyncSession]:
    """A session whose changes are undone where an error leaves the block.

    The savepoint is set on the driver's connection: most writers run prepared statements only and never need
    SQLAlchemy's session, which sets another one of its own where it is used.
    """
    driver: sqlite3.Connection = group.driver._conn  # noqa: SLF001 - prompt_sqlite.py says why it may be used here
    session = AsyncSession(group.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    drive(session, driver)
    driver.execute("SAVEPOINT writer")
    try:
        yield session
        if session.in_transaction():
            await session.commit()
        driver.execute("RELEASE writer")
    except BaseException:
        if session.in_transaction():
            await asyncio.shield(session.close())
        if driver.in_transaction:
            driver.execute("ROLLBACK TO writer")
            driver.execute("RELEASE writer")
        raise
    if session.in_transaction():
        await session.close()


def _fail(group: _Group, error: BaseException, cause: BaseException | None = None) -> None:
    error.__cause__ = cause
    group.done.set_exception(error)
    group.done.exception()  # a group whose writers all failed has nobody left to ask
