"""A conversation in which a person answered and that an agent closed is kept: masked, once, and waiting.

Nothing that a customer does makes anything of it, or changes what is made of it.
"""

from __future__ import annotations

import asyncio

import pytest

from chatbot.errors import ChangedError, InputError, NotFoundError
from chatbot.service.conversations import feedback, opening, ownership
from chatbot.service.conversations.appending import append_message
from chatbot.service.conversations.rules import Rules
from chatbot.service.corpus import editing, importing, masking, review
from chatbot.service.corpus.history import known_moments
from chatbot.service.corpus.sources import passages_by_source
from chatbot.service.visitors.visitors import Visitors
from chatbot.storage.queries import changes, corpus, harvest, retirements
from chatbot.storage.queries import conversations as stored
from chatbot.storage.tables.conversations import MessageRow, Owner
from chatbot.storage.tables.corpus import HARVESTED
from chatbot.storage.tables.visitors import VisitorRow
from data.aliases import alias
from data.transcripts import Role
from retrieval.voices import UNTOLD, voice_of
from tests.test_service.doubles import ticking


@pytest.fixture
def database(either_database):
    return either_database


@pytest.fixture
def rules():
    return Rules(ticking(), keep=("help@shop.example",))


SAID = (("customer", "My kettle leaks."), ("agent", "Press the seal in until it clicks."))


async def talk(database, rules, *said, visitor=None, agent="Mira", counts_as=None):
    """A conversation in which these (role, text) were said; an agent's and a bot's words go straight into the table."""
    async with database.write() as session:
        begun = await opening.start(Visitors(rules.clock, b"secret"), session, visitor)
    await say(database, rules, begun.id, *said, agent=agent, counts_as=counts_as)
    return begun.id


async def say(database, rules, name, *said, agent="Mira", counts_as=None):
    async with database.write() as session:
        row = await stored.locked(session, name)
        row.owner, row.agent = Owner.AGENT, agent
        for role, text in said:
            author = agent if role == "agent" else None
            vouched = {"author": author, "counts_as": counts_as if author else None}
            message = MessageRow(id=rules.clock.new_id("m"), role=role, text=text, **vouched)
            await append_message(rules, session, row, message)


async def act(database, rules, conversation_id, change, *arguments, **options):
    async with database.write() as session:
        await change(rules, session, await stored.locked(session, conversation_id), *arguments, **options)


async def resolve(database, rules, name, agent="Mira"):
    """The agent who has it closes it."""
    await act(database, rules, name, ownership.release, agent, "closed")


async def learnt(database):
    async with database.read() as session:
        return [item async for item in corpus.all_conversations(session)]


async def waiting(database):
    async with database.read() as session:
        return await review.page(session)


async def passages(database):
    async with database.read() as session:
        return [passage async for _, found in passages_by_source(session) for passage in found]


async def decide(database, decision, *arguments, **options):
    async with database.write() as session:
        return await decision(session, *arguments, **options)


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
    await resolve(database, rules, name)
    (item,) = await learnt(database)
    assert (item.id, item.source) == (name, HARVESTED)
    assert [turn.role for turn in item.turns] == [Role.CUSTOMER, Role.AGENT]
    assert "jo@mail.example" not in item.turns[0].text
    assert item.turns[1].text.endswith("help@shop.example.")
    assert item.created == "2026-03-01T00:00:00Z"
    (passage,) = await passages(database)
    assert passage.waits
    (one,) = await waiting(database)
    assert (one.id, one.agent, one.closed_by) == (f"{name}:1", "Mira", "agent")
    assert one.question.startswith("My kettle leaks")


async def test_nobody_answered_or_only_the_bot(database, rules):
    for said in ([], [("customer", "Hello?")], [("customer", "Hello?"), ("bot", "Hello!")]):
        await resolve(database, rules, await talk(database, rules, *said))
        await act(database, rules, await talk(database, rules, *said), ownership.close)
    assert await learnt(database) == await waiting(database) == []


async def test_what_a_customer_closes_is_used_for_nothing_until_a_person_approves_it(database, rules):
    name = await talk(database, rules, *SAID)
    await act(database, rules, name, ownership.close)
    await act(database, rules, name, ownership.close)
    assert await learnt(database) == await passages(database) == []
    assert await known_moments(database) == []
    assert await logged(database) == 0
    (one,) = await waiting(database)
    assert one.closed_by == "customer"
    assert await decide(database, review.approve, one.id)
    (passage,) = await passages(database)
    assert (passage.answer, passage.waits) == (SAID[1][1], False)
    assert await logged(database) > 0


