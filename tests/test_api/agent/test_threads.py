"""A conversation as people read it, over HTTP: pages, lines, the brief, who writes, who looks and types."""

from __future__ import annotations

import asyncio

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.realtime import looking
from tests.test_api.conftest import eventually, read_events
from tests.test_api.visitor.test_identity import new_inbox, new_key, sign_in


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
async def headers(desk):
    key = await api_keys.create(desk.app.state.running.database, "console", scopes=[Scope.AGENT])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def team(desk, headers):
    async def ask(method, path, body=None):
        return await desk.client.request(method, f"/v1{path}", json=body, headers=headers)

    return ask


async def test_pages_from_the_newest_on_hold_every_message_and_line_once(desk, team):
    visitor = await desk.start()
    await visitor.post("/handover")
    for number in range(7):
        await visitor.say(f"message {number}", str(number))
        if number == 3:
            tag = {"agent": "Mira", "do": "tag", "ids": [visitor.id], "add": ["late"]}
            await team("POST", "/worklist/acts", tag)
    whole = (await visitor.get()).json()
    messages, lines, before = [], [], ""
    while before is not None:
        page = (await team("GET", f"/queue/{visitor.id}?limit=3{before and f'&before={before}'}")).json()
        assert page["total"] == len(whole["messages"])
        assert page["seq"] == whole["seq"] + 0
        assert (page["brief"] is None) == bool(before)
        messages, lines, before = page["messages"] + messages, page["lines"] + lines, page["before"]
    assert [{name: one[name] for name in whole["messages"][0]} for one in messages] == whole["messages"]
    assert [line["kind"] for line in lines] == ["handover.requested", "tags.changed"]
    seqs = sorted(one["seq"] for one in (*messages, *lines))
    assert seqs == list(range(2, whole["seq"] + 1))
    assert (await team("GET", f"/queue/{visitor.id}?limit=201")).status_code == 422


async def test_the_brief_is_made_of_the_customers_own_words(desk, team):
    visitor = await desk.start()
    assert (await team("GET", f"/queue/{visitor.id}")).json()["brief"] is None
    await visitor.say("Hello", "1")
    await visitor.until("message.done")
    await visitor.say(
        "My kettle leaks, order number 4711-2299, write to pia@example.org, card 4111 1111 1111 1111", "2"
    )
    await eventually(desk.idle)
    said = (await visitor.say("I want a person", "3")).json()
    await visitor.until("handover.requested")
    told = (await team("GET", f"/queue/{visitor.id}")).json()
    brief, by_id = told["brief"], {one["id"]: one for one in told["messages"]}
    assert [each["text"][:15] for each in brief["asked"]] == ["My kettle leaks"]
    assert [each["decision"] for each in brief["tried"]] == ["answer", "answer"]
    for line in (*brief["asked"], *brief["tried"]):
        assert by_id[line["message_id"]]["text"].startswith(line["text"])
    found = {each["kind"]: each["value"] for each in brief["details"]}
    assert found == {"order": "4711-2299", "email": "pia@example.org", "card": None}
    assert brief["reason"] == "wants_person"
    assert by_id[brief["message_id"]]["decision"] == "hand_over"
    trace = await team("GET", f"/messages/{brief['message_id']}/trace")
    assert trace.status_code == 200
    assert said["id"] not in {each["message_id"] for each in brief["asked"]}


async def test_an_answered_matter_is_not_in_the_next_brief(desk, team):
    visitor = await desk.start()
    await visitor.say("The first matter", "1")
    await eventually(desk.idle)
    await visitor.post("/handover")
    await team("POST", f"/conversations/{visitor.id}/claim", {"agent": "Mira"})
    await team("POST", f"/conversations/{visitor.id}/replies", {"agent": "Mira", "client_id": "r", "text": "Done."})
    await team("POST", f"/conversations/{visitor.id}/release", {"agent": "Mira", "to": "bot"})
    await visitor.say("Where is the second parcel?", "2")
    await eventually(desk.idle)
    await visitor.post("/handover")
    brief = (await team("GET", f"/queue/{visitor.id}")).json()["brief"]
    assert [each["text"] for each in brief["asked"]] == ["Where is the second parcel?"]
    assert (brief["reason"], brief["detail"], brief["message_id"]) == ("customer_asked", None, None)


