"""Group commit for SQLite: writers that wait for each other share one commit, and each is told after it.

SQLite lets one write at a time, and each commit waits for the disk. Here the writers of this process take turns on one
connection, each in a savepoint of its own; whoever finds nobody behind him commits for all. A writer goes on only when
what he wrote is on the disk, so "acknowledged" still means durable; under load it takes one wait for the disk where it
took many. Whoever fails rolls back his own savepoint only. A commit that fails fails all of its writers.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_MOST = 64  # writers in one commit: those that come later shall not keep the first waiting for ever


class UndoneError(Exception):
    """The database undid a transaction by itself."""


@dataclass(slots=True)
class _Group:
    """The writers since the last commit."""

    connection: AsyncConnection
    driver: Any
    done: asyncio.Future[None]
    writers: int = 0


@dataclass(slots=True)
class GroupedWriters:
    """The writers of one process. Use it from one event loop; ``engine`` begins its transactions for writing."""

    engine: AsyncEngine
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _group: _Group | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are durable when the block has ended, and undone where an error leaves it."""
        await self._wait()
        try:
            group = await self._joined()
            group.writers += 1
            try:
                opened = AsyncSession(
                    group.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
                )
                async with opened as session, session.begin():
                    yield session
            finally:
                # A full disk may undo the whole transaction, not the savepoint alone: then nobody is acknowledged.
                if not self._waiting or group.writers >= _MOST or not group.driver.in_transaction:
                    await asyncio.shield(self._commit(group))
        finally:
            self._turn.release()
        await asyncio.shield(group.done)

    async def _wait(self) -> None:
        """Wait for the turn. Whoever gives up commits for those who had counted on him."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._waiting -= 1
            if self._group is not None and not self._waiting and not self._turn.locked():
                await asyncio.shield(self._commit(self._group))
            raise
        self._waiting -= 1

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
                raise UndoneError("The transaction was undone; nothing of it is stored.")  # noqa: TRY301
            await group.connection.commit()
        except BaseException as error:  # noqa: BLE001 - handed on to every writer of the group
            group.done.set_exception(error)
            group.done.exception()  # a group whose writers all failed has nobody left to ask
        else:
            group.done.set_result(None)
        finally:
            await group.connection.close()
