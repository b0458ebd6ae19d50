from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.dialogue.understand.follow_up import ACCOUNT, standalone
from data.transcripts import Role, Turn
from retrieval.passages import QUESTION_CHARACTERS, question_text, weight

CASES = [json.loads(line) for line in Path(__file__).with_name("follow_ups.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['shape']}-{case['turns'][-1][3:]}")
def test_a_question_is_looked_up_with_what_it_leans_on_and_without_what_it_left(case, ask):
    asked = standalone(ask(*case["turns"])).casefold()
    assert [word for word in case["holds"] if word.casefold() not in asked] == []
    assert [word for word in case["lacks"] if word.casefold() in asked] == []


def test_a_first_message_stays_as_it_is(ask):
    for lines in (["c: Where is it?"], ["b: Hello", "c: how long does it take", "c: and what does it cost?"], []):
        assert standalone(ask(*lines)) == question_text(ask(*lines)).replace("\n", " ")


def test_what_follows_a_long_account_is_about_it(ask):
    account = "My kettle switches off before it boils. " * (ACCOUNT // 30)
    turns = ask(f"c: {account}", "a: Please descale it.", "c: Do you sell gift cards in the shop?")
    assert standalone(turns) == question_text(turns)


def test_a_long_dialogue_keeps_its_first_question_and_its_latest_words():
    turns = [Turn(Role.CUSTOMER, "how do I return a press"), Turn(Role.BOT, "Under Orders.")]
    for number in range(20):
        turns += [Turn(Role.CUSTOMER, f"and if it is step {number} that fails for me?"), Turn(Role.BOT, "Try again.")]
    asked = standalone(turns)
    assert weight(asked) <= QUESTION_CHARACTERS
    assert asked.startswith("how do I return a press")
    assert asked.endswith("step 19 that fails for me?")
