"""The console in a real browser, on a desk with thousands of conversations and one of thousands of messages.

Measured: a key until its effect is painted; a switch to a conversation that was read ahead and to one that was not;
the heap over 500 switches; the bytes of the first load; a customer's message until it is painted at the agent's; and
that again while other agents follow the desk and visitors hold streams, on the same server process. The models are a
stand-in (``stub_server.py``), all else is the product. Browser, clients and server share the machine: its load is told.

    python -m benchmarks.console [--conversations 5000] [--long 2000] [--agents 200] [--visitors 1000] [--home DIR]

Takes about six minutes on two free cores, of which two fill the database; ``--home`` keeps it for the next time.
Prints a table with the bars, and one JSON line last; ``--json FILE`` writes that as well. Needs Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.async_api import async_playwright

from benchmarks.console_desk import MIRA, fill
from benchmarks.console_page import CHROMIUM, ConsolePage
from benchmarks.load import Figures, listen, visitors
from benchmarks.servers import ServerProcess, running
from benchmarks.wire import BROKEN, Connection

if TYPE_CHECKING:
    from collections.abc import Sequence

_SWITCHES = 500
_ROWS = 200
_STRIDE = 9  # more rows on than are read ahead or kept
_KEYS = [
    *("r", *"thank you for the photo, we will send", "Escape", "n", *"a note", "Escape"),
    *("j", "k") * 10,
    *("x",) * 6,
    *("?", "Escape") * 4,
    *("Control+k", "Escape") * 4,
    *("p",) * 4,
]


@dataclass
class Desk:
    """A server with the desk on it, and what opens it."""

    server: ServerProcess
    key: str
    longest: str
    link: str

    @property
    def address(self) -> str:
        """Where browsers reach it."""
        return f"http://127.0.0.1:{self.server.port}"

    async def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """One request; what it gave."""
        line = Connection(self.server.port)
        status, given = await line.request(method, path, body=body, token=token or self.key)
        line.close()
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {given}")
        return given


async def switches(page: ConsolePage) -> dict[str, Any]:
    """Milliseconds of switches: to the next row, read ahead; and to one that was not."""
    await page.list_all(_ROWS)
    cold = [await page.switch(at) for start in range(4) for at in range(start, _ROWS, _STRIDE)]
    ahead = []
    for at in range(60):
        await page.switch(at)  # reads the next ones ahead
        await page.page.wait_for_timeout(300)
        ahead.append(await page.switch(at + 1))
        await page.page.wait_for_timeout(100)
    return {**_percentiles("switch_cold", cold), **_percentiles("switch_ahead", ahead)}


async def memory(page: ConsolePage) -> dict[str, Any]:
    """The heap before and after 500 switches, once all of the list was open before."""
    found = []
    for rounds in (100, _SWITCHES):
        for number in range(rounds):
            await page.switch(number % 50)
        found.append(await page.memory())
    before, after = found
    grown = after["heap_mb"] - before["heap_mb"]
    return {"memory_before": before, "memory_after": after, "memory_grown_mb": round(grown, 2)}


async def keys(page: ConsolePage, desk: Desk) -> dict[str, Any]:
    """Milliseconds from keys to paint, with the long conversation open and much of it read."""
    await page.page.goto(f"{desk.address}/console/#{desk.longest}")
    await page.page.reload()
    await page.page.locator(".open .log .bubble").first.wait_for()
    for _ in range(6):
        await page.page.evaluate("() => (document.querySelector('.thread').scrollTop = 0)")
        await page.page.wait_for_timeout(400)
    return _percentiles("key", await page.pressed(_KEYS))


async def feed(page: ConsolePage, desk: Desk, name: str, first: int, messages: int = 60) -> dict[str, Any]:
    """Milliseconds from a customer's send to the screen of the agent who has the conversation open."""
    begun = await desk.ask("POST", "/v1/conversations", {})
    await desk.ask("POST", "/v1/worklist/acts", {"agent": MIRA, "do": "claim", "ids": [begun["id"]]})
    await page.page.goto(f"{desk.address}/console/#{begun['id']}")
    await page.page.reload()
    await page.page.locator(".open .brief").filter(has_text=MIRA).wait_for()
    await page.page.evaluate("() => probe.listen()")
    page.requests.clear()
    took, lost = [], 0
    for number in range(first, first + messages):
        sent = time.time()
        said = {"client_id": str(number), "text": f"heard {number}"}
        await desk.ask("POST", f"/v1/conversations/{begun['id']}/messages", said, begun["token"])
        at = await page.heard(number)
        if at is None:
            lost += 1
        else:
            took.append(1000 * (at - sent))
        await asyncio.sleep(0.05 + 0.1 * (number % 5))
    asked = sum("/v1/worklist" in url for url in page.requests)
    return {
        **_percentiles(name, took),
        f"{name}_lost": lost,
        f"{name}_lists_asked": asked,
        f"{name}_messages": messages,
    }


