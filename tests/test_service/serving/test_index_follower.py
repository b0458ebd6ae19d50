"""An opened index follows the corpus: what comes in is found, what goes is not, and nothing is computed twice."""

from __future__ import annotations

import asyncio
import random

import pytest

from chatbot.home import Home
from chatbot.service.serving import index_follower as module
from chatbot.service.serving.index_follower import Follower, bring_up_to_date
from chatbot.storage.queries import changes as log
from chatbot.storage.queries import corpus, retirements
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.encoder.vector_cache import VectorCache
from retrieval.passages import passages_of_conversation
from tests.test_service.live_desk import LiveLoader


@pytest.fixture
def database(either_database):
    return either_database


def conversation(name, asked, answered, source="mail"):
    return Conversation(name, (Turn(Role.CUSTOMER, asked), Turn(Role.AGENT, answered)), source=source)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "desk")


@pytest.fixture
def retriever(home):
    return LiveLoader(home).load().retriever


@pytest.fixture
def follower(database, retriever, home):
    cache = VectorCache(home.live_embeddings, retriever.encoder)
    return Follower(database, retriever.live, retriever.encoder, cache)


async def store(database, *items):
    async with database.write() as session:
        await corpus.store_batch(session, items)


async def write(database, change, *arguments):
    async with database.write() as session:
        return await change(session, *arguments)


def found(retriever, question, k=1):
    view = retriever.live.view
    _, places = view.nearest(retriever.encoder.encode([question]), k)
    return [view.passage(place).id for place in places[0] if place >= 0]


async def test_what_comes_in_is_found_and_what_is_edited_is_found_once(database, retriever, follower):
    assert await follower.catch_up()
    await store(
        database, conversation("a", "my kettle leaks", "Turn the lid."), Article("lids", "Lids", "All about lids")
    )
    assert await follower.catch_up()
    assert found(retriever, "my kettle leaks") == ["a:1"]
    assert found(retriever, "lids all about") == ["lids#0"]
    await store(database, conversation("a", "my kettle leaks", "Turn the seal."))
    assert await follower.catch_up()
    assert retriever.passage("a:1").answer == "Turn the seal."
    assert retriever.live.view.alive_count == 3


async def test_what_is_deleted_or_retired_is_gone_and_comes_back_when_restored(database, retriever, follower):
    await store(
        database, conversation("a", "my kettle leaks", "Turn it."), conversation("b", "kettle leaks", "Dry it.")
    )
    await follower.catch_up()
    await write(database, retirements.add, ["a:1"], "wrong")
    await write(database, corpus.delete_conversation, "b")
    assert await follower.catch_up()
    assert found(retriever, "my kettle leaks", 9) == ["opening-hours#0"]
    await write(database, retirements.remove, ["a:1"])
    await follower.catch_up()
    assert found(retriever, "my kettle leaks") == ["a:1"]


async def test_deletions_do_not_wait_for_what_is_still_to_be_embedded(database, retriever, follower):
    await store(database, Article("opening-hours", "Opening hours", "From nine."))
    await store(database, *(conversation(f"c{n}", f"question {n}", f"Answer {n}.") for n in range(40)))
    await write(database, corpus.delete_article, "opening-hours")
    assert not await follower.catch_up(4)
    assert retriever.passage("opening-hours#0") is None
    assert retriever.live.view.alive_count == 3  # the first change was the article's, three of four are new
    rounds = 1
    while not await follower.catch_up(4):
        rounds += 1
    assert rounds >= 9
    assert retriever.live.view.alive_count == 40


async def test_a_conversation_that_left_one_source_stays_in_the_other(database, retriever, follower):
    await store(database, conversation("a", "kettle leaks", "Turn it."), conversation("a", "lamp off", "On.", "chat"))
    await write(database, corpus.delete_conversation, "a", "mail")
    await follower.catch_up()
    assert found(retriever, "lamp off") == ["a:1"]
    assert retriever.live.view.alive_count == 2


async def test_what_was_embedded_is_not_embedded_again(database, home, follower):
    await store(database, conversation("a", "my kettle leaks", "Turn the lid."))
    await follower.catch_up()
    again = LiveLoader(home).load().retriever  # as after a restart, with another encoder object
    await bring_up_to_date(database, home, again)
    assert again.encoder.encoded == []
    assert found(again, "my kettle leaks") == ["a:1"]
    VectorCache(home.embeddings, again.encoder).absorb(VectorCache(home.live_embeddings, again.encoder))
    assert VectorCache(home.embeddings, again.encoder).missing(["my kettle leaks", "Turn the lid.", "new"]) == ["new"]
    assert not list(home.live_embeddings.rglob("*.npy"))


async def test_a_full_disk_keeps_nothing_from_being_found(database, retriever, follower, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(VectorCache, "add", full)
    await store(database, conversation("a", "my kettle leaks", "Turn the lid."))
    assert await follower.catch_up()
    assert found(retriever, "my kettle leaks") == ["a:1"]


async def test_a_command_leaves_much_to_the_index_but_not_deletions(database, home, retriever, monkeypatch):
    monkeypatch.setattr(module, "COMMAND_PORTION", 3)
    await store(database, *(conversation(f"c{n}", f"question {n}", f"Answer {n}.") for n in range(4)))
    await store(database, Article("opening-hours", "Opening hours", "From nine."))
    await write(database, corpus.delete_article, "opening-hours")
    said = []
    await bring_up_to_date(database, home, retriever, said.append)
    assert len(said) == 1
    assert said[0].startswith("5 conversations and articles")
    assert "understudy index" in said[0]
    assert retriever.live.view.alive_count == 0
    assert retriever.encoder.encoded[-1] == "We are there from nine to five."


async def test_a_moving_corpus_ends_as_if_it_had_been_indexed_whole(database, retriever, follower):
    chance = random.Random(3)
    stored = {}
    for number in range(60):
        name = f"c{chance.randrange(12)}"
        kind = chance.randrange(4)
        if kind == 0 and name in stored:
            await write(database, corpus.delete_conversation, name)
            del stored[name]
        else:
            item = conversation(name, f"question {number}", f"Answer {number}.")
            await store(database, item)
            stored[name] = item
        if kind == 1:
            await follower.catch_up(chance.randrange(1, 5))
    while not await follower.catch_up(3):
        pass
    expected = {passage.id: passage.answer for item in stored.values() for passage in passages_of_conversation(item)}
    expected |= {"opening-hours#0": "We are there from nine to five."}
    view = retriever.live.view
    shown = [view.passage(place) for place in view.mask().nonzero()[0]]
    assert {passage.id: passage.answer for passage in shown} == expected
    assert len(shown) == len(expected)
    async with database.read() as session:
        assert retriever.live.change == await log.last(session)


async def test_searching_goes_on_while_it_follows(database, retriever, follower):
    await store(database, *(conversation(f"c{n}", f"question {n}", f"Answer {n}.") for n in range(30)))
    following = asyncio.create_task(follower.catch_up(30))
    searches = 0
    while not following.done():
        assert len(found(retriever, "question 1")) == 1
        searches += 1
        await asyncio.sleep(0)
    assert await following
    assert searches > 1
    assert found(retriever, "question 7") == ["c7:1"]
