"""Chooses the next token from logits. Pure: the random generator comes in with its seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.engine.protocol import Sampling


def choose(
    logits: NDArray[np.float32], written: Sequence[int], sampling: Sampling, randomness: np.random.Generator
) -> int:
    """The next token id for ``logits`` of shape (vocabulary,), which are left as they are.

    The repetition penalty (Keskar et al. 2019, CTRL) covers the tokens ``written`` so far and not the prompt: a reply
    is meant to repeat its evidence. A token that is not greedy takes one number of ``randomness``, so that looking
    several tokens ahead draws as going one by one does.
    """
    penalised = _penalised(logits, written, sampling.repetition_penalty)
    if sampling.temperature == 0:
        return int(penalised.argmax())
    scores = _best(penalised.astype(np.float64) / sampling.temperature, sampling.top_k)
    order = np.argsort(-scores, kind="stable")
    shares = np.exp(scores[order] - scores[order[0]])
    shares /= shares.sum()
    if sampling.top_p < 1:
        # The smallest set of tokens that holds so much (Holtzman et al. 2020), one at least.
        shares[np.cumsum(shares) - shares >= sampling.top_p] = 0.0
    heights = np.cumsum(shares)
    return int(order[np.searchsorted(heights, randomness.random() * heights[-1], side="right")])


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities of logits, row by row, (..., vocabulary)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def _penalised(scores: NDArray[np.float32], written: Sequence[int], penalty: float) -> NDArray[np.float32]:
    if penalty == 1.0 or not written:
        return scores
    ids = sorted(set(written))
    seen = scores[ids]
    scores = scores.copy()
    scores[ids] = np.where(seen > 0, seen / penalty, seen * penalty)
    return scores


def _best(scores: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Keep the ``count`` highest scores, ties included."""
    if count == 0 or count >= len(scores):
        return scores
    return np.where(scores < np.partition(scores, -count)[-count], -np.inf, scores)
