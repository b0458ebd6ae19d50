"""A request that is begun and not ended, over a bare socket: told, and hung up on, however slowly it drips."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from time import monotonic

import pytest

from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader

HEAD = b"POST /v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"request_head_seconds": 0.3, "request_body_seconds": 0.6})


@pytest.fixture
async def desk(settings):
    async with serving(settings, StandInLoader()) as running:
        yield running


@asynccontextmanager
async def connected(desk):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(desk.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()


async def drip(writer, piece, stop):
    """A byte or some now and then, until the server has hung up."""
    try:
        while not stop.is_set():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass


async def told(reader, seconds=5):
    async with asyncio.timeout(seconds):
        answer = await reader.read()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, json.loads(body) if body else None


@pytest.mark.parametrize("begun", [b"G", b"GET / HT", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ", HEAD])
async def test_a_head_that_does_not_end(desk, begun):
    async with connected(desk) as (reader, writer):
        writer.write(begun)
        head, body = await told(reader)
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in head
    assert (body["status"], body["code"]) == (408, "request_timeout")


@pytest.mark.parametrize("begun", [b"", b"\r\n"])
async def test_who_says_nothing_is_hung_up_on_without_a_word(desk, begun):
    async with connected(desk) as (reader, writer):
        writer.write(begun)
        assert await told(reader) == (b"", None)


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-A: b\r\n"),
        (b"", b"\r\n"),
        (HEAD + b"Content-Length: 5000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
)
async def test_a_drip_gains_nothing(desk, begun, piece):
    async with connected(desk) as (reader, writer):
        writer.write(begun)
        stop = asyncio.Event()
        dripping = asyncio.create_task(drip(writer, piece, stop))
        began = monotonic()
        with suppress(ConnectionError):
            await told(reader, seconds=4)
        stop.set()
        await dripping
        assert monotonic() - began < 4


async def test_a_body_that_does_not_end_holds_no_request(desk):
    async with connected(desk) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 20\r\n\r\n{")
        head, body = await told(reader)
    assert head.startswith(b"HTTP/1.1 408 ")
    assert body["code"] == "request_timeout"
    assert (await desk.client.get("/health/live")).status_code == 200


async def test_a_second_request_on_a_connection_has_the_same_time(desk):
    async with connected(desk) as (reader, writer):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            assert b"200 OK" in await reader.readuntil(b"}")
        writer.write(b"GET /health/live HTTP/1.1\r\nHo")
        head, _ = await told(reader)
    assert head.startswith(b"HTTP/1.1 408 ")


async def test_a_head_without_end(desk):
    async with connected(desk) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n" * 20_000)
        try:
            head, body = await told(reader)
            assert head.startswith(b"HTTP/1.1 431 ")
            assert body["code"] == "headers_too_large"
        except ConnectionError:
            pass  # it was hung up on before all of it was taken


async def test_what_takes_long_after_it_was_asked_has_all_the_time(settings):
    """Streams and waiting polls, and bodies that come slowly but in time."""
    async with serving(settings.model_copy(update={"stream_seconds": 1.5}), StandInLoader()) as desk:
        visitor = await desk.start()
        began = monotonic()
        assert [event["kind"] async for event in visitor.events()] == ["conversation.started"]
        assert monotonic() - began > 1

        async def slowly():
            yield b'{"client_id":"1",'
            await asyncio.sleep(0.4)
            yield b'"text":"hello"}'

        headers = {**visitor.headers, "Content-Type": "application/json"}
        sent = await desk.client.post(f"/v1/conversations/{visitor.id}/messages", content=slowly(), headers=headers)
        assert sent.status_code == 201
        waited = {**visitor.headers, "Accept": "application/json"}
        url = f"/v1/conversations/{visitor.id}/events?after=5&wait=1"
        assert (await desk.client.get(url, headers=waited)).status_code in {200, 409}


async def test_a_large_body_in_one_piece_is_no_long_head(desk):
    visitor = await desk.start()
    assert (await visitor.say("x" * 8000 + " " * 200_000, "1")).status_code == 422
    assert (await visitor.post("/rating", {"score": 5, "comment": "x" * 2000})).status_code == 200
