from __future__ import annotations

import numpy as np
import pytest

from chatbot.dialogue.ask import is_question, usual_question
from chatbot.dialogue.retrieve import Retrieved
from chatbot.dialogue.window import read
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit
from tests.test_dialogue.backed import backed

WINDOW_LINE = "c: it does not work"


def _retrieved(encoder, *pairs):
    """Moments with a similarity and an answer each, nearest first."""
    hits = [
        Hit(Passage(f"m{number}:1", PassageKind.MOMENT, WINDOW_LINE[3:], answer, f"m{number}"), near, near)
        for number, (near, answer) in enumerate(pairs)
    ]
    answers = encoder.encode([answer for _, answer in pairs]) if pairs else np.empty((0, encoder.dimension))
    return Retrieved(encoder.encode([WINDOW_LINE])[0], tuple(hits), (), answers)


def _usual(window, retrieved):
    return usual_question(window, retrieved, backed(retrieved.hits))


@pytest.fixture
def encoder(retriever):
    return retriever.encoder


MODELS = [
    (0.9, "Which model do you have?"),
    (0.9, "Hi Maria, which model do you have please?"),
    (0.9, "What does the display say?"),
    (0.9, "Please fill it with water and switch it on."),
]


def test_agents_usually_ask_so_we_ask_their_most_central_question(encoder, ask):
    found = _usual(read(ask(WINDOW_LINE)), _retrieved(encoder, *MODELS))
    assert found is not None
    assert found.candidate.text.startswith("Which model do you have")
    assert found.candidate.evidence_ids[0] in {"m0:1", "m1:1"}
    assert "Maria" not in found.candidate.text
    assert found.share == pytest.approx(0.75)


def test_far_agents_are_not_usual(encoder, ask):
    far = [(0.3, answer) for _, answer in MODELS[:3]]
    assert _usual(read(ask(WINDOW_LINE)), _retrieved(encoder, (0.9, MODELS[3][1]), *far)) is None


def test_two_agents_are_not_usual(encoder, ask):
    assert _usual(read(ask(WINDOW_LINE)), _retrieved(encoder, *MODELS[:2])) is None
    assert _usual(read(ask(WINDOW_LINE)), _retrieved(encoder)) is None


def test_not_the_same_question_again(encoder, ask):
    said = ask(WINDOW_LINE, "a: Which model do you have?", "c: what")
    found = _usual(read(said), _retrieved(encoder, *MODELS))
    assert found is not None
    assert found.candidate.text != "Which model do you have?"


def test_never_two_questions_in_a_row(encoder, ask):
    said = ask(WINDOW_LINE, "b: What colour is it?", "c: blue")
    assert _usual(read(said), _retrieved(encoder, *MODELS)) is None
    said = ask(WINDOW_LINE, "b: What colour is it?", "c: blue", "b: Then switch it on.", "c: still")
    assert _usual(read(said), _retrieved(encoder, *MODELS)) is not None


def test_a_question_with_another_customers_data_is_not_asked(encoder, ask):
    other = [(0.9, f"Is [ORDER_{number}] the order that you mean?") for number in (1, 2, 3)]
    assert _usual(read(ask(WINDOW_LINE)), _retrieved(encoder, *other)) is None


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        ("Which model do you have?", True),
        ("Hi Maria, could you tell me the model?", True),
        ("Thanks for writing. Which version do you use, and on which system?", True),
        ("Fill it with water. Then switch it on and wait for ten minutes. Does it work?", False),
        ("Fill it with water.", False),
        ("你用的是哪个型号？", True),
        ("", False),
        ("Which? " * 100, False),
    ],
)
def test_what_is_a_question(answer, asks):
    assert is_question(answer) is asks
