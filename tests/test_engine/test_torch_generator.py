"""The reference runner against transformers itself, on a tiny random GPT-2."""

from __future__ import annotations

import pytest
import torch

from chatbot.engine import PromptTooLongError, Sampling
from chatbot.engine import torch_generator as module
from chatbot.engine.torch_generator import TorchGenerator
from tests.test_engine.conftest import CONTEXT, VOCABULARY


@pytest.fixture(scope="module")
def generator(model):
    return TorchGenerator(model, name="tiny")


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
    ours = list(generator.generate(prompt, Sampling(max_tokens=16, stop_ids=frozenset({1}))))
    assert ours == [token for token in theirs if token != 1]


def test_stop_id_is_not_yielded(generator):
    prompt = _prompt(6)
    free = list(generator.generate(prompt, Sampling(max_tokens=8)))
    stopped = list(generator.generate(prompt, Sampling(max_tokens=8, stop_ids=frozenset({free[3]}))))
    assert stopped == free[: free.index(free[3])]


def test_should_stop_is_asked_before_each_token(generator):
    written = []
    for token in generator.generate(_prompt(4), Sampling(max_tokens=20), lambda: len(written) >= 3):
        written.append(token)  # noqa: PERF402 - the callback reads the list while it grows
    assert len(written) == 3


def test_time_budget(model):
    ticks = iter(range(100))
    generator = TorchGenerator(model, clock=lambda: float(next(ticks)))
    # The clock moves one second a look: one look at the start, then one a token.
    assert len(list(generator.generate(_prompt(4), Sampling(max_tokens=20, seconds=4.0)))) == 3


def test_the_end_of_the_context_ends_the_text(generator):
    assert len(list(generator.generate(_prompt(CONTEXT - 3), Sampling(max_tokens=50)))) == 3


@pytest.mark.parametrize("length", [CONTEXT, CONTEXT + 5])
def test_a_prompt_without_room_is_refused_at_the_call(generator, length):
    with pytest.raises(PromptTooLongError, match="48 positions"):
        generator.generate(_prompt(length), Sampling())


def test_an_empty_prompt_is_refused(generator):
    with pytest.raises(ValueError, match="empty"):
        generator.generate([], Sampling())
    with pytest.raises(ValueError, match="empty"):
        generator.score([], [[1]])


def test_sampling_is_seeded(generator):
    settings = {"max_tokens": 12, "temperature": 1.0, "top_k": 20, "top_p": 0.9}
    once = list(generator.generate(_prompt(5), Sampling(seed=7, **settings)))
    again = list(generator.generate(_prompt(5), Sampling(seed=7, **settings)))
    other = list(generator.generate(_prompt(5), Sampling(seed=8, **settings)))
    assert once == again
    assert once != other


def test_inference_mode_does_not_leak_between_tokens(generator):
    for _ in generator.generate(_prompt(4), Sampling(max_tokens=2)):
        assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("cells", [module.SCORING_CELLS, VOCABULARY * 9 * 2, 1])
def test_scoring_equals_the_naive_loop(model, generator, monkeypatch, cells):
    monkeypatch.setattr(module, "SCORING_CELLS", cells)
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
