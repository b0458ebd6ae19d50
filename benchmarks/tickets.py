"""Tickets brought by another help desk: how many a second, and how long each takes.

``python -m benchmarks.tickets [--tickets 3000] [--callers 8]``. A real server process on SQLite with a stand-in for the
model; callers bring tickets of three messages and five fields by PUT, each its own, then bring all of them again
unchanged, then with one message more. What a caller would do instead without an upsert, a POST for the ticket and one
for each message, is timed in the same run. ``--suggestions 200``: instead, suggestions for so many
tickets of the sample shop by its real pipeline, each ticket's first, then the same again (kept). Prints a table, and
one JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.servers import ROOT, ServerProcess, free_port
from chatbot.cli.demo import prepare
from chatbot.learning.exam.exam_file import read_exam
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.settings import Settings
from chatbot.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

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


@asynccontextmanager
async def real_server(home: Path) -> AsyncIterator[str]:
    """A server of the product as it is started, on a home; its address once it can answer."""
    port = free_port()
    command = (sys.executable, "-m", "chatbot", "--home", str(home), "serve", "--port", str(port))
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=quiet, stderr=quiet)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(600):
                with suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).status_code == 200:
                        break
                await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def measure_suggestions(home: Path, tickets: int, callers: int) -> dict[str, Any]:
    """Suggestions a second, on the sample shop."""
    await prepare(Settings(home=home))
    async with open_database(Settings(home=home).database()) as database:
        key = await api_keys.create(database, "help desk", scopes=[Scope.TICKETS, Scope.SUGGEST])
    questions = [each.turns[-1].text for each in read_exam(ROOT / "benchmarks/shop_questions.jsonl").questions]
    own = {"Authorization": f"Bearer {key}"}
    async with real_server(home) as url, httpx.AsyncClient(base_url=url, headers=own, timeout=60) as client:
        ids = []
        for number in range(tickets):
            said = {"role": "customer", "text": questions[number % len(questions)], "audience": "customer"}
            made = await client.put(f"/v1/tickets/by-external/bench/{number}", json={"messages": [said]})
            ids.append(made.json()["id"])

        async def suggest(number: int) -> None:
            answer = await client.post("/v1/suggestions", json={"ticket_id": ids[number]})
            assert answer.status_code == 200, answer.text

        return {
            "suggestions, new": await timed(suggest, tickets, callers),
            "suggestions, kept": await timed(suggest, tickets, callers),
        }


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=3000)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--suggestions", type=int, default=0)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        work = measure_suggestions if asked.suggestions else measure
        figures = asyncio.run(work(Path(folder), asked.suggestions or asked.tickets, asked.callers))
    print(f"{'':28}{'a second':>10}{'p50 ms':>10}{'p95 ms':>10}")
    for name, value in figures.items():
        if isinstance(value, tuple):
            print(f"{name:28}{value[0]:10.0f}{value[1]:10.1f}{value[2]:10.1f}")
    print(json.dumps({"benchmark": "tickets", **vars(asked), "load": load, **figures}))


if __name__ == "__main__":
    main()
