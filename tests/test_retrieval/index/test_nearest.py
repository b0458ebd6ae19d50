"""Nearest vectors: the same answer by every way of finding them."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.index import nearest
from retrieval.index.nearest import Nearest, best, build, exact_top, overlap


@pytest.fixture(scope="module")
def vectors():
    """3,000 unit vectors in 60 clusters."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 32))[rng.integers(60, size=3000)] + 0.6 * rng.standard_normal((3000, 32))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(params=["flat", "ivf"])
def index(request, vectors, tmp_path, monkeypatch):
    if request.param == "ivf":
        monkeypatch.setattr(nearest, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(nearest, "_FEW", 100)
    policy = build(vectors, tmp_path / "x.faiss")
    assert policy["type"] == request.param
    return Nearest.open(tmp_path / "x.faiss", vectors, policy)


def test_the_nearest_are_found(index, vectors):
    queries = vectors[:200].astype(np.float32)
    cosines, rows = index.search(queries, 10)
    truth = exact_top(vectors, queries, 10)
    assert overlap(rows, truth[1]) > 0.95
    np.testing.assert_allclose(cosines[:, 0], truth[0][:, 0], atol=1e-3)
    assert (np.diff(cosines, axis=1) <= 0).all()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.99, 1.0])
def test_filters_let_only_passing_ones_through_and_miss_few(index, vectors, share):
    passing = np.random.default_rng(1).random(len(vectors)) < share
    queries = vectors[:100].astype(np.float32)
    rows = index.search(queries, 10, passing)[1]
    allowed = np.flatnonzero(passing)
    assert rows.shape == (100, min(10, len(allowed)))
    assert passing[rows].all()
    if len(allowed):
        truth = allowed[exact_top(vectors[allowed], queries, 10)[1]]
        assert overlap(rows, truth) > 0.95


def test_as_many_as_pass_can_be_asked_for(index, vectors):
    query = vectors[:2].astype(np.float32)
    assert sorted(index.search(query, 9999)[1][1]) == list(range(3000))
    passing = np.arange(3000) % 3 > 0
    assert sorted(index.search(query, 9999, passing)[1][0]) == np.flatnonzero(passing).tolist()
    passing = np.arange(3000) > 2
    assert sorted(index.search(query, 2997, passing)[1][0]) == np.flatnonzero(passing).tolist()
    assert index.search(query, 0)[1].shape == (2, 0)
    assert index.search(query[:0], 5)[1].shape[0] == 0


def test_a_file_of_other_vectors_is_refused(index, vectors, tmp_path):
    with pytest.raises(ValueError, match="3000 vectors of 32 numbers"):
        Nearest.open(tmp_path / "x.faiss", vectors[:-1], {"type": "flat"})
    (tmp_path / "x.faiss").write_bytes(b"nonsense")
    with pytest.raises(OSError, match=r"x\.faiss|nonsense|not recognized"):
        Nearest.open(tmp_path / "x.faiss", vectors, {"type": "flat"})


def test_best_by_hand():
    scores = np.array([[0.1, 0.9, -np.inf, 0.5]], dtype=np.float32)
    names = np.array([[4, 5, -1, 7]])
    assert best(scores, names, 2)[1].tolist() == [[5, 7]]
    assert best(scores, names, 9)[1].tolist() == [[5, 7, 4, -1]]