async def test_an_agent_who_closes_what_a_customer_closed_before_lets_it_be_suggested(database, rules):
    name = await talk(database, rules, *SAID)
    await act(database, rules, name, ownership.close)
    await act(database, rules, name, ownership.reopen)
    await say(database, rules, name)
    await resolve(database, rules, name)
    (passage,) = await passages(database)
    assert passage.waits


async def test_what_a_customer_does_later_changes_nothing(database, rules):
    name = await talk(database, rules, *SAID)
    await act(database, rules, name, feedback.rate, score=1)
    await resolve(database, rules, name)
    before, told = await passages(database), await logged(database)
    assert before[0].outcome == 0
    for score in (5, 1, 5):
        await act(database, rules, name, feedback.rate, score=score)
    await act(database, rules, name, ownership.reopen)
    await say(database, rules, name, ("customer", "How do I pay?"), ("agent", "One moment please."))
    await act(database, rules, name, ownership.close)
    assert (await passages(database), await logged(database)) == (before, told)


async def test_two_customers_are_told_apart_and_one_is_the_same_each_time(database, rules):
    who = Visitors(rules.clock, b"secret")
    async with database.write() as session:
        ada = (await who.arrive(session, "default", token="usv_ada")).visitor
        (await session.get(VisitorRow, ada.id)).name = "Ada Lovelace"
    for visitor in (ada, ada, None):
        await resolve(database, rules, await talk(database, rules, *SAID, visitor=visitor))
    first, again, other = await learnt(database)
    assert first.turns[0].author == again.turns[0].author != other.turns[0].author
    assert "Ada" not in str(first.turns)
    assert ada.id not in str(first.turns)
    assert len({voice.customer for passage in await passages(database) for voice in passage.voices}) == 2


async def test_who_answered_is_whom_the_key_vouched_for_and_not_the_name_that_was_given(database, rules):
    def spoken(name):
        return voice_of([name], []).agent

    any_name = alias("key", "k_1")
    for agent, counts_as in (("Mira", any_name), ("Bo", any_name), ("Mira", "Mira"), ("Mira", None)):
        name = await talk(database, rules, *SAID, agent=agent, counts_as=counts_as)
        await resolve(database, rules, name, agent)
    for _ in range(2):
        agents = [voice.agent for passage in await passages(database) for voice in passage.voices]
        assert agents == [spoken(any_name), spoken(any_name), spoken("Mira"), UNTOLD]
        await masking.mask_anew(database, everything=True)
    assert [one.agent for one in await waiting(database)] == ["Mira", "Bo", "Mira", "Mira"]


async def test_one_turn_of_which_nobody_knows_leaves_all_of_a_conversation_untold(database, rules):
    name = await talk(database, rules, *SAID, counts_as="Mira")
    await say(database, rules, name, ("customer", "And the lid?"), ("agent", "It is glued."))
    await resolve(database, rules, name)
    assert {voice.agent for passage in await passages(database) for voice in passage.voices} == {UNTOLD}


async def test_the_same_words_again_are_another_conversation_and_block_no_import(database, rules, tmp_path):
    for _ in range(2):
        await resolve(database, rules, await talk(database, rules, *SAID))
    assert len(await learnt(database)) == 2
    export = tmp_path / "export.csv"
    rows = "\n".join(f"1,{role},{text}" for role, text in SAID)
    export.write_text(f"conversation_id,role,text\n{rows}\n")
    summary = await importing.import_paths(database, [export])
    assert summary.new == 1
    assert sorted(passage.waits for passage in await passages(database)) == [False, True, True]


async def test_what_is_approved_is_used_and_what_is_rejected_is_not(database, rules):
    name = await talk(database, rules, *SAID, ("customer", "And the lid?"), ("agent", "The lid is glued."))
    await resolve(database, rules, name)
    first, second = await waiting(database)
    assert (first.answer, second.answer) == (SAID[1][1], "The lid is glued.")
    assert await decide(database, review.approve, first.id, "right")
    assert not await decide(database, review.approve, first.id)
    assert [one.id for one in await waiting(database)] == [second.id]
    assert await decide(database, review.reject, second.id, "it is screwed")
    assert not await decide(database, review.reject, second.id)
    assert await waiting(database) == []
    async with database.read() as session:
        assert await retirements.ids(session) == {second.id}
    assert {passage.id: passage.waits for passage in await passages(database)} == {first.id: False, second.id: True}
    assert [moment.id for moment in await known_moments(database, waiting=False)] == [first.id]
    assert [moment.id for moment in await known_moments(database)] == [first.id]