async def test_the_customers_other_conversations_and_nobody_elses(desk, team):
    inbox = await new_inbox(desk)
    signed, other = [await sign_in(desk, await new_key(desk, inbox), inbox) for _ in range(1)], await desk.start()
    await other.say("somebody else", "1")
    bearer = {"Authorization": f"Bearer {signed[0]['token']}"}
    ids = []
    for number in range(3):
        made = await desk.client.post("/v1/conversations", headers=bearer, json={"inbox": inbox})
        ids.append(made.json()["id"])
        said = {"client_id": "1", "text": f"matter {number}"}
        await desk.client.post(f"/v1/conversations/{ids[-1]}/messages", json=said, headers=bearer)
    await desk.client.post(f"/v1/conversations/{ids[0]}/rating", json={"score": 4}, headers=bearer)
    told = (await team("GET", f"/queue/{ids[1]}/customer")).json()
    assert [(each["id"], each["first"], each["rating"]) for each in told["earlier"]] == [
        (ids[2], "matter 2", None),
        (ids[0], "matter 0", 4),
    ]
    assert (told["verified"], told["inbox"], told["next"]) == (True, inbox, None)
    page, seen = told | {"next": ""}, []
    while page["next"] is not None:
        page = (
            await team("GET", f"/queue/{ids[1]}/customer?limit=1&cursor={page['next']}".removesuffix("&cursor="))
        ).json()
        seen += [each["id"] for each in page["earlier"]]
    assert seen == [ids[2], ids[0]]
    assert (await team("GET", f"/queue/{other.id}/customer")).json()["earlier"] == []
    assert (await desk.client.get(f"/v1/queue/{ids[1]}/customer", headers=bearer)).status_code == 401


async def test_who_looks_and_types_is_told_to_the_team_alone_and_is_over_by_itself(desk, team, headers, monkeypatch):
    monkeypatch.setattr(looking, "LOOKS_SECONDS", 0.6)
    monkeypatch.setattr(looking, "TYPES_SECONDS", 0.3)
    visitor = await desk.start()
    heard = asyncio.create_task(visitor.until("conversation.closed"))
    page = (await team("GET", "/changes?after=0")).json()
    assert page["here"]["conversations"] == {}
    url = f"/changes?after={page['seq']}&wait=20&here="
    waiting = asyncio.create_task(team("GET", url + page["here"]["at"]))
    await asyncio.sleep(0.1)
    assert (await team("POST", f"/queue/{visitor.id}/viewing", {"agent": "Jon"})).status_code == 204
    page = (await asyncio.wait_for(waiting, 5)).json()
    assert page["events"] == []
    assert page["here"]["conversations"] == {
        visitor.id: {"viewers": [{"name": "Jon", "typing": False}], "customer_types": False}
    }
    accept = {**headers, "Accept": "text/event-stream", "Last-Event-ID": str(page["seq"])}
    told = []
    async with asyncio.timeout(10), desk.client.stream("GET", "/v1/changes", headers=accept) as response:
        async for event in read_events(response):
            assert (event["seq"], event["kind"]) == (None, "looking")
            told.append(event["payload"])
            if len(told) == 1:
                await team("POST", f"/conversations/{visitor.id}/typing", {"agent": "Jon"})
                assert (await visitor.post("/writing", {"on": True})).status_code == 204
            if not told[-1]["viewers"] and not told[-1]["customer_types"]:
                break
    assert {each["conversation_id"] for each in told} == {visitor.id}
    assert any(each["viewers"] == [{"name": "Jon", "typing": True}] for each in told)
    assert any(each["customer_types"] for each in told)
    await visitor.post("/closure")
    own = await heard  # the bot may have said that it does not write
    assert {each["kind"] for each in own} - {"typing"} == {"conversation.started", "conversation.closed"}
    assert "Jon" not in str(own)
    assert (await team("GET", "/changes?after=0")).json()["here"]["conversations"] == {}


async def test_a_page_that_whispers_too_often_waits(desk):
    visitor = await desk.start()
    statuses = {(await visitor.post("/writing", {"on": True})).status_code for _ in range(80)}
    assert statuses == {204, 429}
    assert (await visitor.say("hello", "1")).status_code == 201