@dataclass
class Followers:
    """Agents who follow the desk as the console does: by a stream each."""

    desk: Desk
    told: dict[int, list[float]] = field(default_factory=dict)

    async def follow(self, ready: asyncio.Queue[None]) -> None:
        """One of them, until it is cancelled."""
        reached = (await self.desk.ask("GET", "/v1/worklist?limit=1"))["changes"]
        ready.put_nowait(None)
        while True:
            line = Connection(self.desk.server.port, timeout=60)
            with suppress(*BROKEN):
                async for seq, _, _ in line.events("/v1/changes", token=self.desk.key, after=reached):
                    if seq is not None:
                        reached = seq
                        self.told.setdefault(seq, []).append(time.time())


async def crowd(page: ConsolePage, desk: Desk, options: argparse.Namespace) -> dict[str, Any]:
    """The feed's latency at one agent's screen while many others follow, beside visitors with a stream each."""
    ready, figures, followers = asyncio.Queue[None](), Figures(), Followers(desk)
    guests = await visitors(desk.server, options.visitors, "console")
    tasks = [asyncio.create_task(listen(desk.server, guest, figures, ready)) for guest in guests]
    tasks += [asyncio.create_task(followers.follow(ready)) for _ in range(options.agents)]
    for _ in tasks:
        await asyncio.wait_for(ready.get(), 120)
    await asyncio.sleep(5)
    followers.told.clear()
    cpu, began = desk.server.cpu(), time.perf_counter()
    found = await feed(page, desk, "crowd", 1000, 40)
    seconds = time.perf_counter() - began
    busy = (desk.server.cpu() - cpu) / seconds
    await asyncio.sleep(2)
    spread = [1000 * (max(times) - min(times)) for times in followers.told.values()]
    everybody = sum(len(times) == options.agents for times in followers.told.values())
    held = sum(not task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        **found,
        "crowd_streams_held": held,
        "crowd_events": len(spread),
        "crowd_events_at_every_agent": everybody,
        "crowd_first_to_last_agent_p95": round(float(np.percentile(spread, 95)), 1) if spread else None,
        "crowd_server_share_of_a_core": round(busy, 2),
        "crowd_server_mib": round(desk.server.memory() / 2**20),
    }


def _percentiles(name: str, milliseconds: Sequence[float]) -> dict[str, Any]:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return {f"{name}_p50": round(float(p50), 1), f"{name}_p95": round(float(p95), 1), f"{name}_n": len(milliseconds)}


async def measured(home: Path, told: tuple[str, str, str], options: argparse.Namespace) -> dict[str, Any]:
    """All of it, one after the other."""
    link, key, longest = told
    found: dict[str, Any] = {"benchmark": "console", "conversations": options.conversations, "long": options.long}
    found["load_average_before"] = round(os.getloadavg()[0], 2)
    async with running(home, 1, None) as (server,), async_playwright() as playwright:
        desk = Desk(server, key, longest, link)
        flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = await ConsolePage.opened(browser, desk.address, desk.link)
        found |= page.first_load()
        for part in (switches, memory):
            found |= await part(page)
        found |= await keys(page, desk)
        found |= await feed(page, desk, "feed", 0)
        if options.agents or options.visitors:
            found |= await crowd(page, desk, options)
        await browser.close()
    found["load_average_after"] = round(os.getloadavg()[0], 2)
    return found


def table(found: dict[str, Any], options: argparse.Namespace) -> None:
    """Print the figures that have a bar, and after them the rest."""
    bars = [
        ("key to paint, p95 ms", "key_p95", 50),
        ("switch, read ahead, p95 ms", "switch_ahead_p95", 100),
        ("switch, cold, p95 ms", "switch_cold_p95", 300),
        (f"heap grown over {_SWITCHES} switches, MB", "memory_grown_mb", 1),
        ("first load, bytes of files", "file_bytes", 60_000),
        ("customer's send to agent's screen, p95 ms", "feed_p95", 150),
        (f"the same beside {options.agents} agents, {options.visitors} visitors", "crowd_p95", 150),
    ]
    for words, name, bar in bars:
        if name in found:
            print(f"{words:<52}{found[name]:>10}{bar:>10}  {'reached' if found[name] <= bar else 'MISSED'}")
    print()
    shown = {name for _, name, _ in bars}
    for name, value in found.items():
        if name not in shown:
            print(f"{name:<34}{value}")


def filled(options: argparse.Namespace, home: Path) -> tuple[str, str, str]:
    """A home with the desk in it: made now, or copied from the one that was kept."""
    kept: Path | None = options.home
    if kept is not None and (kept / "told.json").exists():
        shutil.copytree(kept, home, dirs_exist_ok=True)
        link, key, longest = json.loads((kept / "told.json").read_text("utf-8"))
        return link, key, longest
    told = asyncio.run(fill(home, options.conversations, options.long))
    if kept is not None:
        shutil.copytree(home, kept, dirs_exist_ok=True)
        (kept / "told.json").write_text(json.dumps(told), "utf-8")
    return told


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("conversations", 5000), ("long", 2000), ("agents", 200), ("visitors", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--home", type=Path, help="keep the filled home here, and take it from here")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server inherits it
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        print(f"{options.conversations} conversations; about six minutes in all", flush=True)
        told = filled(options, home)
        found = asyncio.run(measured(home, told, options))
    table(found, options)
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1), "utf-8")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