async def test_a_decision_can_be_turned_round(database, rules):
    await resolve(database, rules, await talk(database, rules, *SAID))
    (one,) = await waiting(database)
    await decide(database, review.reject, one.id)
    await decide(database, review.approve, one.id)
    async with database.read() as session:
        assert await retirements.ids(session) == frozenset()
    assert not (await passages(database))[0].waits
    await decide(database, review.reject, one.id)
    await decide(database, editing.restore, [one.id])
    assert [each.id for each in await waiting(database)] == [one.id]
    assert (await passages(database))[0].waits


async def test_other_words_than_those_that_were_judged_wait_again(database, rules):
    name = await talk(database, rules, *SAID)
    await resolve(database, rules, name)
    (one,) = await waiting(database)
    await decide(database, review.approve, one.id, seen=one.seen)
    await act(database, rules, name, ownership.reopen)
    await say(database, rules, name, ("agent", "Or send 50 euros to my own account."))
    await resolve(database, rules, name)
    (again,) = await waiting(database)
    assert again.answer.endswith("account.")
    assert (await passages(database))[0].waits
    with pytest.raises(ChangedError):
        await decide(database, review.approve, one.id, seen=one.seen)


async def test_only_harvested_answers_are_reviewed(database, rules, tmp_path):
    (tmp_path / "a.csv").write_text("conversation_id,role,text\n1,customer,Hello there?\n1,agent,Hello to you.\n")
    await importing.import_paths(database, [tmp_path / "a.csv"])
    name = await talk(database, rules, *SAID)
    await resolve(database, rules, name)
    for wrong in ("1:1", f"{name}:7", f"{name}:0", name, "", ":", "x#1"):
        for decision in (review.approve, review.reject):
            with pytest.raises(NotFoundError):
                await decide(database, decision, wrong)


async def test_what_is_forgotten_takes_its_approval_along(database, rules):
    for forget in (editing.forget, editing.delete_transcript):
        name = await talk(database, rules, *SAID)
        await resolve(database, rules, name)
        (one,) = await waiting(database)
        await decide(database, review.approve, one.id)
        await decide(database, forget, [name] if forget is editing.forget else name)
        async with database.read() as session:
            assert await harvest.approvals(session) == {}
        assert await passages(database) == await waiting(database) == []
    held = await talk(database, rules, *SAID)
    await act(database, rules, held, ownership.close)
    await decide(database, editing.forget, [held])
    assert await waiting(database) == []


async def test_a_page_goes_on_where_the_last_one_ended(database, rules):
    for number in range(3):
        said = [(role, f"{text} {place} {number}") for place in range(3) for role, text in SAID]
        await resolve(database, rules, await talk(database, rules, *said))
    everything = await waiting(database)
    assert len(everything) == 9
    for place, one in enumerate(everything):
        async with database.read() as session:
            assert await review.page(session, cursor=one.place) == everything[place + 1 :]
            assert await review.page(session, 2, cursor=one.place) == everything[place + 1 : place + 3]
    for wrong in ("x", "1", "1-", "-1-1", "1-2-3", "9" * 30 + "-1", "\0"):
        with pytest.raises(InputError):
            async with database.read() as session:
                await review.page(session, cursor=wrong)


async def test_a_closure_that_is_rolled_back_teaches_nothing(database, rules):
    name = await talk(database, rules, *SAID)

    async def fail():
        async with database.write() as session:
            await ownership.release(rules, session, await stored.locked(session, name), "Mira", "closed")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await learnt(database) == []
    assert await logged(database) == 0


async def test_deciding_retiring_and_closing_at_once_get_in_nobodys_way(database, rules):
    """Each takes rows and the log in the same order, so that none waits for one that waits for it."""
    names = [await talk(database, rules, *SAID) for _ in range(6)]
    for name in names[:4]:
        await resolve(database, rules, name)
    ids = [f"{name}:1" for name in names]

    async def decide_all(decision, order):
        async with database.write() as session:
            await review.lock(session, order)
            for one in order:
                await decision(session, one)

    await asyncio.gather(
        decide_all(review.approve, ids[:4]),
        decide_all(review.reject, ids[3::-1]),
        decide(database, editing.retire, ids[:4], "old"),
        *(decide(database, review.approve, one) for one in ids[:4]),
        *(resolve(database, rules, name) for name in names[4:]),
    )
    async with database.read() as session:
        assert await harvest.count_undecided(session) == 2
