"""Late interaction: for each word of a question the nearest word of a text, rare words counting more.

Khattab and Zaharia 2020, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over
BERT", with the states of the desk's encoder as they are. A vector of a whole text drowns the one word that matters;
here it counts by itself. States of texts that are not stored are kept, in 8 bits, while they are used. Knows no
passages and no index.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retrieval.encoder.token_states import STEPS, ReadsTokens, TokenStates
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from retrieval.encoder.encoder import Encoder

KEPT = 4096
"""Texts whose states are kept: some 70 MB of paragraphs."""
LEAST_WEIGHT = 0.1
"""Of the rarest word's; a common word tells little, and yet "how long" is not "how much"."""
_WORD = re.compile(r"\w+")


class Word(NamedTuple):
    """A word of a question, as it was written: its tokens, and what it counts, of 1 for the whole question."""

    text: str
    tokens: tuple[int, ...]
    weight: float


class Matched(NamedTuple):
    """How well texts match a question, token by token.

    ``nearest``, (texts, tokens of the question): cosine to the nearest token of each text. ``weights``, (tokens): what
    each counts, 1 in all; nothing where the question has no words. ``whole``, (texts, d): what each
    text is as a whole, the mean of its states as a unit vector. ``words`` are those of the question.
    """

    nearest: NDArray[np.float32]
    weights: NDArray[np.float32]
    whole: NDArray[np.float32]
    words: tuple[Word, ...] = ()

    @property
    def scores(self) -> NDArray[np.float32]:
        """The weighted mean of the cosines, (texts)."""
        return np.asarray((self.nearest * self.weights).sum(axis=1), dtype=np.float32)

    def missed(self, below: float) -> NDArray[np.float32]:
        """The share of the question, by weight, that has nothing so near in a text, (texts)."""
        return np.asarray(((self.nearest < below) * self.weights).sum(axis=1), dtype=np.float32)


class LateInteraction:
    """Compares questions with texts. Safe to share between threads."""

    def __init__(self, encoder: Encoder, stored: Callable[[str], NDArray[np.int8] | None] = lambda _: None) -> None:
        """Keep no states yet; ``stored`` gives those of a text that were computed before, if any."""
        self._encoder, self._stored = encoder, stored
        self._kept: OrderedDict[str, NDArray[np.int8]] = OrderedDict()
        self._changing = Lock()

    def asked(self, question: str) -> TokenStates:
        """What the encoder makes of a question, its words and the whole, in one pass."""
        return _states_of(self._encoder, [" ".join(question.split())])[0]

    def matched(
        self,
        question: str,
        asked: TokenStates,
        texts: Sequence[str],
        shares: Callable[[Sequence[str]], NDArray[np.float64]],
    ) -> Matched:
        """Compare a question, read by ``asked``; ``shares`` tells which share of the desk's texts holds each word."""
        words = _words(" ".join(question.split()), asked.spans, shares)
        weights = token_weights(words, len(asked.spans))
        told = self.states(texts)
        filled = [row for row, states in enumerate(told) if len(states)]
        nearest = np.zeros((len(texts), len(weights)), dtype=np.float32)
        sums = np.zeros((len(texts), self._encoder.dimension), dtype=np.float32)
        if filled:  # all in one product: texts are short, and each call costs more than its numbers
            rows = np.concatenate([told[row] for row in filled]).astype(np.float32)
            starts = np.cumsum([0, *(len(told[row]) for row in filled[:-1])])
            nearest[filled] = np.maximum.reduceat(asked.vectors @ rows.T, starts, axis=1).T / STEPS
            sums[filled] = np.add.reduceat(rows, starts, axis=0)
        return Matched(nearest, weights, unit(sums), words)

    def states(self, texts: Sequence[str]) -> list[NDArray[np.int8]]:
        """The states of texts, each (tokens, d), in steps of 1/127; what is not at hand is read in one go."""
        stored = {text: rows for text in texts if (rows := self._stored(text)) is not None}
        others = [text for text in dict.fromkeys(texts) if text not in stored]
        with self._changing:
            known = {text: self._kept[text] for text in others if text in self._kept}
        new = [text for text in others if text not in known]
        known.update(zip(new, (found.narrow for found in _states_of(self._encoder, new)), strict=True) if new else ())
        with self._changing:
            for text in others:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        known |= stored
        return [known[text] for text in texts]


def token_weights(words: Sequence[Word], tokens: int) -> NDArray[np.float32]:
    """What each of so many tokens counts, (tokens): that of its word, shared among the word's tokens."""
    weights = np.zeros(tokens, dtype=np.float32)
    for word in words:
        weights[list(word.tokens)] += word.weight / len(word.tokens)
    return weights


def _states_of(encoder: Encoder, texts: Sequence[str]) -> list[TokenStates]:
    """The states of each text; where an encoder does not show its tokens, one a text, its vector."""
    if isinstance(encoder, ReadsTokens):
        return encoder.states(texts)
    return [
        TokenStates(row[None], [(0, len(text))], row) for text, row in zip(texts, encoder.encode(texts), strict=True)
    ]


def _words(
    question: str, spans: Sequence[tuple[int, int]], shares: Callable[[Sequence[str]], NDArray[np.float64]]
) -> tuple[Word, ...]:
    """The words that have tokens, with what each counts, 1 in all: the log of how rare it is; marks count nothing."""
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(question)]
    if not words:
        return ()
    rarity = np.maximum(-np.log(shares([word.casefold() for _, _, word in words])), LEAST_WEIGHT)
    found = []
    for (first, last, text), rare in zip(words, rarity, strict=True):
        inside = tuple(place for place, (start, end) in enumerate(spans) if start < last and first < end)
        if inside:
            found.append(Word(text, inside, float(rare)))
    total = sum(word.weight for word in found) or 1.0
    return tuple(word._replace(weight=word.weight / total) for word in found)
