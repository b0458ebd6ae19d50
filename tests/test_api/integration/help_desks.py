"""What the tests of connectors to real help desks share: connecting, waiting, and what has to hold for each of them.

``theirs`` is the running help desk: its harness says how a customer and an agent write there, and what each may see.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.connectors import setting_up
from chatbot.service.suggested import feedback
from chatbot.service.tickets import views
from chatbot.storage.queries import conversations, tickets
from chatbot.storage.tables.connectors import Level
from tests.test_api.conftest import serving
from tests.test_service.doubles import Promising

NAME = "helpdesk"
POLL = 1.0
SUGGESTED = "It is on its way."


def serving_beside(settings, every=POLL):
    """A server of ours that may call what runs on this machine, and looks every so many seconds."""
    own = {"outgoing_allow": ("127.0.0.1",), "held_back": 0.0, "connector_seconds": every}
    return serving(settings.model_copy(update=own), Promising())


async def connect(desk, theirs, level=Level.NOTE, kind=None):
    """The URL that rings the connector's bell."""
    running = desk.app.state.running
    wanted = setting_up.Wanted(NAME, kind or theirs.kind, theirs.url, theirs.given, level)
    async with running.database.write() as session:
        _, path = await setting_up.create(session, wanted, running.door, running.encryptor, running.clock)
    return desk.url + path


async def until(check, seconds=30.0):
    ends = time.monotonic() + seconds
    while not (found := await check()):
        assert time.monotonic() < ends, "it did not come about"
        await asyncio.sleep(0.1)
    return found


def in_thread(work, *args, **more):
    return asyncio.to_thread(work, *args, **more)


async def ours(desk, number):
    """The ticket as it is here, None before it came."""
    running = desk.app.state.running
    async with running.database.read() as session:
        row = await tickets.by_external(session, NAME, str(number))
        if row is None:
            return None
        found = await conversations.find(session, row.conversation_id)
        (view,) = await views.shown(session, [found], now=running.clock.now(), include=["messages"])
        return view


async def said(desk, number, count):
    """What was said, once there are so many messages here."""

    async def there():
        view = await ours(desk, number)
        return view if view and len(view["messages"]) >= count else None

    view = await until(there)
    return view, [(each["role"], each["text"], each["audience"]) for each in view["messages"]]


async def outcomes(desk, conversation_id):
    """How what people sent compares with what was suggested."""
    async with desk.app.state.running.database.read() as session:
        judged = list(await feedback.page(session, after=None, limit=1000))
    return [each["outcome"] for each in judged if each["conversation_id"] == conversation_id]


@asynccontextmanager
async def adapter(desk, theirs):
    """The help desk's own adapter, as the server has it."""
    async with desk.app.state.running.door.open() as client:
        yield setting_up.KINDS[theirs.kind](client, theirs.url, theirs.given)


async def gets_one_note(desk, theirs):
    """A customer's ticket gets our note, once, and its customer does not see it."""
    began = time.monotonic()
    number = await in_thread(theirs.new_ticket, "Where is my <b>parcel</b>?")
    (note,) = await until(lambda: in_thread(theirs.notes, number))
    print(f"from ticket to note: {time.monotonic() - began:.2f} s, looking every {POLL:g} s")  # noqa: T201 - measured
    assert SUGGESTED in note
    assert "\n\n[understudy:" in note.replace("\r\n", "\n")
    await asyncio.sleep(3 * POLL + 1)
    assert len(await in_thread(theirs.notes, number)) == 1
    _, texts = await said(desk, number, 1)
    assert texts == [("customer", "Where is my <b>parcel</b>?", "customer")]
    seen = await in_thread(theirs.seen_by_customer, number)
    assert "parcel" in seen
    assert SUGGESTED not in seen
    assert "understudy:" not in seen


async def answer_is_learnt(desk, theirs):
    """What an agent answers there is read back, compared with what we suggested, and closed as it is there."""
    number = await in_thread(theirs.new_ticket, "Where is it?")
    await until(lambda: in_thread(theirs.notes, number))
    await in_thread(theirs.answer, number, SUGGESTED)
    view, texts = await said(desk, number, 2)
    assert texts == [("customer", "Where is it?", "customer"), ("agent", SUGGESTED, "customer")]
    assert await outcomes(desk, view["id"]) == ["as_is"]
    await in_thread(theirs.close, number)

    async def closed():
        return (await ours(desk, number))["category"] == "done"

    await until(closed)


async def a_reply_from_here_arrives_once(desk, theirs):
    """What an agent answers here reaches the customer there, and comes back as the same message."""
    number = await in_thread(theirs.new_ticket, "Can it be washed?")
    conversation = (await until(lambda: ours(desk, number)))["id"]
    key = await api_keys.create(desk.app.state.running.database, "console", scopes=[*Scope])
    headers = {"Authorization": f"Bearer {key}"}
    claim = f"/v1/conversations/{conversation}/claim"
    assert (await desk.client.post(claim, json={"agent": "Mira"}, headers=headers)).status_code == 200
    given = {"client_id": "r1", "text": "At 30 °C.\nNot <i>hotter</i>.", "agent": "Mira", "visible_to": "customer"}
    sent = await desk.client.post(f"/v1/conversations/{conversation}/replies", json=given, headers=headers)
    assert sent.status_code == 201, sent.text

    async def there():
        async with adapter(desk, theirs) as tracker:
            read = await tracker.fetch(str(number))
        return [each for each in read.remarks if each.text == given["text"]]

    await until(there)
    await asyncio.sleep(3 * POLL)
    assert len(await there()) == 1
    _, texts = await said(desk, number, 2)
    assert [text for _, text, _ in texts] == ["Can it be washed?", given["text"]]


async def nothing_doubles(settings, theirs):
    """A server of ours that is stopped in the middle, and one that begins again: nothing lost, nothing doubled."""
    async with serving_beside(settings) as desk:
        await connect(desk, theirs)
        first = await in_thread(theirs.new_ticket, "Is it open on Sunday?")
        await until(lambda: ours(desk, first))
    await in_thread(theirs.answer, first, "Until noon.")
    second = await in_thread(theirs.new_ticket, "And on Monday?")
    async with serving_beside(settings) as desk:
        before = (await until(lambda: in_thread(theirs.notes, second)))[-1]
        await in_thread(theirs.customer_writes, second, "Hello?")
        _, texts = await said(desk, second, 2)
        assert [text for _, text, _ in texts] == ["And on Monday?", "Hello?"]
        _, texts = await said(desk, first, 2)
        assert [text for _, text, _ in texts] == ["Is it open on Sunday?", "Until noon."]

        async def noted_again():
            return (await in_thread(theirs.notes, second))[-1] != before

        await until(noted_again)
        await asyncio.sleep(3 * POLL)
        for number in (first, second):
            marks = [note.rsplit("[", 1)[1] for note in await in_thread(theirs.notes, number)]
            assert len(marks) == len(set(marks))
