"""Token healing: which tokens a text can be made of whose last word is half typed.

A text cut anywhere is tokenized unlike the whole text: "ref" is no beginning of the token " refund". So the end of the
text is taken back, and every token is allowed whose bytes agree with what was typed there. The probability of the typed
bytes is the sum over all such covers (Phan et al. 2024, "Exact Byte-Level Probabilities from Tokenized Language Models
for FIM-Tasks and Model Ensembles"): the last token of a cover holds the last typed byte, and those before it are the
tokenizer's own for the bytes before it. Knows probabilities as numbers; what computes them is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.complete.byte_vocabulary import LONGEST_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.dialogue.complete.byte_vocabulary import Typed, Vocabulary

    Look = Callable[[Sequence[int]], NDArray[np.float64]]
    """From ids of the text to the probabilities of the next token, shape (tokens,)."""

NEGLIGIBLE = 0.01
"""A cover whose first tokens are less likely than this share of all found so far is not looked into."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Tokens before the last one, how many typed bytes those hold, and what the last may be.

    ``last`` holds ids, shape (n,); ``shares`` the probability of each given the typed text, summing to 1 over all
    covers of it.
    """

    before: tuple[int, ...]
    held: int
    last: NDArray[np.int64]
    shares: NDArray[np.float64]


def covers(typed: Typed, vocabulary: Vocabulary, look: Look) -> list[Cover]:
    """All covers of a typed text that are not negligible; none where no tokens spell it.

    A text of no bytes has one: anything.
    """
    length = len(typed.bytes)
    possible: list[tuple[list[int], int, NDArray[np.int64]]] = []
    for held in range(max(0, length - LONGEST_TOKEN), max(length, 1)):
        last = vocabulary.starting_with(typed.bytes[held:])
        if last.size:
            possible.append((typed.cut(held), held, last))
    # Fewest tokens first: the dearest of the others need not be looked into once these hold nearly everything.
    possible.sort(key=lambda cover: len(cover[0]))
    stem = _common([before for before, _, _ in possible])
    found: list[Cover] = []
    total = 0.0
    for before, held, last in possible:
        # That the text begins with the stem is common to all and falls out of the shares.
        reached = 1.0
        for place in range(stem, len(before)):
            if reached <= NEGLIGIBLE * total:
                break
            reached *= float(look(before[:place])[before[place]])
        if reached <= NEGLIGIBLE * total:
            continue
        masses = reached * look(before)[last]
        total += float(masses.sum())
        found.append(Cover(tuple(before), held, last, masses))
    if total == 0.0:
        return []
    return [Cover(cover.before, cover.held, cover.last, cover.shares / total) for cover in found]


def _common(rows: Sequence[Sequence[int]]) -> int:
    """How many ids all rows begin with."""
    shortest = min(rows, key=len, default=())
    for place, number in enumerate(shortest):
        if any(row[place] != number for row in rows):
            return place
    return len(shortest)
