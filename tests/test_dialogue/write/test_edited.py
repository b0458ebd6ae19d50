"""Edited past answers: another customer's facts give way to those of this conversation, and to nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.window import read
from chatbot.dialogue.write.edited import Edits, edited
from chatbot.dialogue.write.likeness import likeness
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit

TABLE = "Please confirm: a table for 4 people at 7:30 pm at Olive Garden in Fremont. Anything else?"


@pytest.fixture
def edits(ask):
    """The texts that become of past answers after a conversation."""

    def make(answers, *lines, articles=()):
        hits = [
            Hit(
                Passage(id=f"m{place}:1", kind=PassageKind.MOMENT, source_id=f"m{place}", question="?", answer=answer),
                0.9,
                0.9,
            )
            for place, answer in enumerate(answers)
        ]
        return [each.text for each in edited(read(ask(*lines)), hits, np.ones(len(hits)), articles).drafts]

    return make


def test_each_fact_becomes_the_one_of_its_kind_that_was_named(edits):
    said = ["c: I need a table for 2 people", "a: Where?", "c: at Sino in San Jose, at 6 pm"]
    assert (
        edits([TABLE], *said)[0] == "Please confirm: a table for 2 people at 6 pm at Sino in San Jose. Anything else?"
    )


def test_a_day_is_no_name_and_stands_for_a_day_only(edits):
    assert edits(["We are in Bath on Monday."], "c: could I come on Saturday") == ["We are in Bath on Saturday."]


def test_what_an_article_says_stays(edits):
    assert edits(
        ["It is in Fremont on Friday."], "c: in Reno on Monday", articles=["Our house in Fremont is open."]
    ) == ["It is in Fremont on Monday."]


@pytest.mark.parametrize(
    ("answer", "edited"),
    [
        ("We open at 6 pm. Is that fine?", "We open at 8 p.m. Is that fine?"),
        ("We open at 6 p.m.", "We open at 8 p.m."),
        ("We open at 6 p.m. on Monday.", "We open at 8 p.m. on Monday."),
    ],
)
def test_a_sentence_keeps_its_end(edits, answer, edited):
    assert edits([answer], "c: On Monday at 8 p.m. please") == [edited]
    assert edits([answer], "c: On Monday at 8 pm please")[0].removesuffix(" Is that fine?")[-1] == "."


def test_what_was_named_here_stays(edits):
    said = ["c: Olive Garden in Fremont please, at 7:30 pm", "a: How many?", "c: for 4 people"]
    assert edits([TABLE], *said) == [TABLE]


def test_a_number_inside_another_was_not_named(edits):
    assert edits(["A table for 2 people, then."], "c: we are 12 people") == ["A table for 12 people, then."]


def test_a_sentence_of_which_a_fact_is_not_known_is_left_out_and_the_whole_kept_beside(edits):
    found = edits(["It costs $24. Shall I book it?"], "c: what does it cost")
    assert set(found) == {"It costs $24. Shall I book it?", "Shall I book it?"}
    assert edits(["Good morning! It costs $24 a night and is in Reno."], "c: what does it cost") == [
        "Good morning! It costs $24 a night and is in Reno."
    ]


def test_one_fact_of_this_conversation_does_not_stand_for_two(edits):
    found = edits(["It leaves at 7:30 am and arrives at 9:15 am."], "c: when does the bus at 8 am leave")
    assert found == ["It leaves at 8 am and arrives at 9:15 am."]


def test_what_half_of_the_answers_say_is_the_desks_own(edits):
    answers = ["You have 30 days.", "Send it back within 30 days.", "It is [N]."]
    assert "You have 14 days." not in edits(answers, "c: I have it for 14 days now")
    assert "You have 14 days." in edits(answers[::2], "c: I have it for 14 days now")


def test_of_several_the_one_in_like_words_then_the_latest(edits):
    said = ["c: from Oakland to Fresno on March 2nd", "a: ok", "c: and to Reno"]
    (found,) = edits(["A bus from Sacramento to Anaheim, then."], *said)
    assert found == "A bus from Oakland to Reno, then."


def test_a_slot_is_no_name(edits):
    assert edits(["It is by [NAME_1] and [ARTIST_2]."], "c: is it by Olive Garden") == [
        "It is by [NAME_1] and [ARTIST_2]."
    ]


def test_nothing_is_edited_of_nothing(edits):
    assert edits([], "c: hello") == []
    assert edits([""], "c: hello") == []


def test_what_agents_would_mostly_say_here_comes_first_and_what_fits_everywhere_does_not(edits):
    asking = ["For how many people is the table?", "How many people is the table for?", "The table is for how many?"]
    generic = ["Anything else?"] * 4
    assert edits([*generic, *asking], "c: a table please")[0] in asking


def test_of_three_each_is_what_the_others_are_not():
    texts = ["Which day?", "Which day please?", "Which day then?", "How many are you?"]
    drafts = [Candidate(text, "written", ()) for text in texts]
    edits = Edits(drafts, likeness(texts), np.full(4, 0.25))
    assert [each.text for each in edits.varied(lambda draft: draft, 2)] in (
        [text, "How many are you?"] for text in texts[:3]
    )
    assert [each.text for each in edits.varied(lambda draft: draft if "day" not in draft.text else None, 3)] == [
        "How many are you?"
    ]
    assert len(edits.varied(lambda draft: draft, 9)) == 4
    assert Edits([], np.zeros((0, 0)), np.zeros(0)).varied(lambda draft: draft, 3) == []
