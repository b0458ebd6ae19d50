"""Customers in chaos: a conversation that is open in two tabs, written to and followed on lines that break."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.wire import BROKEN, Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.servers import ServerProcess

_SETTLE_SECONDS = 180.0
_STOPS, _JUDGES = 0.1, 0.1  # the shares of messages after which one stops, or judges


@dataclass
class Tab:
    """One of the two windows a customer has open, and what it has seen."""

    talk: Talk
    name: str
    chance: random.Random
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    after: int = 0

    async def write(self, count: int) -> None:
        """Send so many messages, each until it is acknowledged."""
        for number in range(count):
            await self.send(f"{self.talk.number}.{self.name}.{number}")
            if self.chance.random() < _STOPS:
                await self.talk.until("POST", f"/v1/conversations/{self.talk.id}/stop", self.chance)
                self.talk.stops += 1
            if self.name == "a" and self.chance.random() < _JUDGES:  # one of them: two could not tell who was last
                await self.judge()
            await asyncio.sleep(self.chance.expovariate(5))

    async def send(self, text: str) -> None:
        """One message on bad lines. Its ``client_id`` is its text, so every try is the same message."""
        body = {"client_id": text, "text": text}
        path = f"/v1/conversations/{self.talk.id}/messages"
        while True:
            fate = self.chance.random()
            tries = [self.talk.call("POST", path, body, self.chance, abandon=fate < 0.1)]
            if fate > 0.9:
                tries.append(self.talk.call("POST", path, body, self.chance))
            answers = await asyncio.gather(*tries, return_exceptions=True)
            for answer in answers:
                if isinstance(answer, tuple) and answer[0] in {200, 201}:
                    self.talk.acknowledged.setdefault(text, set()).add(answer[1]["id"])
            if text in self.talk.acknowledged:
                return
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))

    async def judge(self) -> None:
        """Say of the newest answer that this tab has seen whether it helped, until that is acknowledged."""
        answers = [payload["id"] for _, kind, payload in self.events if kind == "message.done"]
        if answers:
            body = {"value": self.chance.choice((-1, 0, 1))}
            path = f"/v1/conversations/{self.talk.id}/messages/{answers[-1]}/feedback"
            await self.talk.until("POST", path, self.chance, body=body)
            self.talk.feedback[answers[-1]] = body["value"] or None

    async def follow(self) -> None:
        """Read every event, however often the line breaks; ends when it is cancelled."""
        path = f"/v1/conversations/{self.talk.id}/events"
        while True:
            mood = self.chance.random()
            try:
                if mood < 0.2:
                    url = f"{path}?after={self.after}&wait={self.chance.randint(0, 3)}"
                    accept = {"Accept": "application/json"}
                    _, page = await self.talk.call("GET", url, None, self.chance, headers=accept)
                    for event in page["events"]:
                        self.see(event["seq"], event["kind"], event["payload"])
                    continue
                awake = self.chance.uniform(0.5, 8)
                pause = self.chance.choice((0, 0, 0.02))
                async with asyncio.timeout(awake):
                    line = Connection(self.chance.choice(self.talk.servers).port)
                    async for event in line.events(path, token=self.talk.token, after=self.after, pause=pause):
                        self.see(*event)
            except (*BROKEN, TypeError, KeyError):  # asleep, cut off, or refused
                await asyncio.sleep(self.chance.uniform(0, 1))

    def see(self, seq: int | None, kind: str, payload: dict[str, Any]) -> None:
        """Keep a stored event."""
        if seq is not None:
            self.events.append((seq, kind, payload))
            self.after = seq


@dataclass
class Talk:
    """One customer's conversation."""

    number: int
    servers: Sequence[ServerProcess]
    id: str = ""
    token: str = ""
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    feedback: dict[str, int | None] = field(default_factory=dict)  # of each answer the last that was acknowledged
    stops: int = 0
    snapshot: dict[str, Any] = field(default_factory=dict)

    async def call(
        self,
        method: str,
        path: str,
        body: Any,
        chance: random.Random,
        *,
        abandon: bool = False,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """One request to any of the servers, on a line of its own."""
        line = Connection(chance.choice(self.servers).port)
        try:
            return await line.request(method, path, token=self.token, body=body, abandon=abandon, headers=headers)
        finally:
            line.close()

    async def until(
        self,
        method: str,
        path: str,
        chance: random.Random,
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Any:
        """What a request is answered once it is answered well."""
        while True:
            try:
                status, answer = await self.call(method, path, body, chance, headers=headers)
            except BROKEN:
                status, answer = 0, None
            if status in {200, 201}:
                return answer
            await asyncio.sleep(chance.uniform(0.05, 0.3))

    async def live(self, seed: int, messages: int, gate: asyncio.Semaphore) -> list[Tab]:
        """Begin, write everything through two tabs, wait until both have seen all of it; the tabs."""
        chance = random.Random(f"{seed}.{self.number}")
        async with gate:
            key = {"Idempotency-Key": f"chaos-{seed}-{self.number:08d}"}
            made = await self.until("POST", "/v1/conversations", chance, headers=key)
            self.id, self.token = made["id"], made["token"]
            tabs = [Tab(self, name, random.Random(f"{seed}.{self.number}.{name}")) for name in "ab"]
            following = [asyncio.create_task(tab.follow()) for tab in tabs]
            await asyncio.gather(tabs[0].write(messages - messages // 2), tabs[1].write(messages // 2))
            await self.settle(tabs, chance)
            await tabs[0].judge()
            await self.settle(tabs, chance)
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)
        return tabs

    async def settle(self, tabs: list[Tab], chance: random.Random) -> None:
        """Wait until the bot has had the last word and both tabs have heard it; not for ever."""
        end = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < end:
            self.snapshot = await self.until("GET", f"/v1/conversations/{self.id}", chance)
            said = self.snapshot["messages"]
            heard = [any(payload.get("id") == said[-1]["id"] for _, _, payload in tab.events[-3:]) for tab in tabs]
            if said[-1]["role"] == "bot" and all(heard):
                return
            await asyncio.sleep(0.5)
