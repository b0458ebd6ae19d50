"""Late interaction: for each word of a question the nearest word of a text, rare words counting more.

Khattab and Zaharia 2020, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over
BERT", with the states of the desk's encoder as they are. A vector of a whole text drowns the one word that matters;
here it counts by itself. States of texts are kept, in 8 bits, while they are used. Knows no passages and no index.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np

from retrieval.encoder.encoder import TokenStates
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from retrieval.encoder.encoder import Encoder

KEPT = 4096
"""Texts whose states are kept: some 70 MB of paragraphs."""
LEAST_WEIGHT = 0.1
"""Of the rarest word's; a common word tells little, and yet "how long" is not "how much"."""
_STEPS = 127.0
_WORD = re.compile(r"\w+")


@runtime_checkable
class ReadsTokens(Protocol):
    """An encoder that shows the states of a text's tokens."""

    def states(self, texts: Sequence[str]) -> list[TokenStates]:
        """The states of each text's tokens."""
        ...

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand in it."""
        ...


class Matched(NamedTuple):
    """How well texts match a question, token by token.

    ``nearest``, (texts, tokens of the question): cosine to the nearest token of each text. ``weights``, (tokens): what
    each counts, 1 in all; nothing where the question has no words. ``whole``, (texts, d): what each
    text is as a whole, the mean of its states as a unit vector.
    """

    nearest: NDArray[np.float32]
    weights: NDArray[np.float32]
    whole: NDArray[np.float32]

    @property
    def scores(self) -> NDArray[np.float32]:
        """The weighted mean of the cosines, (texts)."""
        return np.asarray((self.nearest * self.weights).sum(axis=1), dtype=np.float32)

    def missed(self, below: float) -> NDArray[np.float32]:
        """The share of the question, by weight, that has nothing so near in a text, (texts)."""
        return np.asarray(((self.nearest < below) * self.weights).sum(axis=1), dtype=np.float32)


class LateInteraction:
    """Compares questions with texts. Safe to share between threads."""

    def __init__(self, encoder: Encoder) -> None:
        """Keep no states yet."""
        self._encoder = encoder
        self._kept: OrderedDict[str, NDArray[np.int8]] = OrderedDict()
        self._changing = Lock()

    def matched(
        self, question: str, texts: Sequence[str], shares: Callable[[Sequence[str]], NDArray[np.float64]]
    ) -> Matched:
        """Compare; ``shares`` tells which share of all the desk's texts holds each of some words."""
        question = " ".join(question.split())
        asked = self._states([question])[0]
        weights = _weights(question, asked.spans, shares)
        told = self.states(texts)
        nearest = np.zeros((len(texts), len(weights)), dtype=np.float32)
        for row, states in enumerate(told):
            if len(states) and len(weights):
                nearest[row] = (asked.vectors @ states.T.astype(np.float32)).max(axis=1) / _STEPS
        empty = np.zeros(self._encoder.dimension)
        return Matched(nearest, weights, unit([rows.mean(axis=0) if len(rows) else empty for rows in told]))

    def states(self, texts: Sequence[str]) -> list[NDArray[np.int8]]:
        """The states of texts, each (tokens, d), in steps of 1/127; what is not kept is read in one go."""
        with self._changing:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, found in zip(new, self._states(new), strict=True):
            known[text] = np.round(found.vectors * _STEPS).astype(np.int8)
        with self._changing:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return [known[text] for text in texts]

    def _states(self, texts: Sequence[str]) -> list[TokenStates]:
        if isinstance(self._encoder, ReadsTokens):
            return self._encoder.states(texts)
        return [
            TokenStates(row[None], [(0, len(text))])
            for text, row in zip(texts, self._encoder.encode(texts), strict=True)
        ]


def _weights(
    question: str, spans: Sequence[tuple[int, int]], shares: Callable[[Sequence[str]], NDArray[np.float64]]
) -> NDArray[np.float32]:
    """What each token counts, 1 in all.

    A word counts the log of how rare it is, shared by the tokens that it is cut into; marks count nothing.
    """
    words = [(match.start(), match.end(), match.group().casefold()) for match in _WORD.finditer(question)]
    rarity = np.maximum(-np.log(shares([word for _, _, word in words])), LEAST_WEIGHT) if words else np.zeros(0)
    weights = np.zeros(len(spans), dtype=np.float32)
    for (first, last, _), rare in zip(words, rarity.tolist(), strict=True):
        inside = [place for place, (start, end) in enumerate(spans) if start < last and first < end]
        weights[inside] = rare / max(1, len(inside))
    total = float(weights.sum())
    return weights / np.float32(total) if total else weights
