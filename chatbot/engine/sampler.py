"""Chooses the next token from logits. Pure: the random generator comes in with its seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.engine.protocol import Sampling


def choose(logits: torch.Tensor, written: Sequence[int], sampling: Sampling, randomness: torch.Generator) -> int:
    """The next token id for ``logits`` of shape (vocabulary,).

    The repetition penalty (Keskar et al. 2019, CTRL) covers the tokens ``written`` so far and not the
    prompt: a reply is meant to repeat its evidence.
    """
    scores = _penalised(logits.float(), written, sampling.repetition_penalty)
    if sampling.temperature == 0:
        return int(torch.argmax(scores))
    scores = _nucleus(_best(scores / sampling.temperature, sampling.top_k), sampling.top_p)
    return int(torch.multinomial(torch.softmax(scores, dim=-1), 1, generator=randomness))


def _penalised(scores: torch.Tensor, written: Sequence[int], penalty: float) -> torch.Tensor:
    if penalty == 1.0 or not written:
        return scores
    ids = torch.tensor(sorted(set(written)), device=scores.device)
    seen = scores[ids]
    scores = scores.clone()
    scores[ids] = torch.where(seen > 0, seen / penalty, seen * penalty)
    return scores


def _best(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Keep the ``count`` highest scores, ties included."""
    if count == 0 or count >= scores.numel():
        return scores
    lowest_kept = torch.topk(scores, count).values[-1]
    return scores.masked_fill(scores < lowest_kept, -torch.inf)


def _nucleus(scores: torch.Tensor, mass: float) -> torch.Tensor:
    """Keep the smallest set of tokens that holds ``mass`` (Holtzman et al. 2020), one at least."""
    if mass >= 1.0:
        return scores
    ordered, places = torch.sort(scores, descending=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = torch.cumsum(probabilities, dim=-1) - probabilities
    return scores.masked_fill(torch.zeros_like(scores, dtype=torch.bool).scatter(0, places, before >= mass), -torch.inf)
