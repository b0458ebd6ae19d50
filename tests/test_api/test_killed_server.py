"""A server that dies between "stored" and the answer: nothing is lost, and the answer is given once."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.integration


@asynccontextmanager
async def process(home, way):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.test_api.stand_in_server", str(home), way),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        port = int(await asyncio.wait_for(child.stdout.readline(), 60))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield child, client
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def snapshot(client, url, headers):
    return (await client.get(url, headers=headers)).json()


async def answered(client, url, headers):
    for _ in range(400):
        if (await snapshot(client, url, headers))["messages"][-1]["role"] == "bot":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no answer within 20 seconds")


async def test_a_message_survives_kill_9_and_is_answered_once(tmp_path):
    message = {"client_id": "1", "text": "are you there"}
    async with process(tmp_path, way="waits") as (child, client):
        made = (await client.post("/v1/conversations")).json()
        url, headers = f"/v1/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}
        assert (await client.post(f"{url}/messages", json=message, headers=headers)).status_code == 201
        await asyncio.sleep(0.2)  # by now it is being answered
        child.send_signal(signal.SIGKILL)
        await child.wait()
    async with process(tmp_path, way="answers") as (_, client):
        assert (await client.post(f"{url}/messages", json=message, headers=headers)).status_code == 200
        await answered(client, url, headers)
    async with process(tmp_path, way="answers") as (_, client):
        await asyncio.sleep(0.5)
        found = await snapshot(client, url, headers)
        texts = [(one["role"], one["text"]) for one in found["messages"]]
        assert texts == [("customer", "are you there"), ("bot", "You said: are you there")]


async def test_a_term_signal_stops_it_in_time_with_a_stream_open_and_an_answer_under_way(tmp_path):
    async with process(tmp_path, way="waits") as (child, client):
        made = (await client.post("/v1/conversations")).json()
        url, headers = f"/v1/conversations/{made['id']}", {"Authorization": f"Bearer {made['token']}"}
        await client.post(f"{url}/messages", json={"client_id": "1", "text": "hello"}, headers=headers)
        async with client.stream("GET", f"{url}/events", headers=headers) as stream:
            reading = asyncio.create_task(stream.aread())
            await asyncio.sleep(0.3)
            child.send_signal(signal.SIGTERM)
            async with asyncio.timeout(8):
                await reading
                await child.wait()
        assert child.returncode in {0, -signal.SIGTERM}
