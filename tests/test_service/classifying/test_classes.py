"""Labels by the desk's own past: of imports and of tags given here; abstaining; labels that are given; topics."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chatbot.home import Home
from chatbot.service.classifying.classes import Classes
from chatbot.service.classifying.labels import PRIORITY, TAGS, borne
from chatbot.service.corpus import topics
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus, worklist
from chatbot.storage.tables.conversations import ConversationRow
from data.transcripts import Conversation, Role, Turn
from retrieval.index.build import build_index
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_conversation
from retrieval.search.retriever import Retriever
from retrieval.topics.discovery import discover
from tests.test_retrieval.conftest import WordEncoder
from tests.test_service.doubles import ticking

SUBJECTS = {
    "delivery": "my parcel has not arrived from the courier driver",
    "returns": "I would like to send back a lamp that is broken",
    "payment": "the card was charged twice on the bank statement",
}
WORDS = ["blue", "red", "heavy", "small", "green", "old", "new", "round", "tall", "soft", "warm", "loud"]


def past():
    """Forty conversations of each subject, with labels as help desks export them."""
    for number in range(120):
        name = [*SUBJECTS][number % 3]
        words = f"{SUBJECTS[name]} {WORDS[number % 12]} {WORDS[number % 7]}"
        labels = {
            "Tags": name,
            "tags": [name.upper(), f"shade {number % 2}"],
            "priority": ["low", "high"][name == "payment"],
        }
        turns = (Turn(Role.CUSTOMER, words), Turn(Role.AGENT, f"We look into case {number} at once."))
        yield Conversation(f"p{number}", turns, "en", labels=labels if number < 110 else {})


class Here:
    """What serves."""

    loaded = SimpleNamespace(index="one")

    def __init__(self, retriever):
        self.retriever = retriever

    async def look(self, work):
        return work(self.retriever)


@pytest.fixture
async def desk(tmp_path, database_url):
    home, encoder = Home(tmp_path / "home").create(), WordEncoder()
    items = [*past()]
    passages = [each for item in items for each in passages_of_conversation(item)]
    build_index(passages, encoder, home.indexes / "one", home.embeddings)
    live = LiveIndex(PassageIndex.open(home.indexes / "one", encoder), encoder)
    async with open_database(database_url) as database:
        async with database.write() as session:
            await corpus.store_batch(session, items)
        retriever = Retriever(live, encoder)
        yield SimpleNamespace(
            home=home, database=database, retriever=retriever, classes=Classes(database, Here(retriever), home)
        )


def said(text):
    return [Turn(Role.CUSTOMER, text)]


async def test_tags_of_the_past_with_what_they_are_worth(desk):
    found = await desk.classes.sort(said("The courier driver has not come with my parcel"), "tags")
    assert next(iter(found.labels)) == "delivery"
    assert found.labels["delivery"] > 0.9
    assert 0.2 < found.labels["shade 0"] < 0.8  # each tag by itself: drawn by chance
    assert (found.abstained, found.by) == (None, "neighbours")
    assert found.measured.accuracy == 1
    assert found.measured.error < 0.1
    assert all("delivery" in labels for _, labels in found.near if labels)
    urgent = await desk.classes.sort(said("charged twice, look at my bank statement"), "priority")
    assert next(iter(urgent.labels)) == "high"


async def test_it_abstains_where_nothing_is_near_or_said(desk):
    strange = await desk.classes.sort(said("xylophone quartet zephyr quibble"), "tags")
    assert strange.abstained == "nothing_near"
    assert strange.measured.accuracy == 1  # which is no reason to believe it here
    assert (await desk.classes.sort(said("?!"), "tags")).abstained == "no_words"


async def test_its_own_transcript_is_no_witness(desk):
    text = next(past()).turns[0].text
    near = await desk.classes.sort(said(text), "tags", without="p0")
    assert all(each.source_id != "p0" for each, _ in near.near)


async def test_tags_that_people_gave_here_count(desk):
    clock = ticking()
    async with desk.database.write() as session:
        for number in range(110, 120):
            row = ConversationRow(id=f"p{number}", status="closed", owner="nobody", last_seq=0)
            row.created_at = row.updated_at = clock.now()
            session.add(row)
            await session.flush()
            await worklist.change_tags(session, row.id, add=["late autumn"], remove=())
    text = next(each for each in past() if each.id == "p114").turns[0].text
    found = await desk.classes.sort(said(text), "tags")
    assert "late autumn" in found.labels


async def test_labels_that_are_given(desk):
    given = ["Returns", "Delivery", "gardening"]
    found = await desk.classes.sort(said("send back a broken lamp"), given)
    assert next(iter(found.labels)) == "Returns"  # spelt as it was given, and borne by the past
    assert sum(found.labels.values()) == pytest.approx(1)
    assert found.by == "words"
    by_words = await desk.classes.sort(said("gardening gloves"), given)
    assert next(iter(by_words.labels)) == "gardening"


async def test_topics_are_those_of_the_map_that_serves(desk):
    asked = next(past()).turns[:1]
    assert (await desk.classes.sort(asked, "topics")).abstained == "no_topics"
    found = discover(topics.history_of(desk.retriever), None, "2026-01-01")
    topics.write_topics(found, desk.home.topics)
    told = await desk.classes.sort(asked, "topics")
    vector = desk.retriever.encoder.encode([asked[0].text])[0]
    assert next(iter(told.labels)) == found.topic_of(vector)
    assert told.names[next(iter(told.labels))]
    assert (await desk.classes.sort(said("xylophone quartet"), "topics")).abstained == "near_no_topic"


async def test_a_desk_without_labels(desk):
    async with desk.database.write() as session:
        await corpus.store_batch(session, [Conversation(each.id, each.turns, "en") for each in past()])
    found = await desk.classes.sort(said("my parcel from the courier"), "tags")
    assert (found.labels, found.abstained, found.measured) == ({}, "nothing_labelled", None)


def test_what_counts_as_a_label():
    labels = {
        "tags": ["VIP", " late  Parcel ", "x" * 81, None, True],
        "category": "Refund",
        "priority": 2,
        "solved": True,
    }
    assert borne(TAGS, labels, ["mine"]) == {"vip", "late parcel", "refund", "mine"}
    assert borne(PRIORITY, labels, ["mine"]) == {"2"}
