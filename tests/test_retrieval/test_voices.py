"""Who gave an answer to whom: keys that tell two apart and name nobody."""

from __future__ import annotations

import pytest

from data.transcripts import Conversation, Role, Turn
from retrieval.passages import passages_of_conversation
from retrieval.voices import UNTOLD, Voice, customers, voice_of


def asked(text: str, author: str | None = None) -> Turn:
    return Turn(Role.CUSTOMER, text, author)


def test_the_same_agent_has_the_same_key_and_another_has_another():
    one, again, other = (voice_of([name], [asked("hello")]) for name in ("Maren", " MAREN", "Joss"))
    assert one.agent == again.agent != other.agent
    assert "maren" not in str(one).lower()


@pytest.mark.parametrize("author", [None, "", "helper", "Agent", "客服", "[NAME_1]", "user"])
def test_a_role_or_a_slot_is_nobody(author):
    assert voice_of([author], [asked("hello", author)])[:2] == (None, None)


def test_a_copy_under_another_id_has_the_same_words():
    def voices(name: str, *texts: str):
        turns = [asked(texts[0]), Turn(Role.AGENT, "Yes.", "Maren"), asked(texts[1]), Turn(Role.AGENT, "No.", "Joss")]
        return [passage.voices[0] for passage in passages_of_conversation(Conversation(name, tuple(turns)))]

    first, second = voices("a", "Is it blue?", "Is it red?")
    assert voices("b", "is it  blue?", "Is it red?") == [first, second]
    assert first.words == second.words
    assert first.agent != second.agent
    assert voices("c", "Is it blue?", "Is it green?")[0].words != first.words


def test_of_an_answer_of_several_nobody_can_tell_whose_it_is():
    def agent(*names):
        return voice_of(names, [asked("hello")]).agent

    assert agent("Maren", "Joss") == agent("Maren", None) == UNTOLD
    assert agent("Maren", "maren ") == agent("Maren")
    assert agent(None, "helper") is agent() is None


@pytest.mark.parametrize(
    ("voices", "count"),
    [
        ([Voice("a", "x", "1"), Voice("a", "y", "2"), Voice("a", "z", "3")], 3),
        ([Voice("a", "x", "1"), Voice("a", "x", "2")], 1),  # the same customer again
        ([Voice("a", "x", "1"), Voice("a", "y", "1")], 1),  # the same transcript under another id
        ([Voice("a", None, "1"), Voice("a", None, "2")], 2),
        ([Voice(), Voice()], 2),
        ([], 0),
    ],
)
def test_a_customer_counts_once(voices, count):
    assert customers(voices) == count
