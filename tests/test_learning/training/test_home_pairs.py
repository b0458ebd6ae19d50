"""Pairs of what a home holds: sections, titles, macros and answers, with the facts that their texts state."""

from __future__ import annotations

import json

import pytest

from chatbot.cli.writing import PairKind
from chatbot.errors import InputError
from chatbot.learning.training.home_pairs import MAKERS, pairs_of_home, with_facts, write_pairs
from chatbot.learning.training.pairs import read_pairs
from chatbot.storage.queries import corpus, retirements
from chatbot.storage.tables.macros import MacroRow
from data.transcripts import Article, Conversation, Role, Turn

RETURNS = "You can send back what you bought within 30 days, in the box that it came in, and at no cost to you."
REFUNDS = "We pay the money back to the card that you have paid with as soon as the parcel is with us again."


@pytest.fixture
async def desk(database):
    text = f"How to return\n\n{RETURNS}\n\nShort.\n\n"
    async with database.write() as session:
        await corpus.store_batch(
            session,
            [
                Article("returns", "Returns", text),
                Article("refunds", "Refunds", REFUNDS),
                Article("old", "Old rule", f"{REFUNDS} Not any more."),
                Conversation("a", (Turn(Role.CUSTOMER, "When?"), Turn(Role.AGENT, "By 3 May at https://a.example/x."))),
                Conversation("b", (Turn(Role.CUSTOMER, "Why?"), Turn(Role.AGENT, "It was wrong."))),
            ],
        )
        await retirements.add(session, ["b:1", "old#0"], "wrong")
        for owner, name in ((None, "Thanks"), ("Eve", "Mine")):
            session.add(MacroRow(id=name, name=name, name_key=name, text=f"{name} for writing!", owner=owner))
    return database


def rows(source):
    return {pair.outline: pair.text for pair in source.pairs}


async def test_a_section_comes_from_its_headings_and_its_facts(desk):
    found = rows(await pairs_of_home(desk, "sections"))
    assert found == {"Returns\nHow to return\nFacts: 30 days": f"{RETURNS}\n\nShort.", "Refunds": REFUNDS}


async def test_a_title_comes_from_its_article(desk):
    assert rows(await pairs_of_home(desk, "titles"))[REFUNDS] == "Refunds"


async def test_the_macros_of_the_desk_and_nobodys_own(desk):
    assert rows(await pairs_of_home(desk, "macros")) == {"Thanks": "Thanks for writing!"}


async def test_an_answer_comes_from_its_question_unless_it_is_retired(desk):
    found = rows(await pairs_of_home(desk, "answers"))
    assert found == {"When?\nFacts: 3 May; https://a.example/x": "By 3 May at https://a.example/x."}


@pytest.mark.parametrize("kind", MAKERS)
async def test_an_empty_home_says_what_is_missing(database, kind):
    with pytest.raises(InputError, match=r"There is nothing to make pairs of: no (article|macro|transcript) is"):
        await pairs_of_home(database, kind)


async def test_what_is_written_is_read_again_and_never_written_over(desk, tmp_path):
    source = await pairs_of_home(desk, "sections")
    write_pairs(source, tmp_path / "sections.jsonl")
    assert rows(read_pairs(tmp_path / "sections.jsonl")) == rows(source)
    assert set(json.loads((tmp_path / "sections.jsonl").read_text().splitlines()[0])) == {"outline", "text"}
    with pytest.raises(InputError, match="exists already"):
        write_pairs(source, tmp_path / "sections.jsonl")


def test_facts_that_the_outline_has_are_not_said_twice():
    assert with_facts("Send it within 30 days", "You have 30 days.") == "Send it within 30 days"


def test_the_command_line_knows_every_kind():
    assert list(PairKind) == list(MAKERS)
