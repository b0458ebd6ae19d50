"""Completion from a desk's own past answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.dialogue.complete.answer_memory import AnswerMemory, PastAnswers
from chatbot.dialogue.complete.byte_vocabulary import ends_word
from chatbot.dialogue.complete.completer import NOTHING, Completer
from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray
from chatbot.dialogue.complete.model_completions import ModelCompleter
from chatbot.dialogue.complete.suffix_array import SuffixArray
from chatbot.dialogue.text.sentences import is_over
from data.transcripts import Role, Turn
from finetune.pretrain.pretrain import train_tokenizer
from retrieval.passages import Passage, PassageKind
from tests.test_dialogue.complete.scripted_stepper import ScriptedStepper

RESTART = "Please restart the router, then wait for five minutes."
ANSWERS = [
    *[f"Hello. {RESTART} Good luck!"] * 6,
    "Please send us the bill.",
    "Your friend Maria lives in Kladno.",
    "Write to [EMAIL_1] at once.",
    "Write to [EMAIL_1] at once.",
]
TURNS = (Turn(Role.CUSTOMER, "no network"),)


def answers_of(texts, sources=None):
    numbers = np.arange(len(texts)) if sources is None else np.array(sources)
    return PastAnswers(JoinedSuffixArray(SuffixArray(texts)), np.ones(len(texts)), numbers)


@pytest.fixture
def complete():
    def once(draft, evidence=(), texts=ANSWERS, sources=None, turns=TURNS, **options):
        return Completer(past=lambda: answers_of(texts, sources), **options).complete(turns, draft, evidence)

    return once


@pytest.mark.parametrize("cut", range(len("Please re"), len(RESTART) - 2))
def test_a_sentence_that_was_often_sent_is_completed_whole(complete, cut):
    found = complete(RESTART[:cut])
    assert found.text in {RESTART[cut:], RESTART[cut:-1]}  # the stop may cost more than it saves
    assert 0.35 <= found.confidence < 1


def test_the_next_sentence_is_begun_after_a_space(complete):
    assert complete(f"{RESTART} ").text == "Good luck!"
    assert complete(RESTART) == NOTHING
    assert complete("").text.startswith("Hello")


def test_what_one_conversation_alone_says_stays_there(complete):
    assert complete("Your friend M", threshold=0.01) == NOTHING
    twice = [*ANSWERS, "Your friend Maria lives in Kladno."]
    assert complete("Your friend M", texts=twice, sources=[*range(10), 7], threshold=0.01) == NOTHING
    assert complete("Your friend M", texts=twice, threshold=0.01).text == "aria lives in Kladno"


def test_an_answer_that_was_found_for_the_question_may_be_alone(complete):
    assert complete("Your friend M", ["Your friend Maria lives in Kladno."]).text == "aria lives in"


def test_what_was_found_for_the_question_counts_more(complete):
    texts = [*["Press the red button."] * 4, *["Press the green button."] * 4]
    assert complete("Press the ", ["Press the red button."], texts).text == "red button."
    assert complete("Press the ", ["Press the green button."], texts).text == "green button."


def test_masked_slots_end_what_is_shown(complete):
    assert "[" not in complete("Wri", threshold=0.01).text
    assert complete("Wri", threshold=0.01).text == "te to"
    assert complete("Write to ", threshold=0.01) == NOTHING


def test_facts_stand_in_the_answers_that_the_text_comes_from(complete):
    texts = ["See https://shop.example/help/cups for cups."] * 5
    assert complete("See ", texts=texts).text == "https://shop.example/help/cups for cups."
    # The address that was typed is not theirs, though it goes on like it.
    assert "cups" not in complete("See https://shop.example.net/help/", texts=texts, threshold=0.01).text


@given(
    texts=st.lists(st.text(alphabet="ab .\n'退", max_size=20), min_size=1, max_size=6),
    draft=st.text(alphabet="ab .\n退", max_size=12),
)
@example(texts=["退.'"], draft="")  # a stop with the quotation mark that closes it
def test_shares_are_a_probability(texts, draft):
    found = answers_of(texts).completions(draft, draft, texts[:1], 0.01)
    assert 0 <= found.left <= 1
    for text, completion in found.texts.items():
        assert 0.01 <= completion.share <= 1 - found.left + 1e-9
        assert "\n" not in text
        assert ends_word(text) or is_over(draft + text)
        assert all(text.strip() in texts[number] for number in completion.answers)


def test_past_answers_and_model_are_summed():
    """Where past answers leave something open the model has its part of that, and of nothing else."""
    weights = {"Please restart the phone.": 1}
    tokenizer = train_tokenizer([*weights, RESTART] * 3, size=400)
    model = ModelCompleter(ScriptedStepper(tokenizer, weights), tokenizer)
    past = answers_of(ANSWERS)
    draft = "Please restart the ph"
    left = past.completions(draft, draft, (), 0.1).left
    found = Completer(model, lambda: past, threshold=0.3).complete(TURNS, draft, ())
    assert (found.text, found.confidence) == ("one.", pytest.approx(left))
    assert Completer(model, lambda: past).complete(TURNS, RESTART[:16], ()).text == "he router, then"
    assert Completer(None, lambda: past).complete(TURNS, draft, ()) == NOTHING


def test_the_memory_follows_the_index(retriever):
    live = retriever.live
    memory = AnswerMemory(live)
    before = live.view
    none = np.empty((0, retriever.encoder.dimension), dtype=np.float32)
    added = [
        Passage(f"n{number}:1", PassageKind.MOMENT, "kettle whistles", "Kindly descale the kettle.", f"n{number}")
        for number in range(3)
    ]
    vectors = np.full((3, retriever.encoder.dimension), retriever.encoder.dimension**-0.5, dtype=np.float32)
    known = next(passage.answer for passage in before.snapshot.passages)
    try:
        assert "escale the kettle." not in memory.now().completions("Kindly d", "Kindly d", (), 0.01).texts
        assert memory.now().completions(known[:9], known[:9], [known], 0.1).texts
        live.apply(added, vectors, vectors, change=before.change + 1)
        text = memory.now().completions("Kindly d", "Kindly d", (), 0.1).texts["escale the kettle."]
        assert {memory.now().answers.text(number) for number in text.answers} == {"Kindly descale the kettle."}
        live.apply((), none, none, removed={(PassageKind.MOMENT, "n0")}, retired={"n1:1"}, change=before.change + 2)
        assert "escale the kettle." not in memory.now().completions("Kindly d", "Kindly d", (), 0.01).texts
    finally:
        live._view = before
