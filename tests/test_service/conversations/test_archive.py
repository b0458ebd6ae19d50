"""A closed conversation in which a person answered is learnt from: masked, once, and with its rating."""

from __future__ import annotations

import pytest

from chatbot.service.conversations import feedback, messages, opening, ownership
from chatbot.service.conversations.archive import SOURCE
from chatbot.service.conversations.rules import Rules
from chatbot.service.visitors.visitors import Visitors
from chatbot.storage.queries import changes, corpus
from chatbot.storage.queries import conversations as stored
from chatbot.storage.tables.conversations import MessageRow
from data.transcripts import Role
from tests.test_service.doubles import ticking


@pytest.fixture
def database(either_database):
    return either_database


@pytest.fixture
def rules():
    return Rules(ticking(), keep=("help@shop.example",))


async def talk(database, rules, *said):
    """A conversation in which these (role, text) were said; an agent's and a bot's words go straight into the table."""
    async with database.write() as session:
        begun = await opening.start(Visitors(rules.clock, b"secret"), session)
        row = await stored.locked(session, begun.id)
        for number, (role, text) in enumerate(said):
            message = MessageRow(id=f"{begun.id}_{number}", role=role, text=text)
            await messages.append_message(rules, session, row, message)
    return begun.id


async def act(database, rules, conversation_id, change, **arguments):
    async with database.write() as session:
        await change(rules, session, await stored.locked(session, conversation_id), **arguments)


async def learnt(database):
    async with database.read() as session:
        return [item async for item in corpus.all_conversations(session)]


async def logged(database):
    async with database.read() as session:
        return await changes.last(session)


async def test_a_person_answered(database, rules):
    name = await talk(
        database,
        rules,
        ("customer", "My kettle leaks, I am jo@mail.example"),
        ("bot", "Turn it off and on."),
        ("agent", "Press the seal in until it clicks, or write to help@shop.example."),
    )
    assert await learnt(database) == []
    await act(database, rules, name, ownership.close)
    (item,) = await learnt(database)
    assert (item.id, item.source) == (name, SOURCE)
    assert [turn.role for turn in item.turns] == [Role.CUSTOMER, Role.AGENT]
    assert "jo@mail.example" not in item.turns[0].text
    assert item.turns[1].text.endswith("help@shop.example.")
    assert item.created == "2026-03-01T00:00:00Z"
    assert "rating" not in item.labels
    before = await logged(database)
    await act(database, rules, name, ownership.close)
    assert await logged(database) == before == 1


async def test_nobody_answered_or_only_the_bot(database, rules):
    for said in ([], [("customer", "Hello?")], [("customer", "Hello?"), ("bot", "Hello!")]):
        await act(database, rules, await talk(database, rules, *said), ownership.close)
    assert await learnt(database) == []


async def test_a_rating_counts_whenever_it_comes_and_a_forgotten_one_stays_forgotten(database, rules):
    said = [("customer", "My kettle leaks."), ("agent", "Press the seal in until it clicks.")]
    name = await talk(database, rules, *said)
    await act(database, rules, name, feedback.rate, score=2)
    assert await learnt(database) == []
    await act(database, rules, name, ownership.close)
    assert (await learnt(database))[0].labels["rating"] == 2
    await act(database, rules, name, feedback.rate, score=5)
    (item,) = await learnt(database)
    assert item.labels["rating"] == 5
    assert await logged(database) == 2
    async with database.write() as session:
        await corpus.delete_conversation(session, name)
    await act(database, rules, name, feedback.rate, score=1)
    assert await learnt(database) == []


async def test_a_closure_that_is_rolled_back_teaches_nothing(database, rules):
    name = await talk(database, rules, ("customer", "My kettle leaks."), ("agent", "Press the seal in."))

    async def fail():
        async with database.write() as session:
            await ownership.close(rules, session, await stored.locked(session, name))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await learnt(database) == []
    assert await logged(database) == 0
