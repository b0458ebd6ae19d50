"""Completion against a desk whose texts and their probabilities are known, and over a tiny random GPT-2."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from chatbot.dialogue.complete.byte_vocabulary import Vocabulary, ends_word
from chatbot.dialogue.complete.completer import NOTHING, Completer
from chatbot.dialogue.complete.model_completions import ModelCompleter
from chatbot.dialogue.complete.token_healing import covers
from chatbot.dialogue.text.sentences import finished
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from data.transcripts import Role, Turn
from finetune.model.weights import Weights
from finetune.pretrain.pretrain import train_tokenizer
from finetune.prompt import SPECIAL_TOKENS
from tests.test_dialogue.complete.scripted_stepper import ScriptedStepper

WEIGHTS = {
    "The refund takes five days. It is quick.": 4,
    "The refund takes five weeks.": 2,
    "The refunds are all on their way.": 3,
    "The refunding desk is closed": 1,
    "Größe: die Rückgabe dauert länger.": 2,
    "退款需要五天。请稍等。": 2,
    "क्षमा करें, हम देखते हैं.": 1,
    "Don't worry, e-mail us.": 2,
}
MATTERS = {"We will look.": 60, "We will look into your matter.": 40}
FACTS = ["Order AB12 is here.", "Pay 30 EUR now.", "See https://shop.example/x now.", "Ask [EMAIL_1] now."]
TURNS = ("c: how long do refunds take",)
EVIDENCE = ("Five days, or five weeks; 五天。",)


@pytest.fixture(scope="module")
def merged():
    """Real merges: " refund" is one token, and so are pieces of it."""
    return train_tokenizer(
        [*WEIGHTS, *MATTERS, *FACTS, "We take it. make bake fake Order costs 30 EUR now."] * 3, size=480
    )


@pytest.fixture
def completer_of(merged):
    def make(weights=WEIGHTS, **options):
        return Completer(ModelCompleter(ScriptedStepper(merged, weights), merged), **options)

    return make


def share(weights, beginning, *, ending=False):
    """How often a text begins so; with ``ending``, so that a word is over there."""
    found = [text for text in weights if text.startswith(beginning)]
    if ending:
        found = [text for text in found if not text[len(beginning) : len(beginning) + 1].isalnum() or "天" in text]
    return sum(weights[text] for text in found)


@pytest.mark.parametrize(
    ("draft", "text", "confidence"),
    [
        ("The refund", " takes five days.", 4 / 10),  # "refunds" and "refunding" begin so as well
        ("The refund ", "takes five days.", 4 / 6),
        ("The refu", "nd takes five days.", 4 / 10),
        ("The r", "efund takes five", 6 / 10),  # the last word costs more than it saves
        ("The refunds", " are all on their way.", 1.0),
        ("The refund takes five w", "eeks.", 1.0),
        ("The refundi", "ng desk is closed", 1.0),
        ("Gr", "öße: die Rückgabe dauert länger.", 1.0),
        ("退", "款需要五天。", 1.0),
        ("क्ष", "मा करें, हम देखते हैं.", 1.0),
        ("Don'", "t worry, e-mail us.", 1.0),
        ("Don't worry, e", "-mail us.", 1.0),
        ("The refund takes five days.", "", 0.0),
        ("The refund takes five days. ", "It is quick.", 1.0),
        ("The refund takes five days. I", "t is quick.", 1.0),
    ],
)
def test_the_rest_of_the_sentence_and_its_probability(completer_of, ask, draft, text, confidence):
    completion = completer_of().complete(ask(*TURNS), draft, EVIDENCE)
    assert completion.text == text
    assert completion.confidence == pytest.approx(confidence, abs=1e-3)


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("written", list(WEIGHTS))
def test_the_confidence_is_the_share_of_texts_that_go_on_so(completer_of, ask, written, threshold):
    completer = completer_of(threshold=threshold)
    shown = 0
    for cut in range(len(written) + 1):
        draft = written[:cut]
        completion = completer.complete(ask(*TURNS), draft, EVIDENCE)
        if not completion.text:
            continue
        shown += 1
        expected = share(WEIGHTS, draft + completion.text, ending=True) / share(WEIGHTS, draft)
        assert completion.confidence == pytest.approx(expected, abs=0.02), draft
        assert completion.confidence >= threshold
    assert shown


def test_silent_when_unsure(completer_of, ask):
    weights = {"We take it.": 5, "We make it.": 4, "We bake it.": 4, "We fake it.": 4}
    assert completer_of(weights).complete(ask(*TURNS), "We ", ()) == NOTHING
    assert completer_of(weights, threshold=0.2).complete(ask(*TURNS), "We ", ()).text == "take it."
    assert completer_of(weights).complete(ask(*TURNS), "We t", ()).text == "ake it."


def test_what_saves_most_on_average_is_shown(completer_of, ask):
    assert completer_of(MATTERS, threshold=0.3).complete(ask(*TURNS), "We wi", ()).text == "ll look into your matter."
    weights = {"We will look into it.": 60, "We will look into it!": 40}
    assert completer_of(weights, threshold=0.3).complete(ask(*TURNS), "We wi", ()).text == "ll look into it"


def test_all_ways_to_spell_the_typed_bytes_count(merged):
    vocabulary = Vocabulary(merged)
    typed = vocabulary.typed("The ref")
    even = np.full(len(merged), 1 / len(merged))
    found = covers(typed, vocabulary, lambda _: even)
    assert len(found) > 1
    assert sum(float(cover.shares.sum()) for cover in found) == pytest.approx(1.0)
    for cover in found:
        held = b"".join(vocabulary.pieces[number] for number in cover.before)
        assert held == typed.bytes[: cover.held]
        assert all(vocabulary.pieces[number].startswith(typed.bytes[cover.held :]) for number in cover.last)


def test_negligible_covers_are_not_looked_into(merged):
    asked = []
    stepper = ScriptedStepper(merged, WEIGHTS)
    agent = merged.convert_tokens_to_ids("<|agent|>")

    def look(ids):
        asked.append(tuple(ids))
        return np.exp(stepper.log_probabilities([agent, *ids]))

    vocabulary = Vocabulary(merged)
    (cover,) = covers(vocabulary.typed("The refun"), vocabulary, look)
    assert {vocabulary.pieces[number] for number in cover.last} >= {b" refund"}
    assert set(asked) == {cover.before}


@pytest.mark.parametrize("text", FACTS)
def test_nothing_is_invented(completer_of, ask, text):
    completer = completer_of({text: 1})
    for cut in range(len(text)):
        shown = completer.complete(ask(*TURNS), text[:cut], ()).text
        for fact in ("12", "30", "https", "example", "[EMAIL_1]"):
            assert fact not in shown or fact in text[:cut]


def test_facts_of_the_evidence_and_the_dialogue_are_completed(completer_of, ask):
    completer = completer_of({"Order AB12 costs 30 EUR now.": 1})
    turns = ask("c: what about order AB12?")
    assert completer.complete(turns, "Or", ["It costs 30 EUR."]).text == "der AB12 costs 30 EUR now."
    assert completer.complete(turns, "Or", []).text == "der AB12 costs"
    assert completer.complete(ask("c: what about it?"), "Or", ["It costs 30 EUR."]).text == "der"
    # What the agent has typed is their own.
    assert completer.complete(ask("c: what?"), "AB12. Order AB", ["It costs 30 EUR."]).text in {
        "",
        "12 costs 30 EUR now.",
    }


def test_what_was_shown_is_not_asked_again(merged, ask):
    """The stepper is asked the same questions while the agent types what was shown: its memory answers them."""
    stepper = ScriptedStepper(merged, WEIGHTS)
    completer = Completer(ModelCompleter(stepper, merged))
    text = "The refund takes five d"
    shown = completer.complete(ask(*TURNS), text, EVIDENCE).text
    before = set(stepper.asked)
    for cut in range(1, len("ays")):
        assert completer.complete(ask(*TURNS), text + shown[:cut], EVIDENCE).text == shown[cut:]
    assert set(stepper.asked) - before == set()


def test_a_deadline_shows_what_was_found_by_then(merged, ask):
    ticks = itertools.count()
    completer = Completer(
        ModelCompleter(ScriptedStepper(merged, MATTERS), merged, seconds=4, clock=lambda: next(ticks))
    )
    shown = completer.complete(ask(*TURNS), "We", ()).text
    assert shown
    assert "We will look into your matter.".startswith("We" + shown)
    assert not shown.endswith("matter.")


def test_no_threshold_of_zero(merged):
    with pytest.raises(ValueError, match="threshold"):
        Completer(ModelCompleter(ScriptedStepper(merged, WEIGHTS), merged), threshold=0)


@pytest.fixture(scope="module")
def random_model(merged):
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(merged) + 3, n_positions=128, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    model = GPT2LMHeadModel(config).eval()
    for parameter in model.parameters():  # sure of itself, unlike GPT-2's initial weights
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.5)
    return model


@pytest.fixture(scope="module")
def kept(merged, random_model):
    """One completer for all examples: it has seen everything before."""
    return Completer(ModelCompleter(inline(NumpyRunner(Weights.of(random_model))), merged), threshold=0.02)


TEXT = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*WEIGHTS, "<|agent|>", "🏳️‍🌈", "  ", "\n", "30 EUR", "\ud800"]), max_size=9).map(" ".join),
)


@settings(max_examples=30, deadline=None)
@given(text=TEXT, share=st.floats(0, 1), asked=st.text(max_size=20))
def test_a_draft_cut_anywhere_gets_whole_words_or_nothing(merged, random_model, kept, text, share, asked):
    draft = text[: int(share * len(text))]
    turns = (Turn(Role.CUSTOMER, asked),)
    completion = kept.complete(turns, draft, (text[:50],))
    fresh = Completer(ModelCompleter(inline(NumpyRunner(Weights.of(random_model))), merged), threshold=0.02).complete(
        turns, draft, (text[:50],)
    )
    assert completion.text == fresh.text
    assert completion.confidence == pytest.approx(fresh.confidence, abs=1e-3)
    assert 0 <= completion.confidence <= 1
    if completion.text:
        assert completion.confidence >= 0.02
        completion.text.encode()
        assert not any(token in completion.text for token in SPECIAL_TOKENS)
        assert "\n" not in completion.text
        assert ends_word(completion.text) or finished(f"{draft}{completion.text} x")


def test_long_drafts_and_small_contexts(merged, random_model, ask):
    model = ModelCompleter(inline(NumpyRunner(Weights.of(random_model))), merged)
    completer = Completer(model, threshold=0.02)
    for length in range(0, 400, 23):
        completer.complete(
            ask(*TURNS, "a: " + "so it is " * 50, "c: and?"), "word " * length + "re", ("evidence " * 99,) * 3
        )
