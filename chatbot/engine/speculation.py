"""Prompt lookup: proposes the tokens that followed the same last tokens in a text's evidence.

Saxena 2023, "Prompt lookup decoding". Three tokens that stand in the evidence are asked for first, then two; where
none stand there nothing is proposed, so that a text of its own costs nothing. Knows ids only; whether a proposal holds
is seen by the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG, _SHORT = 3, 2
AHEAD = {_LONG: 4, _SHORT: 3}
"""How many tokens are proposed after so many that agree."""


class Proposer:
    """Looks up one text's evidence. Of several places the last counts: the best evidence stands last in a prompt."""

    def __init__(self, evidence: Sequence[int]) -> None:
        self._evidence = tuple(evidence)
        self._after = {
            self._evidence[place : place + size]: place + size
            for size in AHEAD
            for place in range(len(self._evidence) - size)
        }

    def propose(self, ids: Sequence[int], at_most: int) -> tuple[int, ...]:
        """What may follow ``ids``, at most so many; often nothing."""
        for size, ahead in AHEAD.items():
            place = self._after.get(tuple(ids[-size:]))
            if place is not None:
                return self._evidence[place : place + min(ahead, max(at_most, 0))]
        return ()
