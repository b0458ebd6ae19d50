"""Chaos: customers write while servers are killed with -9, and nothing is lost, doubled, reordered or leaked.

Each conversation is open in two tabs. Each tab writes its half of the messages, one after the other, until each is
acknowledged: requests are dropped once they are sent, or sent twice at once, perhaps through two servers. Tabs read
their stream slowly, fall asleep and come back, or ask instead of listening. Now and then one stops the answer that is
written, or says whether the last one helped, through whichever server it reaches. All the while server processes
are killed at random moments and started again. At the end both tabs' events and the snapshot are compared with what
was acknowledged.

    python -m benchmarks.chaos [--database sqlite|postgresql] [--conversations 200] [--messages 50]
                               [--kills 30] [--seed 1]

PostgreSQL is served by two processes, SQLite by one. One JSON line comes last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.servers import ServerProcess, home_and_database, running
from benchmarks.wire import BROKEN, Connection
from chatbot.dialogue.text.set_phrases import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SETTLE_SECONDS = 180.0
_STOPS, _JUDGES = 0.1, 0.1  # the shares of messages after which one stops, or judges
_STOPPED = sentence("stopped", "en")
_ACTIVE = 60  # conversations under way at a time


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


def judged(talk: Talk, tabs: list[Tab]) -> Counter[str]:
    """What went wrong in one conversation."""
    wrong: Counter[str] = Counter()
    said = talk.snapshot["messages"]
    customers = [message["text"] for message in said if message["role"] == "customer"]
    counts = Counter(customers)
    wrong["lost"] = sum(counts[text] == 0 for text in talk.acknowledged)
    wrong["doubled"] = sum(count > 1 for count in counts.values())
    wrong["doubled"] += sum(len(ids) > 1 for ids in talk.acknowledged.values())
    ours = f"{talk.number}."
    wrong["foreign"] = sum(not text.removeprefix("Re: ").startswith(ours) for text in texts_of(talk, tabs))
    for name in "ab":
        numbers = [int(text.split(".")[2]) for text in customers if text.split(".")[1] == name]
        wrong["out_of_order"] += sum(later <= earlier for earlier, later in pairwise(numbers))
    answered = [one["text"] for one in said if one["role"] == "bot" and one["text"] != _STOPPED]
    wrong["answered_twice"] = len(answered) - len(set(answered))
    # What was stopped waits for the customer's next message.
    wrong["spoke_after_stop"] = sum(
        (one["decision"], then["role"]) == ("stopped", "bot") for one, then in pairwise(said)
    )
    kept = {one["id"]: one["feedback"] for one in said}
    wrong["feedback_lost"] = sum(kept.get(answer) != value for answer, value in talk.feedback.items())
    wrong["unanswered"] = int(said[-1]["role"] != "bot")
    for tab in tabs:
        seqs = [seq for seq, _, _ in tab.events]
        wrong["tab_doubled"] += len(seqs) - len(set(seqs))
        wrong["tab_out_of_order"] += int(seqs != sorted(seqs))
        seen = [payload for _, kind, payload in tab.events if kind.startswith("message.")]
        told = [{**one, "feedback": None} for one in said]  # a message tells of itself what it was at first
        wrong["tab_lost"] += int(seen != told[: len(seen)]) + len(said) - len(seen)
    return wrong


def texts_of(talk: Talk, tabs: list[Tab]) -> list[str]:
    """Everything that was shown anywhere in a conversation; what is said of a stop is the same in all."""
    shown = [message["text"] for message in talk.snapshot["messages"]]
    shown += [payload["text"] for tab in tabs for _, kind, payload in tab.events if kind.startswith("message.")]
    return [text for text in shown if text != _STOPPED]


async def killing(servers: list[ServerProcess], kills: int, chance: random.Random, counts: Counter[str]) -> None:
    """Kill one at a random moment, start it again, until it was done so often; or as long as there is chaos."""
    while counts["kills"] < kills:
        await asyncio.sleep(chance.uniform(0.2, 3))
        server = chance.choice(servers)
        await server.kill()
        counts["kills"] += 1
        await asyncio.sleep(chance.uniform(0, 0.5))
        await server.start()


async def chaos(home: Path, url: str | None, options: argparse.Namespace) -> dict[str, Any]:
    """Run it all; the figures."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    async with running(home, 2 if url else 1, url) as servers:
        killer = asyncio.create_task(killing(servers, options.kills, random.Random(options.seed), counts))
        talks = [Talk(number, servers) for number in range(options.conversations)]
        gate = asyncio.Semaphore(_ACTIVE)
        lived = await asyncio.gather(*(talk.live(options.seed, options.messages, gate) for talk in talks))
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
    wrong: Counter[str] = Counter()
    for talk, tabs in zip(talks, lived, strict=True):
        wrong += judged(talk, tabs)
    names = (
        *("lost", "doubled", "out_of_order", "foreign", "answered_twice", "unanswered"),
        *("spoke_after_stop", "feedback_lost"),
        *("tab_lost", "tab_doubled", "tab_out_of_order"),
    )
    return {
        "benchmark": "chaos",
        "database": options.database,
        "seed": options.seed,
        "server_processes": 2 if url else 1,
        "conversations": len(talks),
        "messages": sum(len(talk.acknowledged) for talk in talks),
        "answers": sum(one["role"] == "bot" for talk in talks for one in talk.snapshot["messages"]),
        "stopped": sum(one["decision"] == "stopped" for talk in talks for one in talk.snapshot["messages"]),
        "stops": sum(talk.stops for talk in talks),
        "feedback": sum(len(talk.feedback) for talk in talks),
        "kills": counts["kills"],
        **{name: wrong[name] for name in names},
        "seconds": round(time.monotonic() - began, 1),
    }


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--messages", type=int, default=50, help="in each conversation")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def main() -> None:
    """Run and print."""
    options = options_of()
    with home_and_database(options.database) as (home, url):
        figures = asyncio.run(chaos(home, url, options))
    for name, value in figures.items():
        print(f"{name:<18}{value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
