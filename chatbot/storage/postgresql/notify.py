"""LISTEN and NOTIFY: messages between the server processes on one PostgreSQL, on a connection of their own.

A notice is lost where nobody listens. It only wakes the others; what is true is in the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNEL = "understudy"
LONGEST_NOTICE = 7900
"""Bytes; PostgreSQL takes less than 8000."""
_TIMEOUT = 10.0

# What a connection that is going, gone or refused may raise.
LOST: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class NotifyConnection:
    """An open connection that listens and notifies. Use it from the event loop it was made in."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str, on_notice: Callable[[str], None], on_lost: Callable[[], None]) -> NotifyConnection:
        """Connect to the database of an SQLAlchemy address and listen.

        Raises:
            OSError, asyncpg.PostgresError, TimeoutError: it cannot be reached (one of ``LOST``).

        """
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(address, timeout=_TIMEOUT)
        connection.add_termination_listener(lambda _: on_lost())
        await connection.add_listener(CHANNEL, lambda *notice: on_notice(notice[-1]))
        return cls(connection)

    async def send(self, notice: str) -> None:
        """Tell everybody who listens, this process too; raises one of ``LOST``."""
        await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, notice, timeout=_TIMEOUT)

    async def close(self) -> None:
        """Hang up, without waiting for an answer that may never come."""
        self._connection.terminate()
