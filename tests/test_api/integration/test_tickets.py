"""Tickets as another help desk brings, reads and changes them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url

from chatbot.service.access import api_keys
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from chatbot.storage.queries import harvest
from tests.test_api.conftest import join, serving
from tests.test_service.doubles import StandInLoader

ASKED = {"role": "customer", "text": "Where is A-1042?", "audience": "customer", "external_id": "1", "author": "Ada"}
NOTED = {"role": "agent", "text": "VIP, be quick", "audience": "team", "external_id": "2", "author": "Mira"}
TOLD = {"role": "agent", "text": "It left on Monday.", "audience": "customer", "external_id": "3", "author": "Mira"}
GIVEN = {
    "subject": "Parcel",
    "status": "open",
    "priority": "high",
    "tags": ["Late", "shipping"],
    "fields": {"order": "A-1042", "lines": 3},
    "requester": {"name": "Ada", "email": "ada@example.com", "external_id": "77"},
    "messages": [ASKED],
    "url": "https://desk.example/4711",
}
URL = "/v1/tickets/by-external/zendesk/4711"


@pytest.fixture
async def desk(settings, database_url):
    settings = settings.model_copy(update={"database_url": database_url})
    async with serving(settings, StandInLoader()) as running:
        key = await api_keys.create(running.app.state.running.database, "Zendesk", scopes=[Scope.TICKETS])
        running.client.headers["Authorization"] = f"Bearer {key}"
        yield running


async def bring(desk, expected=200, **changed):
    answer = await desk.client.put(URL, json={**GIVEN, **changed})
    assert answer.status_code == expected, answer.text
    return answer.json()


async def test_a_ticket_is_brought_once_and_the_same_again_changes_nothing(desk):
    made = await bring(desk, 201)
    assert made["result"] == "created"
    assert (made["channel"], made["subject"], made["status"], made["category"]) == ("zendesk", "Parcel", "open", "open")
    assert (made["tags"], made["fields"]) == (["late", "shipping"], {"order": "A-1042", "lines": 3})
    assert made["requester"]["email"] == "ada@example.com"
    assert made["waiting_since"] is not None
    assert made["external"] == {"system": "zendesk", "id": "4711", "url": "https://desk.example/4711", "etag": None}
    again = await bring(desk)
    assert (again["result"], again["id"], again["seq"]) == ("unchanged", made["id"], made["seq"])
    later = await bring(desk, messages=[ASKED, NOTED, TOLD], priority="low")
    assert (later["result"], later["priority"], later["waiting_since"]) == ("updated", "low", None)
    read = (await desk.client.get(f"/v1/tickets/{made['id']}", params={"include": "messages"})).json()
    said = [(each["role"], each["audience"], each["text"], each["author"]) for each in read["messages"]]
    assert said == [
        ("customer", "customer", ASKED["text"], "Ada"),
        ("note", "team", NOTED["text"], "Mira"),
        ("agent", "customer", TOLD["text"], "Mira"),
    ]


async def test_many_who_bring_the_same_ticket_at_once_make_one(desk):
    answers = await asyncio.gather(*(desk.client.put(URL, json={**GIVEN, "priority": "low"}) for _ in range(8)))
    assert sorted(each.status_code for each in answers) == [200] * 7 + [201]
    assert len({each.json()["id"] for each in answers}) == 1


async def test_its_customer_writes_on_and_waits_again_also_after_it_was_done(desk):
    made = await bring(desk, 201, messages=[ASKED, TOLD], status="done")
    assert (made["category"], made["conversation"]) == ("done", "closed")
    running = desk.app.state.running
    async with running.database.write() as session:
        learnt = await harvest.find(session, made["id"])
    assert [turn.text for turn in learnt.conversation.turns] == [ASKED["text"], TOLD["text"]]
    more = {**ASKED, "text": "Monday of which week?", "external_id": "4"}
    again = await bring(desk, messages=[ASKED, TOLD, more], status="open")
    assert (again["category"], again["conversation"]) == ("open", "waiting")
    found = (await desk.client.get("/v1/tickets", params={"query": "status:waiting channel:zendesk"})).json()
    assert [each["id"] for each in found["items"]] == [made["id"]]


async def test_a_change_is_refused_of_what_is_not_as_it_was_read(desk):
    made = await bring(desk, 201)
    url = f"/v1/tickets/{made['id']}"
    etag = (await desk.client.get(url)).headers["ETag"]
    first = await desk.client.patch(url, json={"subject": "Lost parcel"}, headers={"If-Match": etag})
    assert (first.status_code, first.json()["subject"]) == (200, "Lost parcel")
    late = await desk.client.patch(url, json={"subject": "Parcel?"}, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    fresh = await desk.client.patch(url, json={"subject": None}, headers={"If-Match": first.headers["ETag"]})
    assert (fresh.status_code, fresh.json()["subject"]) == (200, None)
    fields = (await desk.client.patch(url, json={"fields": {"order": None, "size": "L"}})).json()["fields"]
    assert fields == {"lines": 3, "size": "L"}
    unknown = await desk.client.patch(url, json={"status": "half done"})
    assert (unknown.status_code, "there are open, waiting, done" in unknown.json()["detail"]) == (422, True)
    assert (await desk.client.patch(url, json={"team": "Nowhere"})).status_code == 422


async def test_a_desk_has_its_own_names_for_where_a_ticket_stands(desk):
    lead = await join(desk, "Lea", Role.LEAD)
    names = [("New", "open"), ("Second line", "open"), ("With the warehouse", "waiting"), ("Solved", "done")]
    body = {"statuses": [{"name": name, "category": category} for name, category in names]}
    by_key = await desk.client.put("/v1/desk/statuses", json=body)
    assert by_key.status_code == 401
    desk.client.headers.pop("Authorization")
    assert (await desk.client.put("/v1/desk/statuses", json=body, headers=lead)).status_code == 200
    halves = {"statuses": body["statuses"][:3]}
    assert (await desk.client.put("/v1/desk/statuses", json=halves, headers=lead)).status_code == 422
    made = (await desk.client.post("/v1/tickets", json={"messages": [ASKED]}, headers=lead)).json()
    assert (made["status"], made["channel"]) == ("New", "ticket")
    url = f"/v1/tickets/{made['id']}"
    waits = (await desk.client.patch(url, json={"status": "with the warehouse"}, headers=lead)).json()
    assert (waits["status"], waits["category"], waits["waiting_since"]) == ("With the warehouse", "waiting", None)
    wrote = {"client_id": "c-2", "role": "customer", "text": "Anything new?", "audience": "customer"}
    assert (await desk.client.post(f"{url}/messages", json=wrote, headers=lead)).status_code == 201
    back = (await desk.client.get(url, headers=lead)).json()
    assert (back["status"], back["waiting_since"] is not None) == ("New", True)
    closed = (await desk.client.patch(url, json={"status": "done"}, headers=lead)).json()
    assert (closed["status"], closed["conversation"]) == ("Solved", "closed")


async def test_people_write_in_it_and_nothing_for_the_team_reaches_the_customer(desk):
    made = await bring(desk, 201)
    url = f"/v1/tickets/{made['id']}"
    note = {"agent": "Mira", "client_id": "n", "text": "She called twice.", "audience": "team"}
    assert (await desk.client.post(f"{url}/messages", json=note)).json()["role"] == "note"
    assert (await desk.client.post(f"{url}/messages", json=note)).status_code == 200
    reply = {"agent": "Mira", "client_id": "r", "text": "It left on Monday.", "audience": "customer"}
    refused = await desk.client.post(f"{url}/messages", json=reply)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    assert (await desk.client.post(f"{url}/claim", json={"agent": "Mira"})).status_code == 200
    unseen = await desk.client.post(f"{url}/messages", json={**reply, "seen_seq": 1})
    assert (unseen.status_code, unseen.json()["code"]) == (409, "unseen_message")
    sent = await desk.client.post(f"{url}/messages", json=reply)
    assert (sent.status_code, sent.json()["audience"], sent.json()["author"]) == (201, "customer", "Mira")
    none = await desk.client.post(f"{url}/messages", json={"agent": "Mira", "client_id": "x", "text": "hi"})
    assert none.status_code == 422
    read = (await desk.client.get(url, params={"include": "messages"})).json()
    assert [(each["role"], each["audience"]) for each in read["messages"]] == [
        ("customer", "customer"),
        ("note", "team"),
        ("agent", "customer"),
    ]
    assert read["owner"] == "Mira"


@pytest.mark.parametrize(
    "message",
    [
        {"role": "customer", "text": "hi"},
        {"role": "customer", "text": "hi", "audience": "team"},
        {"role": "customer", "text": " ", "audience": "customer"},
        {"role": "customer", "text": "hi", "audience": "customer", "at": "2999-01-01T00:00:00Z"},
        {"role": "customer", "text": "hi", "audience": "customer", "at": "2026-01-01T00:00:00"},
        {"role": "system", "text": "hi", "audience": "customer"},
    ],
)
async def test_a_message_that_nobody_can_place_is_refused_and_nothing_is_kept(desk, message):
    answer = await desk.client.put(URL, json={**GIVEN, "messages": [ASKED, message]})
    assert answer.status_code == 422
    assert "messages" in answer.text
    assert (await desk.client.get("/v1/tickets")).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        '{"fields": {"a": NaN}}',
        '{"fields": {"a": 1e400}}',
        '{"fields": {"a": 123456789012345678901234567890}}',
        '{"fields": {"a": [1]}}',
        '{"due_at": "2026-01-01"}',
        '{"due_at": "0001-01-01T00:00:00+23:00"}',
        '{"messages": [{"role": "customer", "text": "x", "audience": "customer", "at": "0001-01-01T00:00:00+23:00"}]}',
        '{"url": "javascript:alert(1)"}',
        '{"channel": "chat"}',
        '{"subject": "a\\u0000b"}',
    ],
)
async def test_what_cannot_be_kept_is_refused(desk, body):
    answer = await desk.client.put(URL, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_html_is_read_as_text_and_times_are_kept(desk):
    at = datetime.now(UTC) - timedelta(days=9)
    html = {"role": "customer", "audience": "customer", "format": "html", "at": at.isoformat()}
    made = await bring(desk, 201, messages=[{**html, "text": "<p>Hello<br>there &amp; you</p>"}])
    read = (await desk.client.get(f"/v1/tickets/{made['id']}", params={"include": "messages"})).json()
    (message,) = read["messages"]
    assert message["text"] == "Hello\nthere & you"
    assert datetime.fromisoformat(message["at"]) == at
    assert datetime.fromisoformat(read["waiting_since"]) == at
    assert datetime.fromisoformat(read["created_at"]) == at


async def test_two_tickets_become_one_and_the_old_name_finds_it(desk):
    first = await bring(desk, 201)
    other = (
        await desk.client.post("/v1/tickets", json={"subject": "Same", "messages": [{**ASKED, "text": "?!"}]})
    ).json()
    merged = await desk.client.post(f"/v1/tickets/{first['id']}/merge", json={"into": other["id"]})
    assert (merged.status_code, merged.json()["id"]) == (200, other["id"])
    assert (await desk.client.post(f"/v1/tickets/{first['id']}/merge", json={"into": other["id"]})).status_code == 200
    read = (await desk.client.get(f"/v1/tickets/{other['id']}", params={"include": "messages"})).json()
    assert [each["text"] for each in read["messages"]] == ["?!", ASKED["text"]]
    left = (await desk.client.get(f"/v1/tickets/{first['id']}")).json()
    assert (left["merged_into"], left["conversation"]) == (other["id"], "closed")
    more = await bring(desk, messages=[ASKED, {**ASKED, "text": "Hello?", "external_id": "9"}])
    assert more["id"] == other["id"]
    itself = await desk.client.post(f"/v1/tickets/{other['id']}/merge", json={"into": other["id"]})
    assert itself.status_code == 422


async def test_the_same_change_for_many_has_a_result_for_each(desk):
    made = await bring(desk, 201)
    body = {"ids": [made["id"], "none"], "change": {"priority": "urgent", "tags": ["vip"]}}
    results = (await desk.client.post("/v1/tickets/batch", json=body)).json()["results"]
    assert [(each["id"], each["changed"]) for each in results] == [(made["id"], True), ("none", False)]
    assert results[1]["error"]["code"] == "not_found"
    found = {"query": "priority:urgent tag:vip", "change": {"status": "done"}}
    assert (await desk.client.post("/v1/tickets/batch", json=found)).json()["results"][0]["changed"]
    assert (await desk.client.post("/v1/tickets/batch", json={"change": {"priority": "low"}})).status_code == 422


async def test_who_asks_is_known_again_and_is_nobody_of_the_widget(desk):
    first = await bring(desk, 201)
    second = await desk.client.put("/v1/tickets/by-external/zendesk/2", json={**GIVEN, "messages": [ASKED]})
    assert second.json()["requester"]["id"] == first["requester"]["id"]
    other = await desk.client.put("/v1/tickets/by-external/freshdesk/2", json=GIVEN)
    assert other.json()["requester"]["id"] != first["requester"]["id"]
    started = await desk.client.post("/v1/conversations", json={"inbox": "tickets"}, headers={"Authorization": ""})
    assert started.status_code in {403, 404}


async def test_a_key_that_acts_for_one_person_brings_nobody_elses_words(desk):
    database = desk.app.state.running.database
    key = await api_keys.create(database, "Mira's desk", scopes=[Scope.TICKETS], agent="Mira")
    desk.client.headers["Authorization"] = f"Bearer {key}"
    await bring(desk, 201, messages=[ASKED, TOLD])
    other = await desk.client.put(URL, json={**GIVEN, "messages": [ASKED, {**TOLD, "author": "Jon"}]})
    assert (other.status_code, other.json()["code"]) == (403, "other_agent")


async def test_a_ticket_by_a_known_name_is_not_made_twice(desk):
    await bring(desk, 201)
    again = await desk.client.post("/v1/tickets", json={"external": {"system": "zendesk", "id": "4711"}})
    assert (again.status_code, again.json()["code"]) == (409, "ticket_known")


async def test_lists_go_on_where_they_ended_and_chats_are_tickets_for_who_may_read_them(desk):
    chat = await desk.start()
    for number in range(5):
        answer = await desk.client.put(f"/v1/tickets/by-external/zendesk/{number}", json=GIVEN)
        assert answer.status_code == 201
    only = await desk.client.get("/v1/tickets")
    assert len(only.json()["items"]) == 5, "a key for tickets reaches no chats"
    for method, url, body in (
        ("GET", f"/v1/tickets/{chat.id}", None),
        ("PATCH", f"/v1/tickets/{chat.id}", {"priority": "low"}),
        ("POST", f"/v1/tickets/{chat.id}/claim", {"agent": "Mira"}),
        ("PUT", f"/v1/tickets/{chat.id}/draft/note", {"agent": "Mira", "client_id": "d", "text": "x", "rev": 1}),
        ("POST", f"/v1/tickets/{only.json()['items'][0]['id']}/merge", {"into": chat.id}),
    ):
        assert (await desk.client.request(method, url, json=body)).status_code == 404, url
    for query in ("channel:chat OR", "-channel:zendesk OR", "channel:chat", 'tag:"'):  # nor by an OR that takes in more
        found = await desk.client.get("/v1/tickets", params={"query": query})
        assert found.status_code == 422 or found.json()["items"] == [], query
    batch = {"ids": [chat.id], "change": {"priority": "low"}}
    (result,) = (await desk.client.post("/v1/tickets/batch", json=batch)).json()["results"]
    assert result["error"]["code"] == "not_found"
    wider = await api_keys.create(desk.app.state.running.database, "both", scopes=[Scope.TICKETS, Scope.AGENT])
    desk.client.headers["Authorization"] = f"Bearer {wider}"
    seen, cursor = [], None
    while True:
        params = {"limit": 2, "order": "activity", **({"cursor": cursor} if cursor else {})}
        page = (await desk.client.get("/v1/tickets", params=params)).json()
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len({each["id"] for each in seen}) == len(seen) == 6
    (plain,) = [each for each in seen if each["channel"] == "chat"]
    assert (plain["id"], plain["owner"]) == (chat.id, "bot")
    wrong = await desk.client.get("/v1/tickets", params={"query": "priority:huge"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "search_syntax")


async def test_a_ticket_that_is_forgotten_leaves_nothing_and_its_name_is_free(desk, database_url, request):
    words = [{**each, "text": f"{each['text']} zebrafinch"} for each in (ASKED, NOTED, TOLD)]
    who = {"name": "Zebrafinch", "email": "zebrafinch@example.com"}
    other = await desk.client.put("/v1/tickets/by-external/zendesk/other", json=GIVEN)
    made = await bring(desk, 201, messages=words, requester=who, subject="About a zebrafinch")
    url = f"/v1/tickets/{made['id']}"
    assert (await desk.client.delete(url)).status_code == 403  # a key of tickets forgets nothing
    key = await api_keys.create(desk.app.state.running.database, "admin", scopes=[*Scope])
    own = {"Authorization": f"Bearer {key}"}
    asked = await desk.client.post("/v1/suggestions", json={"ticket_id": made["id"]}, headers=own)
    assert asked.status_code == 200
    await bring(desk, messages=words, requester=who, status="done")  # now it is learnt from
    stale = await desk.client.delete(url, headers={**own, "If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await desk.client.delete(url, headers=own)).status_code == 204
    assert (await desk.client.delete(url, headers=own)).status_code == 404
    assert (await desk.client.get(url)).status_code == 404
    found = await desk.client.get("/v1/tickets", params={"query": "zebrafinch"})
    assert found.json()["items"] == []
    assert (await desk.client.get("/v1/changes", params={"after": 0, "limit": 500}, headers=own)).status_code == 200
    assert (await desk.client.get(f"/v1/tickets/{other.json()['id']}")).status_code == 200
    assert (await bring(desk, 201))["id"] != made["id"]
    await desk.stop()
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(url.database)) as database:
            told = "\n".join(database.iterdump())
    else:
        told = request.getfixturevalue("postgresql").command("pg_dump", "-d", url.database)
    assert "zebrafinch" not in told.lower()
