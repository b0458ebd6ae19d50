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
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.chaos_customers import Tab, Talk
from benchmarks.servers import ServerProcess, home_and_database, running
from chatbot.dialogue.text.set_phrases import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_STOPPED = sentence("stopped", "en")
_ACTIVE = 60  # conversations under way at a time


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
