"""What one message costs: processor time and statements, without network, for sending and for answering.

The app of ``stub_server.py`` is called in this process as a web server would call it: 48 customers at once send a
message each, time after time; once with the bot asleep and once with every message answered. Processor time is all of
this process', threads included. Statements are counted apart, for one customer alone; on SQLite those that reach it.

    python -m benchmarks.message [--database sqlite|postgresql] [--rounds 20]

One JSON line comes last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import uvloop
from sqlalchemy import Engine, event

from benchmarks.servers import home_and_database
from benchmarks.stub_server import stub
from chatbot import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

_CUSTOMERS = 48
_TEXT = "message, as long as most messages that customers write"


async def post(app: FastAPI, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """One request and its answer."""
    content = json.dumps(body).encode()
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(content)).encode()))
    if token:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "query_string": b"",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "headers": headers,
        "state": {},
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    incoming = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return incoming.pop() if incoming else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answer = json.loads(b"".join(message.get("body", b"") for message in sent[1:]))
    assert sent[0]["status"] == 201, answer
    return answer  # type: ignore[no-any-return]


async def measured(home: Path, url: str | None, rounds: int, seen: list[str], *, answered: bool) -> float:
    """Milliseconds of the processor for a message; without rounds, how many statements one causes."""
    app = stub(home, url)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        running, note = app.state.running, partial(_note, seen)
        if running.database.server and not rounds:
            stack.callback(event.remove, Engine, "before_cursor_execute", note)
            event.listen(Engine, "before_cursor_execute", note)
        while running.serving.loaded.pipeline is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        if not answered:
            running.answering.notice = lambda _: None
        begun = [await post(app, "/v1/conversations", {}) for _ in range(_CUSTOMERS)]

        async def say(who: dict[str, Any], number: int) -> None:
            body = {"client_id": str(number), "text": _TEXT}
            await post(app, f"/v1/conversations/{who['id']}/messages", body, who["token"])

        async def everybody(number: int) -> None:
            await asyncio.gather(*(say(who, number) for who in begun))
            while running.answering._queued or running.answering._busy:  # noqa: SLF001, ASYNC110
                await asyncio.sleep(0.001)

        for number in range(3):
            await everybody(number)
        if not rounds:
            seen.clear()
            await say(begun[0], 100)
            await asyncio.sleep(0.1)  # the sweep and the look at the inboxes come seldom
            return len(seen)
        cpu = time.process_time()
        for number in range(rounds):
            await everybody(200 + number)
        return round(1000 * (time.process_time() - cpu) / rounds / _CUSTOMERS, 2)


def _note(seen: list[str], *arguments: Any) -> None:
    seen.append(arguments[2])


def _traced(connect: Callable[..., sqlite3.Connection], seen: list[str]) -> Callable[..., sqlite3.Connection]:
    def connecting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda sql: None if sql.startswith("PRAGMA") else seen.append(sql))
        return connection

    return connecting


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    logs.configure("ERROR", as_json=True)
    load, seen, connect = os.getloadavg()[0], list[str](), sqlite3.connect
    figures: dict[str, Any] = {"benchmark": "message", "database": options.database, "load_average": round(load, 2)}
    for name, answered in (("sent", False), ("sent_and_answered", True)):
        for figure, rounds in (("statements", 0), ("cpu_ms", options.rounds)):
            sqlite3.connect = connect if rounds else _traced(connect, seen)  # type: ignore[assignment]
            with home_and_database(options.database) as (home, url):
                found = uvloop.run(measured(home, url, rounds, seen, answered=answered))
            figures[f"{name}_{figure}"] = found
            print(f"{name:<20}{figure:<12}{found}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
