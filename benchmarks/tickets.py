"""Tickets brought by another help desk: how many a second, and how long each takes.

``python -m benchmarks.tickets [--tickets 3000] [--callers 8]``. A real server process on SQLite with a stand-in for the
model; callers bring tickets of three messages and five fields by PUT, each its own, then bring all of them again
unchanged, then with one message more. What a caller would do instead without an upsert, a POST for the ticket and one
for each message, is timed in the same run. Prints a table, and one JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.servers import ServerProcess
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.settings import Settings
from chatbot.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WORDS = (
    "My parcel has not come, and the tracking page has said the same for five days.",
    "I have asked the carrier; they look for it and tell us on Monday.",
    "Thank you. If it is lost, can you send another one before the weekend?",
)


def ticket(number: int, messages: int = 3) -> dict[str, Any]:
    """A ticket as a help desk has it."""
    said = [
        {
            "role": "agent" if place % 2 else "customer",
            "text": f"{WORDS[place % 3]} ({number})",
            "audience": "customer",
            "external_id": f"{number}-{place}",
            "at": f"2026-03-02T09:{place:02d}:00Z",
        }
        for place in range(messages)
    ]
    return {
        "subject": f"Parcel {number}",
        "priority": "normal",
        "tags": ["shipping"],
        "fields": {"order": f"A-{number}"},
        "requester": {"name": "Ada", "email": f"ada{number % 500}@example.com", "external_id": str(number % 500)},
        "messages": said,
    }


async def timed(work: Callable[[int], Awaitable[None]], count: int, callers: int) -> tuple[float, float, float]:
    """How many a second, and the median and 95th percentile of one, in milliseconds."""
    left = iter(range(count))
    taken: list[float] = []

    async def caller() -> None:
        for number in left:
            begun = time.perf_counter()
            await work(number)
            taken.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds = time.perf_counter() - begun
    taken.sort()
    return count / seconds, taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


async def measure(home: Path, tickets: int, callers: int) -> dict[str, Any]:
    """All figures, on a fresh home."""
    async with open_database(Settings(home=home).database()) as database:
        key = await api_keys.create(database, "help desk", scopes=[Scope.TICKETS])
    server = ServerProcess(home, None)
    await server.start()
    figures: dict[str, Any] = {}
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", headers={"Authorization": f"Bearer {key}"}, timeout=60
        ) as client:

            async def put(number: int, messages: int, expected: str) -> None:
                url = f"/v1/tickets/by-external/bench/{number}"
                answer = await client.put(url, json=ticket(number, messages))
                assert answer.json()["result"] == expected, answer.text

            async def one_by_one(number: int) -> None:
                whole = ticket(number)
                said = whole.pop("messages")
                made = (await client.post("/v1/tickets", json=whole)).json()
                for each in said:
                    url = f"/v1/tickets/{made['id']}/messages"
                    body = {"client_id": each["external_id"], "role": "customer", "at": each["at"]}
                    answer = await client.post(url, json={**body, "text": each["text"], "audience": "customer"})
                    assert answer.status_code == 201, answer.text

            async def listed(number: int) -> None:
                params = {"query": f"tag:shipping {number}", "include": "messages", "limit": "20"}
                assert (await client.get("/v1/tickets", params=params)).status_code == 200

            figures["new"] = await timed(lambda number: put(number, 3, "created"), tickets, callers)
            figures["unchanged"] = await timed(lambda number: put(number, 3, "unchanged"), tickets, callers)
            figures["one message more"] = await timed(lambda number: put(number, 4, "updated"), tickets, callers)
            figures["new, one request each"] = await timed(one_by_one, tickets // 4, callers)
            figures["searched, with messages"] = await timed(listed, 200, callers)
        figures["processor seconds"] = server.cpu()
    finally:
        await server.kill()
    return figures


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=3000)
    parser.add_argument("--callers", type=int, default=8)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), asked.tickets, asked.callers))
    print(f"{'':28}{'a second':>10}{'p50 ms':>10}{'p95 ms':>10}")
    for name, value in figures.items():
        if isinstance(value, tuple):
            print(f"{name:28}{value[0]:10.0f}{value[1]:10.1f}{value[2]:10.1f}")
    print(json.dumps({"benchmark": "tickets", **vars(asked), "load": load, **figures}))


if __name__ == "__main__":
    main()
