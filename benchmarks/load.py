"""Load: how many idle streams one server process holds, and how many messages a second it acknowledges.

The model is a stand-in (``stub_server.py``); database, log, streams and HTTP are the product's, and "acknowledged"
means committed. First come idle visitors, each with an open stream; then active ones, each with a stream of their own,
write one message after the other for a while, as fast as they are acknowledged, or (``--rate``) at a steady rate in
all. Latency is from the first byte sent to the last received. The client shares the machine with the server.

    python -m benchmarks.load [--database sqlite|postgresql] [--idle 2000] [--active 48] [--seconds 20] [--rate R]

One JSON line comes last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.servers import ServerProcess, home_and_database, running
from benchmarks.wire import BROKEN, Connection

if TYPE_CHECKING:
    from pathlib import Path

_STARTING_AT_ONCE = 32
_OPENING_AT_ONCE = 200
_CALM_SECONDS = 5.0


@dataclass
class Figures:
    """What was measured while messages were sent."""

    latencies: list[float] = field(default_factory=list)  # seconds
    refused: int = 0
    told: int = 0  # stored events that came over the streams
    answers: int = 0  # those of them that were the bot's


async def visitors(server: ServerProcess, count: int, name: str) -> list[tuple[str, str]]:
    """Begin so many conversations: id and token of each."""
    gate = asyncio.Semaphore(_STARTING_AT_ONCE)

    async def begin(number: int) -> tuple[str, str]:
        async with gate:
            line = Connection(server.port, timeout=60)
            key = {"Idempotency-Key": f"load-{name}-{number:08d}"}
            status, made = await line.request("POST", "/v1/conversations", headers=key)
            line.close()
        if status != 201:
            raise RuntimeError(f"no conversation: {status} {made}")
        return made["id"], made["token"]

    return await asyncio.gather(*(begin(number) for number in range(count)))


async def listen(server: ServerProcess, visitor: tuple[str, str], figures: Figures, ready: asyncio.Queue[None]) -> None:
    """Hold one stream open; ``ready`` hears of its first event."""
    line = Connection(server.port, timeout=120)
    first = True
    async for seq, kind, _ in line.events(f"/v1/conversations/{visitor[0]}/events", token=visitor[1], after=0):
        if first:
            ready.put_nowait(None)
            first = False
        figures.told += seq is not None
        figures.answers += kind == "message.done"


async def write(server: ServerProcess, visitor: tuple[str, str], end: float, every: float, figures: Figures) -> None:
    """Send messages until the time is over; with ``every``, one in so many seconds."""
    line = Connection(server.port, timeout=60)
    path, due, number = f"/v1/conversations/{visitor[0]}/messages", time.perf_counter(), 0
    while (began := time.perf_counter()) < end:
        number += 1
        body = {"client_id": str(number), "text": f"message {number}, as long as most messages that customers write"}
        try:
            status, _ = await line.request("POST", path, token=visitor[1], body=body)
        except BROKEN:
            status = 0
        if status == 201:
            # Where a rate is given, from when it was due: a server that falls behind is not let off.
            figures.latencies.append(time.perf_counter() - (max(due, began - every) if every else began))
        else:
            figures.refused += 1
        due += every
        await asyncio.sleep(max(0.0, due - time.perf_counter()) if every else 0)
    line.close()


async def load(home: Path, url: str | None, options: argparse.Namespace) -> dict[str, Any]:
    """Run it; the figures."""
    async with running(home, 1, url) as (server,):
        figures, ready = Figures(), asyncio.Queue[None]()
        idle = await visitors(server, options.idle, "idle")
        active = await visitors(server, options.active, "active")
        await asyncio.sleep(_CALM_SECONDS)
        before = server.memory()
        streams: list[asyncio.Task[None]] = []
        for start in range(0, len(idle), _OPENING_AT_ONCE):
            some = idle[start : start + _OPENING_AT_ONCE]
            streams += [asyncio.create_task(listen(server, visitor, figures, ready)) for visitor in some]
            for _ in some:
                await asyncio.wait_for(ready.get(), 60)
        held = server.memory()
        streams += [asyncio.create_task(listen(server, visitor, figures, ready)) for visitor in active]
        for _ in active:
            await asyncio.wait_for(ready.get(), 120)
        await asyncio.sleep(_CALM_SECONDS)
        cpu, own, elsewhere = server.cpu(), time.process_time(), os.getloadavg()[0]
        began = time.perf_counter()
        every = options.active / options.rate if options.rate else 0.0
        writing = (write(server, visitor, began + options.seconds, every, figures) for visitor in active)
        await asyncio.gather(*writing)
        seconds = time.perf_counter() - began
        cpu, own = server.cpu() - cpu, time.process_time() - own
        open_at_the_end = sum(not stream.done() for stream in streams)
        peak = server.memory()
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    p50, p99 = np.percentile(figures.latencies, [50, 99]) if figures.latencies else (0.0, 0.0)
    return {
        "benchmark": "load",
        "database": options.database,
        "idle_streams": options.idle,
        "active": options.active,
        "streams_open_at_the_end": open_at_the_end,
        "kib_per_idle_stream": round((held - before) / 1024 / max(1, options.idle), 1),
        "server_mib": round(peak / 2**20),
        "messages": len(figures.latencies),
        "refused": figures.refused,
        "messages_per_second": round(len(figures.latencies) / seconds, 1),
        "server_cpu_ms_per_message": round(1000 * cpu / max(1, len(figures.latencies)), 2),
        "client_cpu_ms_per_message": round(1000 * own / max(1, len(figures.latencies)), 2),
        "server_share_of_a_core": round(cpu / seconds, 2),
        "client_share_of_a_core": round(own / seconds, 2),
        "load_average_before": round(elsewhere, 2),
        "p50_ms": round(1000 * float(p50), 1),
        "p99_ms": round(1000 * float(p99), 1),
        "events_streamed": figures.told,
        "answers_streamed": figures.answers,
    }


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--idle", type=int, default=2000)
    parser.add_argument("--active", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=None, help="messages a second in all; without it, all that goes")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server inherits it
    with home_and_database(options.database) as (home, url):
        figures = asyncio.run(load(home, url, options))
    for name, value in figures.items():
        print(f"{name:<26}{value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
