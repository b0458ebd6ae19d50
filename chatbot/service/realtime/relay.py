"""Relays events between server processes that share a PostgreSQL, by LISTEN and NOTIFY (ADR 18).

A notice goes out after the commit, over a connection of its own, with everything that gathered while the one before was
under way. It may be lost, with its process or with the connection; so the relay looks now and then whether the logs
that are followed here have grown, and does so at once when it is connected again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import structlog

from chatbot.service.realtime.hub import DESK
from chatbot.storage.postgresql.notify import LONGEST_NOTICE, LOST, NotifyConnection
from chatbot.storage.queries import conversations as stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.service.background.loops import Heart
    from chatbot.service.realtime.hub import Hub
    from chatbot.storage.database import Database

_LOOK_SECONDS = 10.0
_RECONNECT_SECONDS = 0.5
_MOST_OWED = 10_000
QUIET_SECONDS = 60.0
"""How long a relay that is well may take for one round."""


class Relay:
    """One process' relay. Build it inside the event loop; ``run`` it as a task."""

    def __init__(self, url: str, database: Database, hub: Hub, name: str, on_news: Callable[[str], None]) -> None:
        """``name`` tells this process' own notices apart; ``on_news`` hears whose log another process wrote to."""
        self._url = url
        self._database = database
        self._hub = hub
        self._name = name
        self._on_news = on_news
        self._owed: list[list[Any]] = []
        self._signal = asyncio.Event()
        self._lost = False
        self._seen: dict[str, int] = {}
        self._log = structlog.get_logger("relay")

    def tell(self, conversation_id: str, kind: str | None, payload: dict[str, Any] | None) -> None:
        """Send the others a notice soon; without a kind it says that the log has grown."""
        if len(self._owed) < _MOST_OWED:  # beyond that they look for themselves
            self._owed.append([conversation_id, kind, payload])
            self._signal.set()

    async def run(self, heart: Heart) -> None:
        """Listen and tell until cancelled; a lost connection is made anew."""
        while True:
            connection: NotifyConnection | None = None
            try:
                self._lost = False
                connection = await NotifyConnection.open(self._url, self._hear, self._hang_up)
                await self._look()
                while not self._lost:
                    await self._work(connection)
                    heart.beat()
                self._log.warning("the listening connection was lost")
            except LOST as error:
                self._log.warning("no connection to listen on", error=type(error).__name__)
                heart.failed(error)
            except Exception as error:  # noqa: BLE001 - whatever it is must not end the relay for good
                self._log.exception("the relay failed")
                heart.failed(error)
            finally:
                if connection is not None:
                    await connection.close()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _work(self, connection: NotifyConnection) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._signal.wait()
        if not self._signal.is_set():
            await self._look()
            return
        self._signal.clear()
        owed, self._owed = self._owed, []
        for notice in notices(self._name, owed):
            await connection.send(notice)

    async def _look(self) -> None:
        """Wake the listeners of every followed conversation whose log has grown since the last look."""
        async with self._database.read() as session:
            now = await stored.last_seqs(session, self._hub.listened())
        for conversation_id, seq in now.items():
            if self._seen.get(conversation_id) != seq:
                self._hub.receive(conversation_id, None, None)
                self._on_news(conversation_id)
        self._seen = now
        self._hub.receive(DESK, None, None)  # the feed of the desk is looked at without asking

    def _hear(self, notice: str) -> None:
        name, told = json.loads(notice)
        if name == self._name:
            return
        for conversation_id, kind, payload in told:
            self._hub.receive(conversation_id, kind, payload)
            if kind is None:
                self._on_news(conversation_id)

    def _hang_up(self) -> None:
        self._lost = True
        self._signal.set()


def notices(name: str, owed: list[list[Any]]) -> list[str]:
    """What is to be sent as few notices, each short enough; what is too long by itself is left to ``message.done``."""
    room = LONGEST_NOTICE - len(json.dumps([name, []]))
    made: list[list[str]] = []
    left = 0
    # Each once, at its last place: a draft is over when its message is in the log, not before.
    for one in reversed(dict.fromkeys(json.dumps(one) for one in reversed(owed))):
        if len(one) + 1 > room:
            continue
        if len(one) + 1 > left:
            made.append([])
            left = room
        made[-1].append(one)
        left -= len(one) + 1
    return [f"[{json.dumps(name)},[{','.join(parts)}]]" for parts in made]
