"""Turns logits into the next tokens of a text, or the likelihood of a candidate. Plain numpy; runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chatbot.engine.protocol import Constraint, Ending, Sampling
from chatbot.engine.sampler import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Chosen(NamedTuple):
    """Tokens chosen in one step, how many of them had been proposed, and whether the text is over with them."""

    tokens: list[int]
    accepted: int
    ending: Ending | None


def go_on(
    logits: NDArray[np.float32],
    proposed: Sequence[int],
    written: Sequence[int],
    sampling: Sampling,
    randomness: np.random.Generator,
    *,
    room: int,
    constraint: Constraint | None = None,
) -> Chosen:
    """Choose a token for each row of ``logits``, (1 + proposed, vocabulary), while the tokens are those proposed.

    Row n has seen the first n proposals, so it says what follows only where those were right. Each token is chosen as
    if it had been asked for alone, so proposals change nothing but the number of steps. ``room``: so many tokens end
    the text.
    """
    tokens: list[int] = []
    accepted = 0
    for place, row in enumerate(logits):
        so_far = [*written, *tokens]
        free = row if constraint is None else constraint.masked(row, so_far)
        token = choose(free, so_far, sampling, randomness)
        if token in sampling.stop_ids:
            return Chosen(tokens, accepted, Ending.STOP)
        tokens.append(token)
        if len(tokens) >= room:
            return Chosen(tokens, accepted, Ending.LENGTH)
        if place == len(proposed) or proposed[place] != token:
            break
        accepted += 1
    return Chosen(tokens, accepted, None)


def likelihood(logits: NDArray[np.float32], ids: Sequence[int]) -> float:
    """Natural logarithm of the probability of ``ids``, row n of ``logits`` (ids, vocabulary) predicting id n."""
    highest = logits.max(axis=-1)
    shares = logits - highest[:, None]
    np.exp(shares, out=shares)  # in place, and of each row one number only: rows are as wide as the vocabulary
    chosen = logits[range(len(ids)), list(ids)]
    return float((chosen - highest - np.log(shares.sum(axis=-1))).sum())
