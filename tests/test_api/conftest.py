"""A real server on a real port with a stand-in pipeline, and a client for it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest
import structlog
from sqlalchemy import make_url

from chatbot import logs
from chatbot.app import create_app
from chatbot.server import build
from chatbot.service.access import people
from chatbot.service.access.roles import Role
from chatbot.service.audit import COMMAND_LINE
from chatbot.settings import Settings
from tests.test_service.doubles import StandInLoader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from chatbot.clock import Clock
    from chatbot.service.serving.loaded import PipelineLoader

_T = TypeVar("_T")


@dataclass
class Desk:
    """A running server as a test sees it."""

    url: str
    client: httpx.AsyncClient
    loader: Any
    app: Any
    stop: Callable[[], Any]

    def idle(self) -> bool:
        """Whether the bot has nothing to do and does nothing."""
        running = self.app.state.running
        return not running.answering._queued and not running.answering._busy and not running.serving.busy

    async def start(self) -> Visitor:
        made = (await self.client.post("/v1/conversations")).json()
        return Visitor(self, made["id"], made["token"])


@dataclass
class Visitor:
    """One conversation and who may open it."""

    desk: Desk
    id: str
    token: str
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.token}"}

    async def get(self, rest: str = "") -> httpx.Response:
        return await self.desk.client.get(f"/v1/conversations/{self.id}{rest}", headers=self.headers)

    async def post(self, rest: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.desk.client.post(
            f"/v1/conversations/{self.id}{rest}", json=body or {}, headers={**self.headers, **headers}
        )

    async def say(self, text: str, client_id: str) -> httpx.Response:
        return await self.post("/messages", {"client_id": client_id, "text": text})

    async def events(self, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        headers = {**self.headers, "Last-Event-ID": str(after)}
        url = f"/v1/conversations/{self.id}/events"
        async with self.desk.client.stream("GET", url, headers=headers) as response:
            assert response.status_code == 200, await response.aread()
            async for event in read_events(response):
                yield event

    async def until(self, kind: str, after: int = 0) -> list[dict[str, Any]]:
        """Every event up to the first of a kind."""
        seen = []
        async with asyncio.timeout(10):
            async for event in self.events(after):
                seen.append(event)
                if event["kind"] == kind:
                    return seen
        raise AssertionError(f"the stream ended before {kind}: {seen}")


PASSWORD = "correct horse battery"


async def join(desk: Desk, name: str, role: Role = Role.AGENT) -> dict[str, str]:
    """Invite somebody who comes at once; the headers that their browser sends, as a page of this server has it."""
    running = desk.app.state.running
    async with running.database.write() as session:
        email = f"{name.replace(' ', '.').lower()}@shop.example"
        person = {"email": email, "name": name, "role": role}
        _, link = await people.invite(session, running.clock, COMMAND_LINE, **person)
    async with httpx.AsyncClient(base_url=desk.url) as browser:
        answer = await browser.post("/v1/links/accept", json={"token": link, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return {"Cookie": f"understudy={browser.cookies['understudy']}", "Sec-Fetch-Site": "same-origin"}


async def eventually(check: Callable[[], bool]) -> None:
    """Wait until something is true; ten seconds at most."""
    for _ in range(1000):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about within ten seconds")


async def until_told(ask: Callable[[], Awaitable[_T]], told: Callable[[_T], bool]) -> _T:
    """What the engine says of something that it leaves out while it has other work; ten seconds at most."""
    for _ in range(100):
        if told(answer := await ask()):
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"the engine did not tell within ten seconds: {answer}")


async def read_events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream: id, event and data of each, comments left out."""
    found: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line and found:
            data = json.loads(found["data"])
            assert found["event"] == data["kind"]
            assert found.get("id") == (None if data["seq"] is None else str(data["seq"]))
            yield data
            found = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


@asynccontextmanager
async def serving(settings: Settings, loader: PipelineLoader, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """A server in this process and loop, listening on a free port."""
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(settings, pipeline_loader=loader, clock=clock)
    server = build(app, settings.model_copy(update={"port": 0}), on_started=listening.set_result)
    task = asyncio.create_task(server.serve())

    async def stop() -> None:
        server.should_exit = True
        await task

    port = await asyncio.wait_for(listening, 20)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            for _ in range(200 if getattr(loader, "pipeline", loader) else 0):
                if (await client.get("/health/ready")).status_code == 200:
                    break
                await asyncio.sleep(0.01)
            yield Desk(url, client, loader, app, stop)
    finally:
        await stop()


@pytest.fixture(autouse=True)
def logging(capsys):
    """Log as a server does; structlog's own default prints every local variable of an exception."""
    logs.configure("INFO", as_json=True)
    yield capsys
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", reload_seconds=0.05, demo=True)


@pytest.fixture
def all_that_is_stored(settings, request):
    """Every byte in the database of a server that has stopped."""

    def read() -> bytes:
        url = make_url(settings.database())
        if url.get_backend_name() == "sqlite":
            return b"".join(path.read_bytes() for path in Path(url.database).parent.glob("app.db*"))
        return request.getfixturevalue("postgresql").command("pg_dump", "-d", url.database).encode()

    return read


@pytest.fixture
async def desk(settings):
    async with serving(settings, StandInLoader()) as running:
        yield running
