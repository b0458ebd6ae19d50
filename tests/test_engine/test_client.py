"""Engine and door against transformers itself, on a tiny random GPT-2."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine import prefix_cache as kept
from chatbot.engine.client import Client, Inline, inline
from chatbot.engine.engine import Engine
from chatbot.engine.prefix_cache import Prefixes
from chatbot.engine.protocol import Generate, PromptTooLongError, Sampling
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.scheduler import Limits
from finetune.model.weights import Weights
from tests.test_engine.conftest import CONTEXT, VOCABULARY


@pytest.fixture(scope="module")
def generator(model):
    return inline(NumpyRunner(Weights.of(model), name="tiny"))


def _prompt(length, seed=0):
    return torch.randint(2, VOCABULARY, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def _naive(model, prompt, candidate):
    with torch.inference_mode():
        logits = model(torch.tensor([prompt + candidate])).logits[0].log_softmax(-1)
    return sum(float(logits[len(prompt) - 1 + n, token]) for n, token in enumerate(candidate))


@pytest.mark.parametrize(("length", "seed"), [(1, 0), (5, 1), (20, 2), (30, 3)])
def test_greedy_equals_transformers(model, generator, length, seed):
    prompt = _prompt(length, seed)
    theirs = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, length, dtype=torch.long),
        do_sample=False,
        max_new_tokens=16,
        eos_token_id=1,
        pad_token_id=1,
    )[0, length:].tolist()
    ours = list(generator.generate(Generate(prompt, Sampling(max_tokens=16, stop_ids=frozenset({1})))))
    assert ours == [token for token in theirs if token != 1]


def test_stop_id_is_not_yielded(generator):
    prompt = _prompt(6)
    free = list(generator.generate(Generate(prompt, Sampling(max_tokens=8))))
    stopped = list(generator.generate(Generate(prompt, Sampling(max_tokens=8, stop_ids=frozenset({free[3]})))))
    assert stopped == free[: free.index(free[3])]


def test_should_stop_is_asked_before_each_token(generator):
    written = []
    for token in generator.generate(Generate(_prompt(4), Sampling(max_tokens=20)), lambda: len(written) >= 3):
        written.append(token)  # noqa: PERF402 - the callback reads the list while it grows
    assert len(written) == 3


def test_time_budget(model):
    now = [0.0]
    engine = Engine(NumpyRunner(Weights.of(model)), clock=lambda: now[0])
    written = []
    for token in Client(Inline(engine)).generate(Generate(_prompt(4), Sampling(max_tokens=20), seconds=2.5)):
        written.append(token)
        now[0] += 1.0
    assert len(written) == 3


def test_the_end_of_the_context_ends_the_text(generator):
    assert len(list(generator.generate(Generate(_prompt(CONTEXT - 3), Sampling(max_tokens=50))))) == 3


@pytest.mark.parametrize("length", [CONTEXT, CONTEXT + 5])
def test_a_prompt_without_room_is_refused_at_the_call(generator, length):
    with pytest.raises(PromptTooLongError, match="48 positions"):
        generator.generate(Generate(_prompt(length), Sampling()))


def test_an_empty_prompt_is_refused(generator):
    with pytest.raises(ValueError, match="empty"):
        generator.generate(Generate([], Sampling()))
    with pytest.raises(ValueError, match="empty"):
        generator.score([], [[1]])


def test_sampling_is_seeded(generator):
    chosen = {"max_tokens": 12, "temperature": 1.0, "top_k": 20, "top_p": 0.9}
    once = list(generator.generate(Generate(_prompt(5), Sampling(seed=7, **chosen))))
    again = list(generator.generate(Generate(_prompt(5), Sampling(seed=7, **chosen))))
    other = list(generator.generate(Generate(_prompt(5), Sampling(seed=8, **chosen))))
    assert once == again
    assert once != other


def test_left_early_it_is_over(model):
    engine = Engine(NumpyRunner(Weights.of(model)))
    for _ in Client(Inline(engine)).generate(Generate(_prompt(4), Sampling(max_tokens=20))):
        break
    engine.step()
    assert engine.idle


@pytest.mark.parametrize("tokens", [256, 9, 1])
def test_scoring_equals_the_naive_loop(model, tokens):
    limits = Limits(step_tokens=tokens, reading_tokens=tokens, prompt_tokens=tokens)
    generator = Client(Inline(Engine(NumpyRunner(Weights.of(model)), limits=limits)))
    prompt = _prompt(11)
    candidates = [_prompt(length, seed=length) for length in (4, 1, 9, 0, 7, 4, 1)]
    expected = [_naive(model, prompt, candidate) for candidate in candidates]
    assert generator.score(prompt, candidates) == pytest.approx(expected, abs=1e-3)


def test_a_score_does_not_depend_on_its_neighbours(generator):
    prompt, candidate = _prompt(9), _prompt(5, seed=5)
    alone = generator.score(prompt, [candidate])[0]
    beside = generator.score(prompt, [_prompt(20, seed=1), candidate, _prompt(2, seed=2)])[1]
    assert beside == pytest.approx(alone, abs=1e-4)


def test_scoring_refuses_what_does_not_fit(generator):
    with pytest.raises(PromptTooLongError):
        generator.score(_prompt(40), [_prompt(2), _prompt(9)])


def test_scoring_nothing(generator):
    assert generator.score(_prompt(3), []) == []
    assert generator.score(_prompt(3), [[]]) == [0.0]


@pytest.fixture
def read(model, monkeypatch):
    """How many ids the model has read, by step."""
    counts = []
    forward = NumpyRunner.forward
    monkeypatch.setattr(
        NumpyRunner,
        "forward",
        lambda self, pieces: counts.append(sum(len(piece.ids) for piece in pieces)) or forward(self, pieces),
    )
    return counts


def _after(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0, -1].log_softmax(-1).numpy()


ROWS = st.lists(st.lists(st.integers(2, 5), min_size=1, max_size=CONTEXT - 1), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(rows=ROWS, sequences=st.integers(0, 3), remembered=st.integers(1, 3), tail=st.integers(0, 9))
def test_looking_equals_transformers_in_any_order(model, rows, sequences, remembered, tail):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "_TAIL", tail)
        runner = NumpyRunner(Weights.of(model))
        engine = Engine(runner, prefixes=Prefixes(runner, most=sequences))
        stepper = Client(Inline(engine), cells=remembered * VOCABULARY)
        for row in [*rows, *(row[: len(row) // 2 + 1] for row in rows), *rows]:
            np.testing.assert_allclose(stepper.log_probabilities(row), _after(model, row), atol=1e-3)


def test_only_what_is_new_is_read(model, read):
    stepper = inline(NumpyRunner(Weights.of(model)))
    for ids in ([2, 3, 4], [2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 9], [2, 3, 4]):
        stepper.log_probabilities(ids)
    assert read == [3, 1, 1]


def test_a_foretold_text_is_read_once(model, read):
    stepper = inline(NumpyRunner(Weights.of(model)))
    for length in range(5, 20):
        stepper.log_probabilities(range(2, length))
    del read[:]
    for length in range(19, 4, -1):
        stepper.log_probabilities(range(2, length))
    assert read == []


def test_another_conversation_does_not_push_the_first_out(model, read, monkeypatch):
    monkeypatch.setattr(kept, "_TAIL", 2)
    stepper = Client(Inline(Engine(NumpyRunner(Weights.of(model)))), cells=1)
    one, other = [2, *range(10, 30)], [2, *range(40, 60)]
    for ids in (one, other, [*one, 5], [*other, 5]):
        stepper.log_probabilities(ids)
    assert read == [21, 20, 1, 1]


def test_a_later_turn_reads_what_is_new(generator, read):
    turn = _prompt(20, seed=8)
    written = list(generator.generate(Generate(turn, Sampling(max_tokens=6))))
    del read[:]
    again = list(generator.generate(Generate([*turn, *written, 9, 10, 11], Sampling(max_tokens=2))))
    assert read == [4, 1]  # the last token written was chosen and never run
    fresh = inline(generator._host.engine.runner)
    assert again == list(fresh.generate(Generate([*turn, *written, 9, 10, 11], Sampling(max_tokens=2))))


def test_what_comes_back_cannot_be_changed(model):
    with pytest.raises(ValueError, match="read-only"):
        inline(NumpyRunner(Weights.of(model))).log_probabilities([2, 3])[0] = 0.0


def test_looking_has_room_for_one_token(model):
    stepper = inline(NumpyRunner(Weights.of(model), name="tiny"))
    assert (stepper.name, stepper.context_tokens) == ("tiny", CONTEXT)
    assert len(stepper.log_probabilities([2] * (CONTEXT - 1))) == VOCABULARY
    with pytest.raises(PromptTooLongError, match="48 positions"):
        stepper.log_probabilities([2] * CONTEXT)
    with pytest.raises(ValueError, match="empty"):
        stepper.log_probabilities([])
