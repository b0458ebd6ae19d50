"""The feed of the whole desk over HTTP: followed or asked for, resumed anywhere without a gap or a double."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.conftest import eventually, read_events


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
async def headers(desk):
    key = await api_keys.create(desk.app.state.running.database, "console", scopes=[Scope.AGENT])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def ask(desk, headers):
    async def page(after=0, wait=0):
        answer = await desk.client.get(f"/v1/changes?after={after}&wait={wait}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return page


async def follow(desk, headers, after, most):
    """The next events of a stream; then the connection breaks."""
    seen = []
    accept = {**headers, "Accept": "text/event-stream", "Last-Event-ID": str(after)}
    async with asyncio.timeout(20), desk.client.stream("GET", "/v1/changes", headers=accept) as response:
        assert response.status_code == 200
        async for event in read_events(response):
            seen.append(event)
            if len(seen) == most:
                break
    return seen


async def test_everything_that_happens_anywhere_is_told_once_what_is_for_agents_too(desk, headers, ask):
    one, other = await desk.start(), await desk.start()
    await one.say("hello", "1")
    await eventually(desk.idle)
    await other.post("/handover")
    acts = {"agent": "Mira", "do": "tag", "ids": [one.id, other.id], "add": ["vip"]}
    await desk.client.post("/v1/worklist/acts", json=acts, headers=headers)
    page = await ask()
    numbers = [each["seq"] for each in page["events"]]
    assert numbers == sorted(set(numbers))
    assert page["seq"] == numbers[-1]
    for visitor in (one, other):
        own = [each for each in page["events"] if each["conversation_id"] == visitor.id]
        path = f"/v1/queue/{visitor.id}/events"
        stored = (await desk.client.get(path, headers=headers)).json()["events"]
        assert [(each["conversation_seq"], each["kind"], each["payload"]) for each in own] == [
            (each["seq"], each["kind"], each["payload"]) for each in stored
        ]
    audiences = {each["kind"]: each["audience"] for each in page["events"]}
    assert audiences["answer.traced"] == audiences["tags.changed"] == "agent"
    assert audiences["message.created"] == audiences["message.done"] == "customer"
    streamed = await follow(desk, headers, 0, len(numbers))
    assert streamed == page["events"]


async def test_a_stream_that_breaks_again_and_again_goes_on_where_it_was(desk, headers, ask):
    visitors = [await desk.start() for _ in range(4)]

    async def write():
        for number in range(6):
            await asyncio.gather(*(each.say(f"message {number}", str(number)) for each in visitors))

    writing, seen = asyncio.create_task(write()), []
    for most in (1, 3, 1, 7, 5, 7):
        seen += await follow(desk, headers, seen[-1]["seq"] if seen else 0, most)
    await writing
    await eventually(desk.idle)
    seen += (await ask(seen[-1]["seq"]))["events"]
    assert seen == (await ask())["events"]


async def test_who_is_far_behind_gets_pages(desk, ask, headers):
    ids = [(await desk.start()).id for _ in range(20)]
    for number in range(26):
        body = {"agent": "Mira", "do": "tag", "ids": ids, "add": [f"t{number}"], "remove": [f"t{number - 1}"]}
        assert (await desk.client.post("/v1/worklist/acts", json=body, headers=headers)).status_code == 200
    first = await ask()
    second = await ask(first["seq"])
    assert [len(page["events"]) for page in (first, second)] == [500, 40]
    assert len(await follow(desk, headers, 0, 540)) == 540


async def test_who_waits_hears_at_once_and_an_end_of_waiting_is_empty(desk, ask):
    visitor = await desk.start()
    seq = (await ask())["seq"]
    nobody = (await ask())["here"]
    assert await ask(seq, wait=0.05) == {"events": [], "seq": seq, "here": nobody}
    asking = [asyncio.create_task(ask(seq, wait=20)) for _ in range(5)]
    await asyncio.sleep(0.2)
    await visitor.post("/handover")
    async with asyncio.timeout(4):  # less than it takes until somebody looks by themselves
        found = await asyncio.gather(*asking)
    assert [[each["kind"] for each in page["events"]] for page in found] == [["handover.requested"]] * 5


async def test_a_list_says_from_where_to_follow(desk, ask, headers):
    await desk.start()
    await ask()
    listed = (await desk.client.get("/v1/worklist", headers=headers)).json()
    visitor = await desk.start()
    assert [each["conversation_id"] for each in (await ask(listed["changes"]))["events"]] == [visitor.id]


async def test_a_number_that_is_not_reached_and_a_key_that_ends(desk, ask, headers):
    await desk.start()
    ahead = await desk.client.get("/v1/changes?after=99", headers=headers)
    assert (ahead.status_code, ahead.json()["code"]) == (409, "ahead_of_log")
    seq = (await ask())["seq"]
    waiting = asyncio.create_task(desk.client.get(f"/v1/changes?after={seq}&wait=20", headers=headers))
    await asyncio.sleep(0.2)
    database = desk.app.state.running.database
    await api_keys.revoke(database, (await api_keys.list_all(database))[0].id)
    await desk.start()
    assert (await waiting).status_code == 401
