"""Stored transcripts are masked anew by today's rules: each once, resumably, and the index follows."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from chatbot.home import Home
from chatbot.service.corpus import masking as module
from chatbot.service.corpus.masking import mask_anew
from chatbot.service.serving.index_follower import Follower
from chatbot.storage.queries import changes, corpus, masking, retirements
from chatbot.storage.tables.corpus import TranscriptRow
from data.masking.kinds import VERSION
from data.transcripts import Conversation, Role, Turn
from retrieval.encoder.vector_cache import VectorCache
from tests.test_service.live_desk import LiveLoader

CARD = "4242 4242 4242 4242"


@pytest.fixture
def database(either_database):
    return either_database


def conversation(name, asked, answered="Turn the lid.", source="mail"):
    return Conversation(name, (Turn(Role.CUSTOMER, asked), Turn(Role.AGENT, answered)), source=source)


async def store_unmasked(database, *items):
    """As rules that found nothing would have left them."""
    async with database.write() as session:
        await corpus.store_batch(session, items)
        await session.execute(update(TranscriptRow).values(masking=1))


async def asked(database):
    async with database.read() as session:
        return {item.id: item.turns[0].text async for item in corpus.all_conversations(session)}


async def test_what_older_rules_left_is_masked_and_told(database):
    await store_unmasked(database, conversation("a", f"I paid with {CARD} 09/27"), conversation("b", "my kettle leaks"))
    async with database.write() as session:
        await retirements.add(session, ["a:1"], "old")
        before = await changes.last(session)
    told = []
    summary = await mask_anew(database, report=lambda *progress: told.append(progress))
    assert summary.to_json() == {"looked_at": 2, "changed": 1, "masked": {"CARD": 1}}
    assert told == [("mask", 0, 2), ("mask", 2, 2)]
    assert await asked(database) == {"a": "I paid with [CARD_1] 09/27", "b": "my kettle leaks"}
    async with database.read() as session:
        assert [change.name for change in await changes.since(session, before, 9)] == ["a"]
        assert await retirements.ids(session) == {"a:1"}
        assert await masking.count_older(session, VERSION) == 0
    assert (await mask_anew(database)).looked_at == 0


async def test_what_is_stored_today_is_left_unless_all_is_asked_for(database):
    async with database.write() as session:
        await corpus.store_batch(session, [conversation("a", f"I paid with {CARD}")])
    assert (await mask_anew(database)).looked_at == 0
    assert (await mask_anew(database, everything=True)).changed == 1


async def test_the_desks_own_stays_and_its_country_counts(database):
    await store_unmasked(database, conversation("a", "call 017612345678 or write to help@shop.example"))
    await mask_anew(database, keep=["@shop.example"], countries=["DE"])
    assert await asked(database) == {"a": "call [PHONE_1] or write to help@shop.example"}


async def test_it_goes_on_where_it_was_stopped(database, monkeypatch):
    monkeypatch.setattr(module, "_A_TRANSACTION", 2)
    await store_unmasked(database, *(conversation(f"{n}", f"card {CARD} of {n}") for n in "abcde"))

    def stop(_, done, __):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await mask_anew(database, report=stop)
    assert [CARD in text for text in (await asked(database)).values()] == [False, False, True, True, True]
    assert (await mask_anew(database)).to_json() == {"looked_at": 3, "changed": 3, "masked": {"CARD": 3}}
    assert not any(CARD in text for text in (await asked(database)).values())


async def test_what_came_in_meanwhile_is_not_overwritten(database):
    await store_unmasked(database, conversation("a", f"card {CARD}"))
    async with database.read() as session:
        old = await masking.older(session, VERSION, 0, 9)
    async with database.write() as session:
        await corpus.store_batch(session, [conversation("a", "newer words")])
    async with database.write() as session:
        assert await masking.store(session, [(old[0], conversation("a", "card [CARD_1]"))]) == 0
    assert await asked(database) == {"a": "newer words"}


async def test_a_running_index_follows(database, tmp_path):
    home = Home(tmp_path / "desk")
    retriever = LiveLoader(home).load().retriever
    follower = Follower(
        database, retriever.live, retriever.encoder, VectorCache(home.live_embeddings, retriever.encoder)
    )
    await follower.catch_up()
    await store_unmasked(database, conversation("a", "my kettle leaks", f"Pay with {CARD}."))
    await follower.catch_up()
    await mask_anew(database)
    await follower.catch_up()
    view = retriever.live.view
    _, places = view.nearest(retriever.encoder.encode(["my kettle leaks"]), 1)
    assert [view.passage(place).answer for place in places[0] if place >= 0] == ["Pay with [CARD_1]."]
