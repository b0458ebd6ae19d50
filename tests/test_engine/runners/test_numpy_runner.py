"""Ragged steps against transformers without any cache, on a tiny random GPT-2, with every runner."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.engine.runners.openvino_runner import OpenVinoRunner
from chatbot.engine.runners.runner import Piece
from finetune.model.weights import Weights
from tests.test_engine.conftest import CONTEXT, VOCABULARY

IDS = st.lists(st.integers(2, VOCABULARY - 1), min_size=1, max_size=10)
TOLERANCE = 2e-3  # logits of the tiny model go up to 50


@pytest.fixture(params=[NumpyRunner, OpenVinoRunner], scope="module")
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def shared(model, kind):
    return kind(Weights.of(model), name="tiny")


@pytest.fixture
def runner(shared):
    """One for all tests, as a server has one for all customers: what a test leaves behind must not show."""
    return shared


def naive(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(IDS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_ragged_steps_equal_transformers(model, shared, rows):
    runner = shared
    slots = [runner.start() for _ in rows]
    for step in range(max(map(len, rows))):
        chosen = [number for number, parts in enumerate(rows) if step < len(parts)]
        pieces = [Piece(slots[n], rows[n][step], keep=len(rows[n][step])) for n in chosen]
        for number, logits in zip(chosen, runner.forward(pieces), strict=True):
            whole = [token for part in rows[number][: step + 1] for token in part]
            expected = naive(model, whole)[-len(rows[number][step]) :]
            np.testing.assert_allclose(logits, expected, atol=TOLERANCE)


def test_alone_and_beside_seven_others(runner):
    rows = [list(range(2 + n, 12 + 3 * n)) for n in range(8)]
    alone = runner.forward([Piece(runner.start(), rows[3])])[0]
    beside = runner.forward([Piece(runner.start(), row) for row in rows])[3]
    np.testing.assert_allclose(beside, alone, atol=1e-3)
    assert beside.argmax() == alone.argmax()


def test_only_what_is_wanted_comes_back(runner):
    slots = [runner.start() for _ in range(3)]
    found = runner.forward([Piece(slots[0], [2, 3], 0), Piece(slots[1], [4, 5, 6], 2), Piece(slots[2], [7], 0)])
    assert [each.shape for each in found] == [(0, VOCABULARY), (2, VOCABULARY), (0, VOCABULARY)]
    assert runner.forward([Piece(slots[0], [2], 0)])[0].shape == (0, VOCABULARY)


def test_a_fork_leaves_its_parent_alone(model, runner):
    parent = runner.start()
    runner.forward([Piece(parent, [2, 3, 4, 5])])
    child = runner.fork(parent, 3)
    mine, theirs = runner.forward([Piece(child, [9]), Piece(parent, [8])])
    np.testing.assert_allclose(mine[0], naive(model, [2, 3, 4, 9])[-1], atol=TOLERANCE)
    np.testing.assert_allclose(theirs[0], naive(model, [2, 3, 4, 5, 8])[-1], atol=TOLERANCE)


def test_what_is_cut_off_is_forgotten(model, runner):
    slot = runner.start()
    runner.forward([Piece(slot, [2, 3, 4, 5, 6])])
    runner.truncate(slot, 2)
    np.testing.assert_allclose(runner.forward([Piece(slot, [7])])[0][0], naive(model, [2, 3, 7])[-1], atol=TOLERANCE)


def test_branches_do_not_see_each_other_and_leave_nothing_behind(model, runner):
    slot = runner.start()
    runner.forward([Piece(slot, [2, 3, 4])])
    rows = [[5, 6, 7, 8], [9], [10, 11]]
    for row, logits in zip(rows, runner.branch(slot, rows), strict=True):
        np.testing.assert_allclose(logits, naive(model, [2, 3, 4, *row])[3:], atol=TOLERANCE)
    np.testing.assert_allclose(
        runner.forward([Piece(slot, [12])])[0][0], naive(model, [2, 3, 4, 12])[-1], atol=TOLERANCE
    )


def test_a_released_slot_is_gone(runner):
    slot = runner.start()
    runner.release(slot)
    with pytest.raises(KeyError):
        runner.forward([Piece(slot, [2])])


def test_a_prefix_comes_before_everything(model, kind):
    torch.manual_seed(5)
    model.desk_prefix = torch.randn(2, 2, 2, 4, 16)
    try:
        runner = kind(Weights.of(model))
        assert runner.context_tokens == CONTEXT - 4
        slot = runner.start()
        grown = [runner.forward([Piece(slot, [token])])[0] for token in (2, 3, 4)][-1]
        forked = runner.forward([Piece(runner.fork(slot, 2), [4])])[0]
        whole = runner.forward([Piece(runner.start(), [2, 3, 4])])[0]
    finally:
        model.desk_prefix = None
    np.testing.assert_allclose(grown, whole, atol=TOLERANCE)
    np.testing.assert_allclose(forked, whole, atol=TOLERANCE)
    assert np.abs(whole[0] - naive(model, [2, 3, 4])[-1]).max() > 0.01


def test_what_it_says_of_itself(runner):
    assert (runner.name, runner.context_tokens, runner.vocabulary) == ("tiny", CONTEXT, VOCABULARY)
    assert runner.runtime in ("numpy, float32", "openvino, float32")
    assert runner.token_bytes == 2 * 2 * 32 * 4  # keys and values of two layers, 32 wide
