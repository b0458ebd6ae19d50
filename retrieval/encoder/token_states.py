"""What an encoder makes of each token of a text, and how that is kept: in 8 bits.

A vector of a whole text is the mean of these states; both come of one pass. Knows no question, no passages, no files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEPS = 127.0
"""A unit vector's coordinate of 1, in 8 bits."""


class TokenStates(NamedTuple):
    """The tokens of one text: unit vectors, (tokens, dimension), and where each stands, its white space collapsed.

    ``whole``, (dimension), is the vector of the text that ``encode`` gives.
    """

    vectors: NDArray[np.float32]
    spans: list[tuple[int, int]]
    whole: NDArray[np.float32]

    @property
    def narrow(self) -> NDArray[np.int8]:
        """The vectors in steps of 1/127."""
        return np.round(self.vectors * STEPS).astype(np.int8)


@runtime_checkable
class ReadsTokens(Protocol):
    """An encoder that shows the states of a text's tokens."""

    def states(self, texts: Sequence[str]) -> list[TokenStates]:
        """The states of each text's tokens."""
        ...

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand in it."""
        ...
