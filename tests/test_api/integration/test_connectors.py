"""What a connector does at each level, and that what is answered here gets there once; the help desk is in memory."""

from __future__ import annotations

import asyncio
import inspect
import time
from datetime import timedelta

import pytest

from chatbot.errors import InputError
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.connectors import answering, delivering, setting_up, syncing
from chatbot.service.outgoing.failing import OutgoingError, UnheardError
from chatbot.service.tickets import views
from chatbot.storage.queries import conversations, tickets
from chatbot.storage.tables.connectors import Level
from tests.test_api.conftest import serving
from tests.test_service.connectors.fake_desk import FakeDesk, Shop, WithDrafts
from tests.test_service.doubles import Promising

ASKED = "Where is my parcel?"
ANSWERED = f"You said: {ASKED}"


@pytest.fixture
def shop(monkeypatch):
    new = Shop()
    monkeypatch.setattr(FakeDesk, "shop", new, raising=False)
    for each in (FakeDesk, WithDrafts):
        monkeypatch.setitem(setting_up.KINDS, each.kind, each)
    monkeypatch.setattr(syncing, "_FIRST_RETRY", 0.1)
    monkeypatch.setattr(syncing, "_LOOK_SECONDS", 0.05)
    return new


@pytest.fixture
async def desk(settings, database_url, shop):
    own = {"database_url": database_url, "outgoing_allow": ("127.0.0.1",), "held_back": 0.0, "connector_seconds": 0.2}
    async with serving(settings.model_copy(update=own), Promising()) as running:
        yield running


async def eventually(check, seconds=15.0):
    """What ``check`` says once it says something true; it may be asynchronous."""
    ends = time.monotonic() + seconds
    while True:
        found = check()
        found = await found if inspect.isawaitable(found) else found
        if found:
            return found
        assert time.monotonic() < ends, "it did not come about"
        await asyncio.sleep(0.02)


async def connect(desk, level, kind="fake", url="http://127.0.0.1:1"):
    running = desk.app.state.running
    wanted = setting_up.Wanted("help", kind, url, {}, level)
    async with running.database.write() as session:
        _, path = await setting_up.create(session, wanted, running.door, running.encryptor, running.clock)
    await read_once(desk)
    return desk.url + path


async def read_once(desk):
    running = desk.app.state.running

    async def read():
        async with running.database.read() as session:
            (row,) = await setting_up.list_all(session)
        return row.synced_at

    await eventually(read)


async def view_of(desk, ticket):
    """The ticket as it is here, None before it came."""
    running = desk.app.state.running
    async with running.database.read() as session:
        row = await tickets.by_external(session, "help", ticket)
        if row is None:
            return None
        found = await conversations.find(session, row.conversation_id)
        (view,) = await views.shown(session, [found], now=running.clock.now(), include=["messages"])
        return view


async def agent_of(desk):
    key = await api_keys.create(desk.app.state.running.database, "console", scopes=[*Scope])
    headers = {"Authorization": f"Bearer {key}"}

    async def post(path, body):
        return await desk.client.post(f"/v1{path}", json=body, headers=headers)

    return post


async def looked_again():
    """Everything was read some times more."""
    await asyncio.sleep(0.8)


def breaks_once(shop):
    """What is written next arrives, and nobody hears that it did."""

    async def breaks(what, ticket):
        shop.after = None
        raise OutgoingError("The line broke.")

    return breaks


def late(fetch, seconds):
    """What was read is old when it comes: two who write meanwhile have both seen nothing of it."""

    async def slow(self, external_id):
        found = await fetch(self, external_id)
        await asyncio.sleep(seconds)
        return found

    return slow


async def reply_here(desk, ticket, text, number="r1"):
    post = await agent_of(desk)
    conversation = (await view_of(desk, ticket))["id"]
    claimed = await post(f"/conversations/{conversation}/claim", {"agent": "Mira"})
    assert claimed.status_code == 200, claimed.text
    given = {"client_id": number, "text": text, "agent": "Mira", "visible_to": "customer"}
    return await post(f"/conversations/{conversation}/replies", given)


async def test_what_may_be_answered_alone_is_answered_there_once_and_the_rest_is_noted(desk, shop):
    await connect(desk, Level.ANSWER)
    shop.says("1", "customer", ASKED)
    shop.says("2", "customer", "I want a person")
    await eventually(lambda: len(shop.tickets["1"]) > 1 and len(shop.tickets["2"]) > 1)
    await looked_again()
    assert shop.public("1")[1][1].strip() == ANSWERED
    assert shop.notes("1") == []
    assert len(shop.public("2")) == 1
    assert "It is on its way." in shop.notes("2")[0]
    assert len(shop.written) == 2
    assert shop.categories == {"1": "waiting"}
    view = await view_of(desk, "1")
    assert [(each["role"], each["text"]) for each in view["messages"]] == [("customer", ASKED), ("bot", ANSWERED)]
    assert view["category"] == "waiting"
    shop.says("1", "customer", "And my other one?")
    await eventually(lambda: len(shop.public("1")) == 4)
    assert shop.public("1")[3][1].strip() == "You said: And my other one?"


