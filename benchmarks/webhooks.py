"""Webhooks through a bad receiver: it fails some, stalls at times, hangs up, dies and comes back; the sender is killed.

``python -m benchmarks.webhooks [--events 10000] [--conversations 500]``. Events are appended to the log of a fresh
desk as the product does it; a real receiver gets them, verifies each, counts ids and checks each conversation's order.
Tries are hastened: the waits of 5 s and more are a tenth of a second, or the run would take three days. Prints a
table, and one JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from prometheus_client import CollectorRegistry
from standardwebhooks import Webhook

from chatbot.clock import real_clock
from chatbot.service.access.encryption import Encryptor
from chatbot.service.background.loops import Loops
from chatbot.service.outgoing.addresses import Allowed
from chatbot.service.outgoing.door import Door
from chatbot.service.realtime.event import EventKind
from chatbot.service.realtime.hub import Hub
from chatbot.service.webhooks import endpoints, schedule, sending
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import events as log
from chatbot.storage.queries import webhooks as stored
from chatbot.storage.tables.conversations import ConversationRow

FAILS, STALLS, HANGS_UP = 0.20, 0.002, 0.01
CLOCK = real_clock()


class BadReceiver:
    """Takes a request with some luck; what it has taken is in ``taken``, in the order in which it was."""

    def __init__(self) -> None:
        self.chance = random.Random(20261129)
        self.taken: list[tuple[str, str, int]] = []
        self.first: dict[str, float] = {}
        self.asked = 0
        self.secret = ""
        self.server: asyncio.Server | None = None
        self.open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=256)
        self.port = self.server.sockets[0].getsockname()[1]

    async def die(self) -> None:
        """Hear nobody any more."""
        assert self.server is not None
        self.server.close()
        for writer in self.open:
            writer.transport.abort()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
                headers = dict(_pair(line) for line in head if line)
                body = await reader.readexactly(int(headers["content-length"]))
                self.asked += 1
                luck = self.chance.random()
                if luck < HANGS_UP:
                    break
                if luck < HANGS_UP + STALLS:
                    await asyncio.sleep(3)
                status = b"500 No" if self.chance.random() < FAILS else b"204 Well"
                if status[:1] == b"2":
                    said = Webhook(self.secret).verify(body, headers)
                    self.first.setdefault(headers["webhook-id"], time.monotonic())
                    self.taken.append(
                        (headers["webhook-id"], said["data"]["conversation_id"], said["data"]["conversation_seq"])
                    )
                writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        self.open.discard(writer)
        writer.close()


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


async def write(database: object, hub: Hub, events: int, conversations: int) -> None:
    """Append so many events, of so many conversations, as a busy desk does."""
    names = [CLOCK.new_id("c") for _ in range(conversations)]
    async with database.write() as session:
        for name in names:
            now = CLOCK.now()
            session.add(
                ConversationRow(
                    id=name,
                    status="open",
                    owner="bot",
                    last_seq=0,
                    episode=1,
                    episode_seq=1,
                    created_at=now,
                    updated_at=now,
                )
            )
    state = {name: SimpleNamespace(id=name, last_seq=0) for name in names}
    for start in range(0, events, 20):
        async with database.write() as session:
            for place in range(start, min(start + 20, events)):
                row = state[names[place % conversations]]
                kind = EventKind.STARTED if row.last_seq == 0 else EventKind.MESSAGE_CREATED
                said = {"id": CLOCK.new_id("m"), "role": "customer", "text": "words that are not told"}
                await log.append(session, row, kind, said, at=CLOCK.now())
        hub.publish(names[start % conversations])
        await asyncio.sleep(0)


async def measure(events: int, conversations: int) -> dict[str, object]:
    """One run; what it counted."""
    schedule._DELAYS = (timedelta(seconds=0.1),) * 9  # noqa: SLF001 - see above
    sending._SECONDS = 2.0  # noqa: SLF001
    receiver = BadReceiver()
    await receiver.start()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        encryptor, door = Encryptor(b"benchmark"), Door(Allowed.of(["127.0.0.1"]))
        async with open_database(settings.database()) as database:
            async with database.write() as session:
                change = endpoints.Change(url=f"http://127.0.0.1:{receiver.port}/")
                made, receiver.secret = await endpoints.create(session, change, door, encryptor, CLOCK)
            hub, loops, began = Hub(CLOCK), Loops(), time.monotonic()

            def begin() -> object:
                sender = sending.Sender(settings, database, hub, door, encryptor, CLOCK, CollectorRegistry())
                return sender.start(loops)

            loop = begin()
            writing = asyncio.create_task(write(database, hub, events, conversations))
            deaths = kills = 0
            while len(receiver.first) < events and time.monotonic() - began < 900:
                await asyncio.sleep(5)
                if deaths < 4 and len(receiver.first) > events * (deaths + 1) / 6:
                    deaths += 1
                    await receiver.die()
                    await asyncio.sleep(1)
                    await receiver.start()
                if kills < 2 and len(receiver.first) > events * (kills + 1) / 4:
                    kills += 1
                    await loop.stop()  # what it was at is begun anew, as after kill -9
                    loop = begin()
            await writing
            seconds = time.monotonic() - began
            await asyncio.sleep(1)
            async with database.read() as session:
                left = await stored.pending(session, made.id)
                given_up = await stored.deliveries(session, made.id, state="failed", before=None, limit=10)
            await loop.stop()
            loops.close()
    await receiver.die()
    return {
        **counted(receiver),
        "events": events,
        "conversations": conversations,
        "seconds": round(seconds, 1),
        "deaths": deaths,
        "restarts": kills,
        "pending": left,
        "given_up": len(given_up),
    }


def counted(receiver: BadReceiver) -> dict[str, object]:
    """What arrived, how often, and whether any event overtook one before it of its conversation."""
    highest: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    overtaken = 0
    for name, conversation, seq in receiver.taken:
        if name not in seen:
            overtaken += seq != highest[conversation] + 1
            highest[conversation] = max(highest[conversation], seq)
        seen.add(name)
    return {
        "requests": receiver.asked,
        "delivered": len(seen),
        "twice": len(receiver.taken) - len(seen),
        "overtaken": overtaken,
    }


def main() -> None:
    """Run it and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=10_000)
    options.add_argument("--conversations", type=int, default=500)
    given = options.parse_args()
    found = asyncio.run(measure(given.events, given.conversations))
    found["per_second"] = round(given.events / float(str(found["seconds"])), 1)
    for name, value in found.items():
        print(f"{name:>14}  {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
