"""Which replies people are asked to judge: a sample over all probabilities, denser near the threshold."""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import TYPE_CHECKING

from chatbot.learning.backtest.verdicts import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.learning.backtest.case import Case


SAMPLE = 100
"""Replies that are asked about: ten minutes' work."""


NEARNESS = 0.1
"""How far from the threshold, in probability, more replies are asked about."""


_NEAR_WEIGHT = 3.0


def sampled(cases: Sequence[Case], threshold: float | None, *, count: int = SAMPLE) -> list[Case]:
    """Replies to ask about: over all probabilities, more near the threshold; in an order that tells nothing.

    Weighted sampling without replacement (Efraimidis and Spirakis 2006), with a hash of case and reply for chance: the
    same cases give the same sample, and more cases change it little.
    """
    able = [case for case in cases if case.ours]

    def rank(case: Case) -> float:
        near = 0.0
        if threshold is not None:
            near = math.exp(-(((case.probability - threshold) / NEARNESS) ** 2) / 2)
        return -math.log(_chance(case)) / (1.0 + _NEAR_WEIGHT * near)

    chosen = sorted(able, key=rank)[:count]
    return sorted(chosen, key=lambda case: digest(f"order {case.id}"))


def _chance(case: Case) -> float:
    """Above 0 and below 1, by the case and its reply alone."""
    number = int.from_bytes(
        blake2b(f"{case.id}\x00{case.ours}".encode("utf-8", "surrogatepass"), digest_size=7).digest()
    )
    return (number + 0.5) / 2**56