@pytest.mark.parametrize("level", [Level.SHADOW, Level.NOTE])
async def test_no_lower_level_answers(desk, shop, level):
    await connect(desk, level)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: view_of(desk, "1"))
    await looked_again()
    assert len(shop.public("1")) == 1
    assert len(shop.notes("1")) == (level is Level.NOTE)
    post = await agent_of(desk)
    conversation = (await view_of(desk, "1"))["id"]
    told = (await post("/decisions", {"ticket_id": conversation, "act": True})).json()
    assert (told["acted"], told["why"]["code"]) == (False, "elsewhere")
    assert (await post(f"/conversations/{conversation}/claim", {"agent": "Mira"})).status_code == 200
    given = await post(f"/conversations/{conversation}/release", {"agent": "Mira", "to": "bot"})
    assert (given.status_code, given.json()["code"]) == (409, "answer_there")


async def test_a_draft_is_laid_there_once_where_drafts_are_kept(desk, shop):
    await connect(desk, Level.DRAFT, "fake-drafts")
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.drafts.get("1"))
    await looked_again()
    assert shop.drafts == {"1": ["It is on its way."]}
    assert len(shop.tickets["1"]) == 1


async def test_what_a_person_answers_here_is_written_there(desk, shop):
    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.notes("1"))
    assert (await reply_here(desk, "1", "Tomorrow,\n\nMira")).status_code == 201
    await eventually(lambda: len(shop.public("1")) == 2)
    await looked_again()
    assert len(shop.written) == 2
    view = await view_of(desk, "1")
    assert [each["text"] for each in view["messages"] if each["audience"] == "customer"] == [ASKED, "Tomorrow,\n\nMira"]


async def test_in_shadow_nobody_is_let_believe_that_a_reply_is_sent(desk, shop):
    await connect(desk, Level.SHADOW)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: view_of(desk, "1"))
    refused = await reply_here(desk, "1", "Tomorrow")
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_there")
    assert shop.written == []


@pytest.mark.parametrize(("names", "under_way"), [(True, 0.0), (False, 0.0), (True, 0.3)])
async def test_a_reply_that_arrived_though_nobody_said_so_is_not_written_again(
    desk, shop, names, under_way, monkeypatch
):
    shop.names_what_it_wrote = names
    monkeypatch.setattr(delivering, "CLAIM", timedelta(seconds=0.2))
    monkeypatch.setattr(FakeDesk, "fetch", late(FakeDesk.fetch, under_way))
    await connect(desk, Level.ANSWER)
    shop.after = breaks_once(shop)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.written)
    await looked_again()
    await looked_again()
    assert [what for what, _, _ in shop.written] == ["reply"]
    assert [each["role"] for each in (await view_of(desk, "1"))["messages"]] == ["customer", "bot"]


@pytest.mark.parametrize("under_way", [0.0, 0.3])
async def test_a_note_that_arrived_though_nobody_said_so_is_not_written_again(desk, shop, under_way, monkeypatch):
    monkeypatch.setattr(answering, "CLAIM", timedelta(seconds=0.2))
    monkeypatch.setattr(FakeDesk, "fetch", late(FakeDesk.fetch, under_way))
    await connect(desk, Level.NOTE)
    shop.after = breaks_once(shop)
    shop.says("1", "customer", ASKED)
    for _ in range(4):
        desk.app.state.running.connectors.ring("help", "1")
        await looked_again()
    assert [what for what, _, _ in shop.written] == ["note"]


async def test_what_may_still_be_under_way_is_not_written_again_before_that_is_over(desk, shop, monkeypatch):
    monkeypatch.setattr(delivering, "CLAIM", timedelta(seconds=2))
    late = []

    async def slow(what, ticket):
        late.append(what)
        raise UnheardError("It does not answer (not in time).")

    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.notes("1"))
    shop.before = slow
    assert (await reply_here(desk, "1", "Yes")).status_code == 201
    await eventually(lambda: late)
    await asyncio.sleep(1)
    assert late == ["reply"]
    shop.before = None
    shop.says("1", "agent", "Yes", author="bot")  # now it is stored over there
    await asyncio.sleep(3)
    assert [text for role, text in shop.public("1") if role == "agent"] == ["Yes"]
    public = [each for each in (await view_of(desk, "1"))["messages"] if each["audience"] == "customer"]
    assert [each["role"] for each in public] == ["customer", "agent"]


async def test_a_short_reply_is_not_taken_for_what_another_said_before(desk, shop):
    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    shop.says("1", "agent", "Yes", author="Ben")
    shop.says("1", "agent", "Yes, but only if you pay first.", author="Ben")
    shop.says("1", "customer", "And now?")
    await eventually(lambda: shop.notes("1"))

    async def breaks(what, ticket):
        shop.before = None
        raise OutgoingError("It answers 500.")

    shop.before = breaks
    assert (await reply_here(desk, "1", "Yes")).status_code == 201
    await eventually(lambda: len(shop.public("1")) == 5)
    await looked_again()
    assert [text.strip() for _, text in shop.public("1")].count("Yes") == 2


