from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatbot.dialogue.understand.questions import LONGEST, questions_in

LINES = [json.loads(line) for line in Path(__file__).with_name("questions.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["text"])
def test_several_questions_are_split_and_one_is_not(line):
    found = [each.words for each in questions_in(line["text"])]
    assert len(found) == len(line["parts"] or [line["text"]])
    assert all(words.startswith(part) for words, part in zip(found, line["parts"] or [line["text"]], strict=True))


def test_a_question_keeps_the_account_before_it():
    found = questions_in("I'm in Ljubljana. What is postage for one Otter One, and which plug comes with it?")
    assert [each.text for each in found] == [
        "I'm in Ljubljana.\nWhat is postage for one Otter One",
        "I'm in Ljubljana.\nwhich plug comes with it?",
    ]


def test_a_question_keeps_the_one_that_it_leans_on():
    found = questions_in("Is the Puffin alright on induction and can it go through the dishwasher?")
    assert found[1].text == "Is the Puffin alright on induction\ncan it go through the dishwasher?"


def test_what_is_said_last_stays_with_the_last_question():
    found = questions_in("do you gift wrap and how much is delivery to Cork? It is for my sister.")
    assert found[1].words.endswith("for my sister.")


def test_no_word_is_lost():
    for line in LINES:
        found = questions_in(line["text"])
        said = " ".join(each.text for each in found).casefold()
        missing = set(re.findall(r"\w+", line["text"].casefold())) - set(re.findall(r"\w+", said))
        assert missing <= {"and", "also", "und", "et", "y", "e", "en", "1", "2"}, line["text"]


def test_a_long_account_stays_whole():
    text = "How long is delivery and can I change the address? " * (LONGEST // 40)
    assert [each.words for each in questions_in(text)] == [text]
