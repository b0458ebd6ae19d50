"""Replies, notes and drafts over HTTP: who reads what, what is held, what is taken back, what is kept of typing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.service.worklist import releasing
from tests.test_api.conftest import eventually, join, serving, until_told
from tests.test_service.doubles import StandInLoader

SECRET = "he sounds angry, @Jon please have a look"


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
async def people(desk):
    """Mira has the conversation of a customer; Jon is there too. Calls as one of them."""
    by = {name: await join(desk, name) for name in ("Mira", "Jon")}
    visitor = await desk.start()
    await visitor.say("my kettle leaks", "1")
    await eventually(desk.idle)
    await visitor.post("/handover")

    async def call(who, method, path, body=None, **more):
        url = path if path.startswith("/v1") else f"/v1/conversations/{visitor.id}{path}"
        return await desk.client.request(method, url, json=body, headers=by[who], **more)

    assert (await call("Mira", "POST", "/claim", {})).status_code == 200
    return visitor, call


def said(text, client_id="r", **more):
    return {"visible_to": "customer", "client_id": client_id, "text": text, **more}


def note(text, client_id="n", **more):
    return said(text, client_id, **{"visible_to": "team", **more})


async def heard(visitor):
    return [each["text"] for each in (await visitor.get()).json()["messages"] if each["role"] == "agent"]


async def shown(call, visitor):
    return (await call("Jon", "GET", f"/v1/queue/{visitor.id}")).json()["messages"]


async def test_nothing_is_written_without_saying_who_reads_it(people):
    visitor, call = people
    refused = await call("Mira", "POST", "/replies", {"client_id": "r", "text": "Hello"})
    assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, "body.visible_to")
    assert (await call("Mira", "POST", "/replies", said("Hello", visible_to="everybody"))).status_code == 422
    assert await heard(visitor) == []


async def test_a_note_is_the_teams_alone(desk, people):
    visitor, call = people
    written = await call("Jon", "POST", "/replies", note(SECRET))  # who has the conversation does not matter
    assert written.status_code == 201, written.text
    assert (written.json()["role"], written.json()["visible_to"], written.json()["mentions"]) == (
        "note",
        "team",
        ["Jon"],
    )
    assert (await call("Jon", "POST", "/replies", note(SECRET))).status_code == 200
    assert (await call("Mira", "POST", "/replies", note(SECRET))).json()["code"] == "client_id_taken"
    assert (await call("Mira", "POST", "/replies", said("x", "n"))).json()["code"] == "client_id_taken"
    assert [each["text"] for each in await shown(call, visitor)][-1] == SECRET
    found = await call("Mira", "GET", "/v1/worklist?q=angry")
    assert [each["id"] for each in found.json()["conversations"]] == [visitor.id]
    assert "angry" not in found.text

    await call("Mira", "POST", "/replies", said("We look into it", "r"))
    await call("Mira", "POST", "/release", {"to": "bot"})
    await visitor.say("and now", "2")
    events = await visitor.until("message.done", after=6)
    assert desk.loader.pipeline.asked[-1] == ("and now",)
    assert "angry" not in str([events, (await visitor.get()).text, desk.loader.pipeline.asked])
    assert not any(each["kind"] == "note.created" for each in events)
    await call("Mira", "POST", "/claim", {})
    await call("Mira", "POST", "/release", {"to": "closed"})
    assert (await call("Jon", "POST", "/replies", note("closed, and still", "n2"))).status_code == 201
    kept = (await desk.client.get("/v1/changes", headers={**(await join(desk, "Ann"))})).json()["events"]
    assert [each["audience"] for each in kept if each["kind"] == "note.created"] == ["agent", "agent"]


async def test_who_is_mentioned_finds_it_until_they_look(people):
    visitor, call = people
    await call("Mira", "POST", "/replies", note("@jon, and @Mira, and a@Jon.example, @Jonas"))

    async def count(who):
        views = (await call(who, "GET", "/v1/worklist/views")).json()["views"]
        return next(each["count"] for each in views if each["id"] == "mentioned")

    assert [await count(who) for who in ("Jon", "Mira")] == [1, 0]  # not by oneself
    assert (await call("Jon", "DELETE", "/mentions")).status_code == 204
    assert await count("Jon") == 0
    assert (await shown(call, visitor))[-1]["mentions"] == ["Jon", "Mira"]
    assert (await call("Jon", "GET", "/v1/colleagues")).json() == {"names": ["Jon", "Mira"]}


async def test_a_held_reply_is_the_teams_until_its_time(people):
    visitor, call = people
    held = await call("Mira", "POST", "/replies", said("Send a photo", hold=1))
    assert (held.status_code, held.json()["held_until"] > held.json()["at"]) == (202, True)
    assert (await call("Mira", "POST", "/replies", said("Send a photo", hold=1))).status_code == 202  # it is one
    assert [(each["text"], each["held_until"]) for each in await shown(call, visitor)][-1] == (
        "Send a photo",
        held.json()["held_until"],
    )
    assert await heard(visitor) == []
    came = (await visitor.until("message.created", after=(await visitor.get()).json()["seq"]))[-1]
    assert (came["payload"]["id"], came["payload"]["text"]) == (held.json()["id"], "Send a photo")
    assert (await shown(call, visitor))[-1]["held_until"] is None
    late = await call("Mira", "DELETE", f"/replies/{held.json()['id']}")
    assert (late.status_code, late.json()["code"]) == (409, "already_sent")
    assert (await call("Mira", "POST", "/replies", said("Send a photo"))).status_code == 200
    assert await heard(visitor) == ["Send a photo"]


async def test_a_held_reply_is_taken_back_as_a_draft(people):
    visitor, call = people
    held = (await call("Mira", "POST", "/replies", said("Send a photo", hold=30))).json()
    await call("Mira", "PUT", "/drafts/reply", {"client_id": "r2", "text": "And then", "rev": 1})
    refused = await call("Jon", "DELETE", f"/replies/{held['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    assert (await call("Mira", "DELETE", f"/replies/{held['id']}")).status_code == 200
    (draft,) = (await call("Mira", "GET", "/drafts")).json()["drafts"]
    assert (draft["text"], draft["client_id"], draft["rev"]) == ("Send a photo\n\nAnd then", "r2", 2)
    assert {each["role"] for each in await shown(call, visitor)} == {"customer", "bot"}


async def test_what_is_held_goes_before_what_comes_after_it(people):
    visitor, call = people
    await call("Mira", "POST", "/replies", said("one", "r1", hold=30))
    await call("Mira", "POST", "/replies", said("two", "r2", hold=5))
    assert await heard(visitor) == []
    assert (await call("Mira", "POST", "/replies", said("three", "r3"))).status_code == 201
    assert await heard(visitor) == ["one", "two", "three"]
    await call("Mira", "POST", "/replies", said("four", "r4", hold=30))
    await call("Mira", "POST", "/release", {"to": "closed"})
    assert await heard(visitor) == ["one", "two", "three", "four"]


async def test_what_is_held_goes_before_the_conversation_is_somebody_elses(people):
    visitor, call = people
    await call("Mira", "POST", "/replies", said("Send a photo", hold=30))
    given = await call("Mira", "POST", "/v1/worklist/acts", {"do": "assign", "ids": [visitor.id], "to": "Jon"})
    assert given.json()["results"][0]["error"] is None
    assert await heard(visitor) == ["Send a photo"]


async def test_what_the_customer_closes_before_its_time_is_a_draft_again(desk, people):
    visitor, call = people
    await call("Mira", "POST", "/replies", said("Send a photo", hold=30))
    await visitor.post("/closure")
    running = desk.app.state.running
    late = running.rules.clock.now() + timedelta(minutes=1)
    rules = replace(running.rules, clock=replace(running.rules.clock, now=lambda: late))
    await releasing.release(running.database, running.hub, rules)
    assert await heard(visitor) == []
    assert [each["text"] for each in (await call("Mira", "GET", "/drafts")).json()["drafts"]] == ["Send a photo"]
    assert (await shown(call, visitor))[-1]["held_until"] is None


async def test_a_held_reply_outlives_the_server(settings):
    async with serving(settings, StandInLoader()) as desk:
        mira, visitor = await join(desk, "Mira"), await desk.start()
        at = f"/v1/conversations/{visitor.id}"
        await desk.client.post(f"{at}/claim", json={}, headers=mira)
        assert (await desk.client.post(f"{at}/replies", json=said("Hello", hold=1), headers=mira)).status_code == 202
    async with serving(settings, StandInLoader()) as desk:
        visitor.desk = desk
        await visitor.until("message.created")
        assert await heard(visitor) == ["Hello"]


async def test_what_the_customer_wrote_meanwhile_is_read_first(people):
    visitor, call = people
    seen = (await visitor.get()).json()["seq"]
    await call("Jon", "POST", "/replies", note("nothing new from the customer"))
    assert (await call("Mira", "POST", "/replies", said("a", "a", seen_seq=seen))).status_code == 201
    await visitor.say("it is on fire now", "2")
    refused = await call("Mira", "POST", "/replies", said("b", "b", seen_seq=seen))
    assert (refused.status_code, refused.json()["code"]) == (409, "unseen_message")
    assert await heard(visitor) == ["a"]
    seen = (await visitor.get()).json()["seq"]
    assert (await call("Mira", "POST", "/replies", said("b", "b", seen_seq=seen))).status_code == 201


async def test_drafts_are_kept_for_each_person_and_kind_and_the_newest_wins(people):
    _, call = people

    async def save(text, rev, client_id="d1", kind="reply", who="Mira"):
        body = {"client_id": client_id, "text": text, "rev": rev}
        return await call(who, "PUT", f"/drafts/{kind}", body)

    assert (await save("Send", 1)).json()["kept"]
    assert (await save("Send us", 2)).json()["kept"]
    assert (await save("Sen", 1)).json() | {"saved_at": "", "acts": {}} == {
        "kind": "reply",
        "client_id": "d1",
        "text": "Send us",
        "files": [],
        "acts": {},
        "rev": 2,
        "saved_at": "",
        "kept": False,
    }
    assert not (await save("something else", 1, "other")).json()["kept"]
    assert (await save("he is angry", 1, "d2", "note")).json()["kept"]
    assert (await save("", 3)).json()["kept"]
    assert not (await save("Send us", 2)).json()["kept"]  # came late: it is gone
    drafts = (await call("Mira", "GET", "/drafts")).json()["drafts"]
    assert [(each["kind"], each["text"]) for each in drafts] == [("note", "he is angry")]
    assert (await call("Jon", "GET", "/drafts")).json() == {"drafts": []}

    wrong = await call("Mira", "POST", "/replies", said("he is angry", "d2"))
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_audience")
    assert (await call("Mira", "POST", "/replies", note("he is angry", "d2"))).status_code == 201
    assert (await call("Mira", "GET", "/drafts")).json() == {"drafts": []}
    late = await save("he is ang", 9, "d2", "note")
    assert (late.status_code, late.json()["code"]) == (409, "client_id_taken")


async def test_facts_that_the_evidence_says_otherwise_are_told_and_refuse_nothing(people):
    visitor, call = people

    async def looked():
        return (await call("Mira", "POST", "/doubts", {"text": "You have 40 days."})).json()

    assert await until_told(looked, lambda told: told["checked"]) == {
        "checked": True,
        "doubts": [{"start": 9, "end": 16, "kind": "quantity", "stated": ["14 days"]}],
    }
    assert (await call("Mira", "POST", "/replies", said("You have 40 days."))).status_code == 201
    assert await heard(visitor) == ["You have 40 days."]