async def test_a_name_is_given_to_no_other_help_desk_and_what_was_written_is_known_once_it_is_back(desk, shop):
    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.notes("1"))
    assert (await reply_here(desk, "1", "Tomorrow, as the carrier says, before noon.")).status_code == 201
    await eventually(lambda: len(shop.public("1")) == 2)
    running = desk.app.state.running
    with pytest.raises(InputError, match="is a connector to fake at"):
        await connect(desk, Level.NOTE, url="http://127.0.0.1:2")
    async with running.database.write() as session:
        await setting_up.remove(session, "help", running.clock)
    refused = await reply_here(desk, "1", "And?", "r2")
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_there")
    with pytest.raises(InputError, match="was a connector to fake at"):
        await connect(desk, Level.NOTE, url="http://127.0.0.1:2")
    await connect(desk, Level.NOTE)
    await looked_again()
    assert len(shop.public("1")) == 2
    assert len([each for each in (await view_of(desk, "1"))["messages"] if each["audience"] == "customer"]) == 2


async def test_a_list_without_end_keeps_no_reply_waiting_and_is_told(desk, shop, monkeypatch):
    monkeypatch.setattr(syncing, "_MOST_AGAIN", 300)
    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.notes("1"))
    shop.endless = True
    assert (await reply_here(desk, "1", "Tomorrow")).status_code == 201
    await eventually(lambda: len(shop.public("1")) == 2)

    async def told():
        async with desk.app.state.running.database.read() as session:
            (row,) = await setting_up.list_all(session)
        return row.error and "again and again" in row.error

    await eventually(told)


async def test_a_ticket_that_cannot_be_kept_stops_no_other_and_is_told(desk, shop):
    await connect(desk, Level.NOTE)
    shop.subject = 7  # no words, as no adapter should bring them
    shop.says("1", "customer", ASKED)

    async def told():
        async with desk.app.state.running.database.read() as session:
            (row,) = await setting_up.list_all(session)
        return row.error and "Not taken: 1 tickets, such as 1" in row.error

    await eventually(told)
    shop.subject = "\ud800"
    shop.says("2", "customer", ASKED)
    await eventually(lambda: shop.notes("2"))


async def test_the_bot_does_not_answer_after_somebody_who_was_first_there(desk, shop):
    async def somebody_is_first(what, ticket):
        shop.before = None
        shop.says(ticket, "agent", "I looked: it is lost.", author="Ben")
        raise OutgoingError("It is away.")

    await connect(desk, Level.ANSWER)
    shop.before = somebody_is_first
    shop.says("1", "customer", ASKED)

    async def told():
        return [each for each in (await view_of(desk, "1") or {"messages": []})["messages"] if "first" in each["text"]]

    (note,) = await eventually(told)
    assert note["audience"] == "team"
    await looked_again()
    assert [text for _, text in shop.public("1")] == [ASKED, "I looked: it is lost."]


async def test_while_a_help_desk_is_away_replies_wait_and_the_team_is_told(desk, shop):
    await connect(desk, Level.NOTE)
    shop.says("1", "customer", ASKED)
    await eventually(lambda: shop.notes("1"))
    shop.away = True
    first = await reply_here(desk, "1", "One")
    assert first.status_code == 201, first.text
    assert (await reply_here(desk, "1", "Two", "r2")).status_code == 201

    async def told():
        return [each for each in (await view_of(desk, "1"))["messages"] if "not reached" in each["text"]]

    assert len(await eventually(told)) == 1
    shop.away = False
    await eventually(lambda: len(shop.public("1")) == 3)
    await looked_again()
    assert [text.strip() for _, text in shop.public("1")] == [ASKED, "One", "Two"]


async def test_who_has_not_the_secret_rings_no_bell(desk, shop):
    hook = await connect(desk, Level.NOTE)
    assert (await desk.client.post(hook, json=1)).status_code == 202
    assert (await desk.client.post(hook, data={"ticket": "1"})).status_code == 202  # whatever it calls itself
    assert (await desk.client.post(f"{hook}x", json=1)).status_code == 404
    assert (await desk.client.head(hook)).status_code == 200  # some look whether anything is there, before they ring
    assert (await desk.client.head(f"{hook}x")).status_code == 200


async def test_two_servers_write_nothing_twice(desk, shop, settings, database_url):
    if database_url.startswith("sqlite"):
        pytest.skip("one server has an SQLite desk to itself")
    own = {"database_url": database_url, "outgoing_allow": ("127.0.0.1",), "held_back": 0.0, "connector_seconds": 0.2}
    async with serving(settings.model_copy(update=own), Promising()):
        await connect(desk, Level.ANSWER)
        for number in range(6):
            shop.says(str(number), "customer", ASKED if number % 2 else "I want a person")
        await eventually(lambda: all(len(said) > 1 for said in shop.tickets.values()), seconds=30)
        await looked_again()
    assert len(shop.written) == 6
    for number in range(6):
        view = await view_of(desk, str(number))
        assert [each["role"] for each in view["messages"] if each["audience"] == "customer"] == (
            ["customer", "bot"] if number % 2 else ["customer"]
        )
