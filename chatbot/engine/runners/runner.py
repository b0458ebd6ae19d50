"""The interface between the engine and whatever computes: the one place where ids become numbers.

A runner keeps the keys and values of many sequences and runs new ids of several of them in one step. It chooses no
token, queues nothing and knows no request; numpy at the border, so that nothing above it depends on a runtime.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Piece:
    """New ids of one sequence, at least one, for one step.

    ``keep``: of how many of the last ids the logits are wanted. 0 inside a prompt, 1 to go on from, all to verify what
    was proposed.
    """

    slot: int
    ids: Sequence[int]
    keep: int = 1


class Runner(Protocol):
    """A causal language model over many sequences of its own lengths. One thread owns it.

    What a sequence gets must not depend on what runs beside it: no scale, padding or mask shared between pieces may
    show in the logits beyond rounding.
    """

    @property
    def name(self) -> str:
        """The model version, for the trace."""

    @property
    def runtime(self) -> str:
        """What computes and how, for people: "numpy, float32"."""

    @property
    def context_tokens(self) -> int:
        """How many positions one sequence has, less those of a trained prefix."""

    @property
    def vocabulary(self) -> int:
        """How many logits a position has."""

    @property
    def token_bytes(self) -> int:
        """Memory of one token's keys and values, bytes."""

    def start(self) -> int:
        """A new, empty sequence; returns its slot."""

    def fork(self, slot: int, length: int) -> int:
        """A new sequence that begins with the first ``length`` ids of another, which stays as it is."""

    def truncate(self, slot: int, length: int) -> None:
        """Forget all ids of a sequence but the first ``length``."""

    def release(self, slot: int) -> None:
        """Forget a sequence; its slot may be given out again."""

    def forward(self, pieces: Sequence[Piece]) -> list[NDArray[np.float32]]:
        """Run new ids of several sequences, each slot once; every sequence grows by its ids.

        Returns for each piece logits of shape (keep, vocabulary).
        """

    def branch(self, slot: int, rows: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """Logits after each id of several continuations of one sequence, which stays as it is.

        Returns for each row, which has at least one id, shape (len(row), vocabulary).
        """
