"""The work list over HTTP: one search language, the next conversation, acts on many; on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.clock import real_clock
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.conftest import eventually, serving
from tests.test_service.doubles import StandInLoader


class MovableClock:
    """The computer's time, and what a test adds to it."""

    def __init__(self):
        self.late = timedelta()

    def now(self):
        return datetime.now(UTC) + self.late


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
async def desk(settings, clock, monkeypatch):
    monkeypatch.setattr("chatbot.service.worklist.wakening._EVERY_SECONDS", 0.05)
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
async def team(desk):
    """Calls the agents' routes with a key that acts for anybody."""
    key = await api_keys.create(desk.app.state.running.database, "console", scopes=[Scope.AGENT])

    async def call(method, path, body=None, **params):
        headers = {"Authorization": f"Bearer {key}"}
        return await desk.client.request(method, f"/v1{path}", json=body, headers=headers, params=params)

    return call


@pytest.fixture
def found(team):
    """The ids that a search finds."""

    async def search(q, **params):
        answer = await team("GET", "/worklist", q=q, **params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["conversations"]]

    return search


@pytest.fixture
def act(team):
    async def do(what, *ids, agent="Mira", **more):
        answer = await team("POST", "/worklist/acts", {"agent": agent, "do": what, "ids": [*ids], **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return do


async def talk(desk, *said, handover=True):
    """A conversation in which a customer said this, and waits for a person."""
    visitor = await desk.start()
    for number, text in enumerate(said):
        assert (await visitor.say(text, str(number))).status_code == 201
        await eventually(desk.idle)
    if handover:
        await visitor.post("/handover")
    return visitor


async def test_fields_words_and_their_opposites(desk, found, act):
    refund = await talk(desk, "I want my money back for order 4711")
    german = await talk(desk, "Wo ist meine Überweisung?", handover=False)
    chinese = await talk(desk, "请问怎么申请退款？谢谢", handover=False)
    assert await found("") == [chinese.id, german.id, refund.id]
    await act("tag", refund.id, add=["Late  Parcel", "vip"])
    await act("claim", german.id, agent="Jon Doe")
    expected = {
        "status:waiting": [refund.id],
        "status:open": [chinese.id, german.id, refund.id],
        "status:done": [],
        "owner:none": [refund.id],
        "owner:bot": [chinese.id],
        'owner:"Jon Doe"': [german.id],
        'owner:"jon doe"': [german.id],
        "-owner:bot": [german.id, refund.id],
        'tag:"late parcel"': [refund.id],
        "-tag:vip": [chinese.id, german.id],
        "decided:answer": [chinese.id, german.id, refund.id],
        "-decided:suggest": [chinese.id, german.id, refund.id],
        "money": [refund.id],
        "MONEY 4711": [refund.id],
        '"money back"': [refund.id],
        '"back money"': [],
        "mon": [],
        "mon*": [refund.id],
        "überweisung": [german.id],
        "ÜBERWEISUNG -money": [german.id],
        "退款": [chinese.id],
        "申请退款": [chinese.id],
        "款退": [],
        "款": [chinese.id],
        "money OR 退款": [chinese.id, refund.id],
        "status:waiting money OR 退款": [refund.id],
        '"or"': [],
        "after:2026-01-01": [chinese.id, german.id, refund.id],
        "before:2026-01-01": [],
        "status：waiting": [refund.id],
        "it's": [],
    }
    assert {q: await found(q) for q in expected} == expected
    assert await found("owner:me", agent="Jon Doe") == [german.id]


@pytest.mark.parametrize(
    ("q", "column", "expected"),
    [
        ("status:open ownr:me", 13, "one of owner:, team:, status:"),
        ("status:late", 8, "one of open, waiting, snoozed, done"),
        ("refund -status:late", 16, "one of open"),
        ('refund "money back', 8, 'a closing "'),
        ("owner:", 7, "a value after owner:"),
        ("refund -", 9, "a word after -"),
        ("before:yesterday", 8, "a date such as 2026-01-31"),
        ("after:2026-02-30", 7, "a date such as"),
        ("after:0001-01-01", 7, "a date such as"),
        ("decided:maybe", 9, "one of answer, ask, suggest, handover"),
        ("owner:me", 7, "agent=NAME"),
        ("a OR", 5, "a term after OR"),
        ("OR a", 1, "a term before OR"),
        ("a OR OR b", 6, "a term before OR"),
        ("!?", 1, "a word with a letter or digit"),
        ("http://shop.example", 1, 'write "http://shop.example"'),
        ("a " * 60, 101, "50 terms"),
        ("a" * 501, 501, "500 characters"),
    ],
)
async def test_a_search_that_cannot_be_read_says_where_and_what_was_expected(team, q, column, expected):
    answer = await team("GET", "/worklist", q=q)
    told = answer.json()
    assert (answer.status_code, told["code"], told["column"]) == (422, "search_syntax", column)
    assert expected in told["expected"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "q", ["'; DROP TABLE event; --", 'a"b', "a:* & !b", "NEAR(a b)", "\\", "%_", "a*b*", "tag:'", "x" * 400]
)
async def test_words_that_mean_something_to_a_database_mean_nothing_here(desk, team, q):
    visitor = await talk(desk, q, handover=False)
    answer = await team("GET", "/worklist", q=q)
    assert answer.status_code in {200, 422}
    quoted = f'"{q.replace(chr(34), " ")}"'
    answer = await team("GET", "/worklist", q=quoted)
    if answer.status_code == 200:
        assert [each["id"] for each in answer.json()["conversations"]] == [visitor.id]
    else:
        assert answer.json()["code"] == "search_syntax"


@pytest.mark.parametrize("order", ["newest", "wait", "activity"])
async def test_pages_hold_each_conversation_once_in_one_order(desk, team, order):
    ids = [(await talk(desk)).id for _ in range(5)]
    seen, cursor = [], {}
    while cursor is not None:
        page = (await team("GET", "/worklist", order=order, limit=2, **cursor)).json()
        seen += [each["id"] for each in page["conversations"]]
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert seen == (ids if order == "wait" else ids[::-1])
    assert (await team("GET", "/worklist", cursor="none")).status_code == 422


async def test_views_are_searches_with_counts_and_a_desk_keeps_its_own(desk, team, act):
    waits, other = await talk(desk, "money"), await talk(desk, handover=False)
    body = {"agent": "Mira", "name": "Money  back", "q": "money -status:done"}
    saved = await team("POST", "/worklist/views", body)
    assert (saved.status_code, saved.json()["name"]) == (201, "Money back")
    assert (await team("POST", "/worklist/views", {**body, "name": "money BACK"})).json()["code"] == "name_taken"
    assert (await team("POST", "/worklist/views", {**body, "name": "Queue"})).status_code == 409
    wrong = await team("POST", "/worklist/views", {**body, "name": "x", "q": "status:"})
    assert (wrong.status_code, wrong.json()["column"]) == (422, 8)

    async def counts(**who):
        return {each["id"]: each["count"] for each in (await team("GET", "/worklist/views", **who)).json()["views"]}

    own = saved.json()["id"]
    some = {
        "queue": 1,
        "mine": None,
        "mentioned": None,
        "team": None,
        "all": 2,
        "snoozed": 0,
        "done": 0,
        "bot": 1,
        own: 1,
    }
    assert await counts() == some
    await act("claim", waits.id)
    await act("done", other.id)
    assert await counts(agent="Mira") == {**some, "queue": 0, "mine": 1, "mentioned": 0, "team": 0, "done": 1, "bot": 0}
    assert (await team("DELETE", f"/worklist/views/{own}")).status_code == 204
    assert (await team("DELETE", f"/worklist/views/{own}")).status_code == 404
    assert (await team("DELETE", "/worklist/views/queue")).status_code == 404


async def test_of_many_who_take_the_next_nobody_gets_what_another_has(desk, team):
    waiting = [(await talk(desk)).id for _ in range(5)]
    answers = await asyncio.gather(*(team("POST", "/queue/next", {"agent": f"agent {n}"}) for n in range(8)))
    taken = [answer.json()["conversation"] for answer in answers]
    assert sorted(each["id"] for each in taken if each) == sorted(waiting)
    assert taken.count(None) == 3


async def test_the_next_is_who_has_waited_longest_of_those_that_are_asked_for(desk, team, act):
    first, second = await talk(desk, "apples"), await talk(desk, "pears")
    later = await talk(desk, "pears")
    await act("snooze", first.id, until=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    take = {"agent": "Mira", "q": "apples OR pears"}
    assert (await team("POST", "/queue/next", take)).json()["conversation"]["id"] == second.id
    assert (await team("POST", "/queue/next", {**take, "q": "apples"})).json() == {"conversation": None}
    assert (await team("POST", "/queue/next", take)).json()["conversation"]["id"] == later.id
    assert (await team("POST", "/queue/next", {**take, "q": "a OR"})).status_code == 422


async def test_what_is_put_off_comes_back_at_its_time(desk, team, found, act, clock):
    visitor = await talk(desk, "money")
    until = clock.now() + timedelta(hours=2)
    await act("snooze", visitor.id, until=until.isoformat())
    assert (await found("status:snoozed"), await found("status:waiting"), await found("status:open")) == (
        [visitor.id],
        [],
        [],
    )
    assert (await team("GET", "/queue")).json() == {"waiting": []}
    clock.late = timedelta(hours=3)
    assert (await found("status:snoozed"), await found("status:waiting")) == ([], [visitor.id])  # at once, by the clock
    assert [each["id"] for each in (await team("GET", "/queue")).json()["waiting"]] == [visitor.id]

    async def told():
        events = (await team("GET", f"/queue/{visitor.id}/events", after=0)).json()["events"]
        return [each["payload"] for each in events if each["kind"] == "conversation.woken"]

    for _ in range(200):
        if await told():
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    assert await told() == [{"by": "time"}]  # once


async def test_what_is_put_off_comes_back_when_the_customer_writes_and_nothing_is_lost(desk, team, found, act, clock):
    visitor, other = await talk(desk, "money"), await talk(desk, "pears")
    until = (clock.now() + timedelta(days=30)).isoformat()
    await act("snooze", visitor.id, other.id, until=until)
    await visitor.say("are you there?", "again")
    assert await found("status:waiting") == [visitor.id]
    assert await found("status:snoozed") == [other.id]
    snapshot = (await visitor.get()).json()
    assert [each["text"] for each in snapshot["messages"] if each["role"] == "customer"] == ["money", "are you there?"]
    public = [event async for event in _stored(visitor)]
    assert not {"conversation.snoozed", "conversation.woken"} & {each["kind"] for each in public}


async def _stored(visitor):
    headers = {**visitor.headers, "Accept": "application/json"}
    answer = await visitor.desk.client.get(f"/v1/conversations/{visitor.id}/events", headers=headers)
    for event in answer.json()["events"]:
        yield event


@pytest.mark.parametrize(
    "until", [None, "2020-01-01T00:00:00Z", "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "soon"]
)
async def test_a_snooze_needs_a_time_to_come(desk, team, until):
    visitor = await talk(desk)
    body = {"agent": "Mira", "do": "snooze", "ids": [visitor.id], "until": until}
    assert (await team("POST", "/worklist/acts", body)).status_code == 422


async def test_many_at_once_each_with_its_own_answer_and_all_can_be_undone(desk, team, found, act):
    waits, bots, held = await talk(desk, "one"), await talk(desk, "two", handover=False), await talk(desk, "three")
    await act("claim", held.id, agent="Jon")
    await act("tag", waits.id, add=["vip"])
    every = [waits.id, "c_none", bots.id, held.id, waits.id]

    async def standing():
        listed = (await team("GET", "/worklist")).json()["conversations"]
        return {each["id"]: (each["status"], each["agent"], each["tags"]) for each in listed}

    before = await standing()
    done = await act("done", *every)
    assert [each["id"] for each in done["results"]] == every[:4]  # each once, in the order asked for
    assert [(each["error"] or {}).get("code") for each in done["results"]] == [None, "not_found", None, "already_taken"]
    assert await found("status:done") == [bots.id, waits.id]
    await undo(team, done)
    assert await standing() == before

    tagged = await act("tag", *every, add=["VIP", "new"], remove=["none"])
    assert [each["error"] is None for each in tagged["results"]] == [True, False, True, True]
    assert await found("tag:vip tag:new") == [held.id, bots.id, waits.id]
    await undo(team, tagged)
    assert await standing() == before

    put_off = await act("snooze", waits.id, held.id, until=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert put_off["results"][1]["error"]["code"] == "not_yours"
    again = await act("snooze", waits.id, until=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    await undo(team, again)
    assert again["undo"][0]["do"] == "snooze"
    await undo(team, put_off)
    assert await standing() == before
    assert await found("status:snoozed") == []

    for what in ("claim", "release", "to_bot"):
        if what != "claim":
            await act("claim", waits.id)
        earlier = await standing()
        await undo(team, await act(what, waits.id))
        assert (await standing())[waits.id] == earlier[waits.id]


async def undo(team, done):
    for step in done["undo"]:
        answer = await team("POST", "/worklist/acts", {"agent": "Mira", **step})
        assert all(each["error"] is None for each in answer.json()["results"]), answer.text


async def test_who_opens_again_has_it_and_the_bot_is_silent(desk, found, act):
    visitor = await talk(desk, "one", handover=False)
    await act("done", visitor.id)
    again = await act("reopen", visitor.id)
    assert again["results"][0]["state"]["status"] == "agent"
    asked = len(desk.loader.pipeline.asked)
    await visitor.say("thank you", "more")
    await eventually(desk.idle)
    assert len(desk.loader.pipeline.asked) == asked
    assert (await act("to_bot", visitor.id))["results"][0]["state"]["status"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        {"do": "tag"},
        {"do": "tag", "add": [" "]},
        {"do": "tag", "add": ['a"b']},
        {"do": "tag", "add": ["ß" * 60]},
        {"do": "forget"},
        {"do": "claim", "ids": []},
    ],
)
async def test_an_act_that_cannot_be_done_is_refused_whole(desk, team, body):
    visitor = await talk(desk)
    answer = await team("POST", "/worklist/acts", {"agent": "Mira", "ids": [visitor.id], **body})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_the_same_request_again_gets_the_same_answer(desk, team):
    await talk(desk)
    await talk(desk)
    key = await api_keys.create(desk.app.state.running.database, "again")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "one"}
    taken = [
        (await desk.client.post("/v1/queue/next", json={"agent": "Mira"}, headers=headers)).json() for _ in range(2)
    ]
    assert taken[0] == taken[1]
    assert taken[0]["conversation"]
