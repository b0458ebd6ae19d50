"""How long an export of many tickets takes to import, and how much memory: a generated Zendesk export, users last.

    python -m benchmarks.helpdesk_import --tickets 100000 [--stored]

Prints tickets a second and the peak memory of this process; without ``--stored`` reading alone, with it all that an
import does (cleaning, masking, storing in SQLite), and by how much the time left that is shown was wrong, as a share of
the whole. One JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from data.importers import REGISTRY, detect
from data.importers.importer import Broken, Found, ImportOptions

WORDS = [
    "kettle", "lid", "parcel", "refund", "order", "broken", "thanks", "please", "where", "how", "address", "change",
    "invoice", "filter", "return", "label", "money", "bank", "days", "week", "shop", "grinder", "coffee", "water",
]  # fmt: skip


def export(path: Path, tickets: int) -> None:
    """Write one."""
    chance = random.Random(1)

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count)).capitalize() + "."

    with path.open("w", encoding="utf-8") as file:
        file.write('{"tickets": [')
        for number in range(tickets):
            customer, agent = 1_000_000 + number // 2, 1 + chance.randrange(200)
            comments = []
            for place in range(chance.randrange(2, 8)):
                text = words(chance.randrange(10, 90))
                comments.append({
                    "id": number * 10 + place, "type": "Comment", "author_id": agent if place % 2 else customer,
                    "body": text, "html_body": f'<div class="zd-comment"><p>{text}</p></div>', "plain_body": text,
                    "public": place % 5 != 3, "attachments": [], "audit_id": number, "via": {"channel": "email",
                    "source": {"from": {"address": "a@example.com", "name": "A"}, "to": {}, "rel": None}},
                    "created_at": f"2025-03-{1 + place:02}T09:00:00Z", "metadata": {"system": {}, "custom": {}},
                })  # fmt: skip
            ticket = {
                "url": f"https://shop.example/api/v2/tickets/{number}.json", "id": number, "external_id": None,
                "via": {"channel": "email"}, "created_at": "2025-03-01T09:00:00Z", "updated_at": "2025-03-09T09:00:00Z",
                "type": None, "subject": words(5), "raw_subject": words(5), "description": comments[0]["body"],
                "priority": "normal", "status": "closed", "requester_id": customer, "submitter_id": customer,
                "assignee_id": agent, "tags": ["kettle", "refund"],
                "custom_fields": [{"id": one, "value": None} for one in range(20)],
                "satisfaction_rating": {"score": "good"}, "comments": comments,
            }  # fmt: skip
            file.write((", " if number else "") + json.dumps(ticket))
        users = [{"id": 1 + one, "role": "agent", "name": f"Agent {one}"} for one in range(200)]
        users += [{"id": 1_000_000 + one, "role": "end-user", "name": "Ana Lopez"} for one in range(tickets // 2)]
        file.write(f'], "users": {json.dumps(users)}, "next_page": null, "count": {tickets}, "end_of_stream": true}}')


def read(path: Path) -> tuple[int, int]:
    """Conversations and broken records."""
    found = broken = 0
    for row in REGISTRY[detect(path)].read(path, ImportOptions()):
        found += isinstance(row, Found)
        broken += isinstance(row, Broken)
    return found, broken


class Clocked:
    """A report that keeps when how much was done of the longest step."""

    def __init__(self) -> None:
        self.steps: dict[str, list[tuple[float, float]]] = {}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Keep it."""
        if total and done:
            self.steps.setdefault(step, []).append((time.monotonic(), done / total))

    def error(self, share: float) -> float:
        """By how much the time left, as it was shown when so much was done, was wrong; of the whole step."""
        seen = max(self.steps.values(), key=lambda each: each[-1][0] - each[0][0])
        began, ended = seen[0][0], seen[-1][0]
        at, done = next(each for each in seen if each[1] >= share)
        shown = (at - began) / done * (1 - done)
        return abs(shown - (ended - at)) / (ended - began)


def stored(path: Path, home: Path, report: Clocked) -> tuple[int, int]:
    """The same, stored as ``understudy import`` does."""
    from chatbot.service.corpus.importing import import_paths
    from chatbot.settings import Settings
    from chatbot.storage.database import open_database

    async def run() -> tuple[int, int]:
        async with open_database(Settings(home=home).database()) as database:
            summary = await import_paths(database, [path], report=report)
        return summary.kept, summary.broken_count

    return asyncio.run(run())


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--stored", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tickets.json"
        export(path, options.tickets)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began = time.monotonic()
        clocked = Clocked()
        found, broken = stored(path, Path(folder) / "home", clocked) if options.stored else read(path)
        seconds = time.monotonic() - began
        result = {
            "tickets": options.tickets, "megabytes": round(path.stat().st_size / 1e6), "kept": found,
            "broken": broken,
            "seconds": round(seconds, 1), "tickets_per_second": round(options.tickets / seconds),
            "memory_before_mb": round(before),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }  # fmt: skip
        if options.stored:
            result["eta_error"] = {f"{share:.0%}": round(clocked.error(share), 3) for share in (0.1, 0.25, 0.5, 0.75)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
