"""A stream, and whoever asks and waits, end with the right that opened them: nothing is told that came after."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from chatbot.clock import real_clock
from chatbot.service.access import api_keys
from chatbot.service.realtime import follow as following
from chatbot.service.visitors import inbox_keys
from tests.test_api.conftest import Visitor, eventually, serving
from tests.test_api.visitor.test_identity import Clock, bearer, new_key, sign_in
from tests.test_service.doubles import StandInLoader


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
def looking_often(monkeypatch):
    """What nobody is woken by, a key revoked from another process say, is seen at once and not after seconds."""
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.02)


async def followed(visitor):
    """The kinds of all events of a stream, as a task, once it is open."""
    seen = []

    async def read():
        async for event in visitor.events():
            seen.append(event["kind"])  # noqa: PERF401 - it is looked at meanwhile
        return seen

    task = asyncio.create_task(read())
    await eventually(lambda: bool(seen))
    return task


async def write(desk, visitor):
    """Something new in the conversation, by a person of the desk."""
    key = await api_keys.create(desk.app.state.running.database, "help desk")
    path = f"/v1/conversations/{visitor.id}"
    answer = await desk.client.post(f"{path}/claim", json={"agent": "Mira"}, headers=bearer(key))
    assert answer.status_code == 200


async def test_signing_out_ends_the_stream_at_once(desk):
    visitor = await desk.start()
    task = await followed(visitor)
    assert (await desk.client.delete("/v1/visitor/token", headers=visitor.headers)).status_code == 204
    async with asyncio.timeout(2):
        assert await task == ["conversation.started"]


async def test_signing_out_ends_an_answer_that_is_waited_for(desk):
    visitor = await desk.start()
    headers = {**visitor.headers, "Accept": "application/json"}
    asking = asyncio.create_task(
        desk.client.get(f"/v1/conversations/{visitor.id}/events?after=1&wait=30", headers=headers)
    )
    hub = desk.app.state.running.hub
    await eventually(lambda: visitor.id in hub.listened())
    await desk.client.delete("/v1/visitor/token", headers=visitor.headers)
    async with asyncio.timeout(2):
        answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_who_stayed_hears_on_and_who_left_does_not(desk):
    """Two browsers of one person; one signs out."""
    key = await new_key(desk)
    here, there = await sign_in(desk, key), await sign_in(desk, key)
    made = (await desk.client.post("/v1/conversations", headers=bearer(here["token"]))).json()
    one, other = Visitor(desk, made["id"], here["token"]), Visitor(desk, made["id"], there["token"])
    left, stayed = await followed(one), await followed(other)
    await desk.client.delete("/v1/visitor/token", headers=one.headers)
    await write(desk, one)
    async with asyncio.timeout(2):
        assert await left == ["conversation.started"]
    assert not stayed.done()
    seen = await other.until("agent.joined")
    assert [event["kind"] for event in seen] == ["conversation.started", "agent.joined"]
    stayed.cancel()


@pytest.mark.usefixtures("looking_often")
async def test_a_token_that_ends_ends_its_stream(desk, clock):
    visitor = await desk.start()
    task = await followed(visitor)
    clock.late = timedelta(days=2)
    async with asyncio.timeout(2):
        assert await task == ["conversation.started"]


async def test_nothing_is_told_that_came_after_the_right(desk, clock):
    visitor = await desk.start()
    task = await followed(visitor)
    clock.late = timedelta(days=2)
    await write(desk, visitor)
    async with asyncio.timeout(2):
        assert await task == ["conversation.started"]


@pytest.mark.usefixtures("looking_often")
async def test_a_key_that_is_no_longer_believed_ends_what_it_vouched_for(desk):
    key = await new_key(desk)
    token = (await sign_in(desk, key))["token"]
    made = (await desk.client.post("/v1/conversations", headers=bearer(token))).json()
    task = await followed(Visitor(desk, made["id"], token))
    async with desk.app.state.running.database.write() as session:
        await inbox_keys.revoke_key(session, key[0], desk.app.state.running.clock)
    async with asyncio.timeout(2):
        assert await task == ["conversation.started"]


@pytest.mark.usefixtures("looking_often")
async def test_a_deleted_conversation_ends_its_streams(desk):
    visitor = await desk.start()
    task = await followed(visitor)
    async with desk.app.state.running.database.write() as session:
        await session.execute(text("DELETE FROM event"))
        await session.execute(text("DELETE FROM conversation"))
    async with asyncio.timeout(2):
        assert await task == ["conversation.started"]


@pytest.mark.usefixtures("looking_often")
async def test_a_revoked_api_key_waits_no_longer(desk):
    visitor, database = await desk.start(), desk.app.state.running.database
    key = await api_keys.create(database, "help desk")
    asking = asyncio.create_task(desk.client.get(f"/v1/queue/{visitor.id}/events?after=1&wait=30", headers=bearer(key)))
    hub = desk.app.state.running.hub
    await eventually(lambda: visitor.id in hub.listened())
    await api_keys.revoke(database, (await api_keys.list_all(database))[0].id)
    async with asyncio.timeout(2):
        answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")


@pytest.mark.usefixtures("looking_often")
async def test_who_waits_for_a_conversation_that_is_deleted_waits_no_longer(desk):
    visitor, database = await desk.start(), desk.app.state.running.database
    key = await api_keys.create(database, "help desk")
    asking = asyncio.create_task(desk.client.get(f"/v1/queue/{visitor.id}/events?after=1&wait=30", headers=bearer(key)))
    await eventually(lambda: visitor.id in desk.app.state.running.hub.listened())
    async with database.write() as session:
        await session.execute(text("DELETE FROM event"))
        await session.execute(text("DELETE FROM conversation"))
    async with asyncio.timeout(2):
        assert (await asking).status_code == 404


async def test_who_signs_out_at_one_server_is_heard_at_the_other(settings, postgresql):
    settings = settings.model_copy(update={"database_url": postgresql.url()})
    async with serving(settings, StandInLoader()) as one, serving(settings, StandInLoader()) as other:
        visitor = await one.start()
        task = await followed(Visitor(other, visitor.id, visitor.token))
        await one.client.delete("/v1/visitor/token", headers=visitor.headers)
        async with asyncio.timeout(4):
            assert await task == ["conversation.started"]
