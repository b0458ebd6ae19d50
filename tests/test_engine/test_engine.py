"""Many requests on one engine: each gets what it would get alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine.engine import Engine
from chatbot.engine.prefix_cache import Prefixes
from chatbot.engine.protocol import BusyError, Ending, Generate, NextToken, RequestOutcome, Sampling, Score
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.scheduler import Limits
from finetune.model.weights import Weights
from tests.test_engine.conftest import CONTEXT, VOCABULARY

IDS = st.lists(st.integers(2, VOCABULARY - 1), min_size=1, max_size=20)


def until_idle(engine):
    while engine.step() or not engine.idle:
        pass


def served(engine, requests):
    """All events of each request, all submitted at once."""
    events = [[] for _ in requests]
    for request, heard in zip(requests, events, strict=True):
        engine.submit(request, heard.append)
    until_idle(engine)
    return events


def texts(events):
    return [[event for event in heard if isinstance(event, int)] for heard in events]


def test_the_same_prompt_alone_and_beside_seven_others(model):
    rows = [list(range(2 + n, 12 + 3 * n)) for n in range(8)]
    alone = served(Engine(NumpyRunner(Weights.of(model))), [NextToken(rows[3])])[0][-1].following
    beside = served(Engine(NumpyRunner(Weights.of(model))), [NextToken(row) for row in rows])[3][-1].following
    np.testing.assert_allclose(beside, alone, atol=1e-3)
    writes = [Generate(row, Sampling(max_tokens=12)) for row in rows]
    together = texts(served(Engine(NumpyRunner(Weights.of(model))), writes))
    assert together == [texts(served(Engine(NumpyRunner(Weights.of(model))), [write]))[0] for write in writes]
    assert len(set(map(tuple, together))) > 1


LIMITS = st.builds(
    Limits,
    step_tokens=st.integers(1, 40),
    reading_tokens=st.integers(1, 40),
    prompt_tokens=st.integers(1, 9),
    running=st.integers(1, 5),
)


@settings(max_examples=8, deadline=None)
@given(
    rows=st.lists(st.tuples(IDS, st.integers(0, 20), st.integers(0, 2)), min_size=1, max_size=8),
    limits=LIMITS,
)
def test_however_it_is_scheduled_the_text_is_the_same(model, rows, limits):
    requests = [Generate(ids, Sampling(max_tokens=most), conversation=key) for ids, most, key in rows]
    runner = NumpyRunner(Weights.of(model))
    together = served(Engine(runner, limits=limits, prefixes=Prefixes(runner, most=2)), requests)
    assert texts(together) == [
        texts(served(Engine(NumpyRunner(Weights.of(model))), [request]))[0] for request in requests
    ]
    assert [heard[-1] for heard in together] == [RequestOutcome(Ending.LENGTH)] * len(rows)
    assert all(sum(isinstance(event, RequestOutcome) for event in heard) == 1 for heard in together)


CHOICES = st.builds(
    Sampling,
    max_tokens=st.integers(1, 30),
    temperature=st.sampled_from([0.0, 0.0, 1.0]),
    repetition_penalty=st.sampled_from([1.0, 1.1]),
    seed=st.integers(0, 3),
    stop_ids=st.frozensets(st.integers(2, VOCABULARY - 1), max_size=20),
)


@settings(max_examples=20, deadline=None)
@given(prompt=IDS, chosen=CHOICES, cut=st.integers(0, 40), noise=st.lists(st.integers(2, VOCABULARY - 1), max_size=9))
def test_with_proposals_the_text_is_token_for_token_the_same(model, prompt, chosen, cut, noise):
    plain = served(Engine(NumpyRunner(Weights.of(model))), [Generate(prompt, chosen)])[0]
    text = texts([plain])[0]
    # Evidence that holds the text to come, with something else put into it.
    evidence = [*text[:cut], *noise, *text[max(cut - 3, 0) :]]
    engine = Engine(NumpyRunner(Weights.of(model)))
    assert served(engine, [Generate(prompt, chosen, evidence)])[0] == plain
    assert engine.counts.accepted <= engine.counts.proposed


def test_proposals_save_steps_and_a_wrong_one_none_more(model):
    prompt = [2, 3, 4]
    chosen = Sampling(max_tokens=40)
    plain = Engine(NumpyRunner(Weights.of(model)))
    text = texts(served(plain, [Generate(prompt, chosen)]))[0]
    copying = Engine(NumpyRunner(Weights.of(model)))
    assert texts(served(copying, [Generate(prompt, chosen, text)]))[0] == text
    assert copying.counts.accepted > 15
    assert copying.counts.steps < 0.6 * plain.counts.steps
    wrong = [token for pair in zip(text[::2], text[1::2], strict=False) for token in (*pair, 96, 95, 94)]
    misled = Engine(NumpyRunner(Weights.of(model)))
    assert texts(served(misled, [Generate(prompt, chosen, wrong)]))[0] == text
    assert misled.counts.proposed > misled.counts.accepted
    assert misled.counts.steps <= plain.counts.steps


def test_many_texts_propose_nothing(model):
    text = texts(served(Engine(NumpyRunner(Weights.of(model))), [Generate([2, 3], Sampling(max_tokens=20))]))[0]
    engine = Engine(NumpyRunner(Weights.of(model)), proposing=2)
    served(engine, [Generate([2, 3], Sampling(max_tokens=20), text) for _ in range(3)])
    assert engine.counts.proposed == 0


def test_scores_and_texts_run_side_by_side(model):
    score = Score([5, 6, 7], candidates=[[8, 9], [10], [], [11, 12, 13]])
    write = Generate([2, 3, 4], Sampling(max_tokens=9))
    alone = [served(Engine(NumpyRunner(Weights.of(model))), [request])[0] for request in (score, write)]
    beside = served(
        Engine(NumpyRunner(Weights.of(model)), limits=Limits(step_tokens=3, reading_tokens=3, prompt_tokens=2)),
        [score, write],
    )
    assert beside[0][-1].scores == pytest.approx(alone[0][-1].scores, abs=1e-3)
    assert beside[1] == alone[1]


def test_only_the_last_tokens_of_a_candidate_may_be_judged(model):
    engine = Engine(NumpyRunner(Weights.of(model)))
    prompt, candidate = [5, 6, 7], [8, 9, 10]

    def scored(candidates, judged=None):
        return served(engine, [Score(prompt, candidates=candidates, judged=judged)])[0][-1].scores

    whole, begun, one = scored([candidate, candidate[:2], candidate[:1]])
    assert scored([candidate], judged=1)[0] == pytest.approx(whole - begun, abs=1e-4)
    assert scored([candidate], judged=2)[0] == pytest.approx(whole - one, abs=1e-4)
    assert scored([candidate, [8], []], judged=3) == pytest.approx((whole, one, 0.0), abs=1e-4)


def test_a_constraint_keeps_a_text_to_what_may_follow_also_where_it_is_proposed(model):
    class Even:
        def masked(self, logits, written):
            kept = logits.copy()
            kept[1::2] = -np.inf
            if len(written) % 4 == 3:
                kept[:50] = -np.inf
            return kept

    prompt = [2, 3, 4]
    for sampling in (Sampling(max_tokens=30), Sampling(max_tokens=30, temperature=1.0, seed=3)):
        engine = Engine(NumpyRunner(Weights.of(model)))
        text = texts(served(engine, [Generate(prompt, sampling, list(range(40)) * 2, Even())]))[0]
        free = texts(served(engine, [Generate(prompt, sampling)]))[0]
        assert len(text) == 30
        assert all(token % 2 == 0 for token in text)
        assert all(token >= 50 for token in text[3::4])
        assert any(token % 2 for token in free)


def test_one_pass_of_the_prompt_for_all_candidates(model, monkeypatch):
    runs = []
    forward, branch = NumpyRunner.forward, NumpyRunner.branch
    monkeypatch.setattr(NumpyRunner, "forward", lambda self, pieces: runs.append("prompt") or forward(self, pieces))
    monkeypatch.setattr(
        NumpyRunner, "branch", lambda self, slot, rows: runs.append(len(rows)) or branch(self, slot, rows)
    )
    served(Engine(NumpyRunner(Weights.of(model))), [Score(list(range(2, 30)), candidates=[[3, 4, 5]] * 8)])
    assert runs == ["prompt", 8]


def test_cancelled_waiting_and_running(model):
    engine = Engine(NumpyRunner(Weights.of(model)), limits=Limits(running=1))
    heard = [[], [], []]
    taken = [engine.submit(Generate([2, 3], Sampling(max_tokens=9)), each.append) for each in heard]
    engine.step()
    engine.cancel(taken[0])
    engine.cancel(taken[1])
    until_idle(engine)
    engine.cancel(taken[2])  # over already
    assert [each[-1].ending for each in heard] == [Ending.CANCELLED, Ending.CANCELLED, Ending.LENGTH]
    assert engine.idle


def test_what_waited_too_long_ends_without_a_token(model):
    now = [0.0]
    engine = Engine(NumpyRunner(Weights.of(model)), limits=Limits(running=1), clock=lambda: now[0])
    heard = [[], []]
    engine.submit(Generate([2, 3], Sampling(max_tokens=5)), heard[0].append)
    engine.submit(Generate([2, 3], Sampling(max_tokens=5), seconds=1.0), heard[1].append)
    engine.step()
    now[0] = 1.0
    until_idle(engine)
    assert heard[1] == [RequestOutcome(Ending.DEADLINE)]
    assert len(heard[0]) == 6


def test_busy_says_when_by_what_was_measured(model):
    now = [0.0]

    def clock():
        now[0] += 0.5
        return now[0]

    engine = Engine(NumpyRunner(Weights.of(model)), limits=Limits(running=1, waiting=2), clock=clock)
    engine.submit(Generate([2] * 10, Sampling(max_tokens=20)), lambda _: None)
    engine.step()  # ten ids in half a second
    for _ in range(2):
        engine.submit(Generate([2] * 10, Sampling(max_tokens=20)), lambda _: None)
    with pytest.raises(BusyError) as refused:
        engine.submit(Generate([2] * 10, Sampling(max_tokens=20)), lambda _: None)
    assert engine.tokens_a_second == pytest.approx(20)
    assert refused.value.seconds == 4  # 20 ids of the first and 30 of each other at 20 a second
    until_idle(engine)
    engine.submit(Generate([2], Sampling(max_tokens=1)), lambda _: None)


def test_a_runner_that_fails_is_told_to_those_in_the_step_and_the_next_are_served(model, monkeypatch, caplog):
    engine = Engine(NumpyRunner(Weights.of(model)), limits=Limits(running=1))
    heard = [[], []]
    for each in heard:
        engine.submit(Generate([2, 3], Sampling(max_tokens=2)), each.append)
    broken = iter([True])
    forward = NumpyRunner.forward

    def fail_once(self, pieces):
        if next(broken, False):
            raise RuntimeError("no memory")
        return forward(self, pieces)

    monkeypatch.setattr(NumpyRunner, "forward", fail_once)
    until_idle(engine)
    assert heard[0][-1].ending is Ending.FAILED
    assert str(heard[0][-1].error) == "no memory"
    assert heard[1][-1].ending is Ending.LENGTH
    assert "a step failed" in caplog.text


def test_a_listener_that_fails_ends_its_own_request_only(model):
    engine = Engine(NumpyRunner(Weights.of(model)))
    heard = []

    def deaf(event):
        raise RuntimeError("closed")

    engine.submit(Generate([2, 3], Sampling(max_tokens=30)), deaf)
    engine.submit(Generate([4, 5], Sampling(max_tokens=5)), heard.append)
    until_idle(engine)
    assert len(heard) == 6
    assert engine.counts.written < 12


def test_closing_ends_what_is_left_and_gives_the_memory_back(model):
    runner = NumpyRunner(Weights.of(model))
    engine = Engine(runner)
    heard = []
    served(engine, [NextToken([2, 3, 4])])
    engine.submit(Generate([9, 8], Sampling(max_tokens=5)), heard.append)
    engine.step()
    engine.close()
    assert heard[-1] == RequestOutcome(Ending.CANCELLED)
    assert runner._slots == {}


def test_kept_prefixes_stay_within_their_memory(model):
    runner = NumpyRunner(Weights.of(model))
    prefixes = Prefixes(runner, kept_bytes=60 * runner.token_bytes)
    engine = Engine(runner, prefixes=prefixes)
    randomness = torch.Generator().manual_seed(0)
    for _ in range(20):
        row = torch.randint(2, VOCABULARY, (25,), generator=randomness).tolist()
        served(engine, [Generate(row, Sampling(max_tokens=4))])
        assert prefixes.kept_bytes <= 60 * runner.token_bytes
        assert len(runner._slots) <= 2


def test_the_end_of_the_context(model):
    heard = served(
        Engine(NumpyRunner(Weights.of(model))), [Generate([5] * (CONTEXT - 3), Sampling(max_tokens=50), [5] * 9)]
    )[0]
    assert (len(heard), heard[-1]) == (4, RequestOutcome(Ending.LENGTH))
