"""A 5-gram of a desk's answers over the base's tokens: what a fine-tuned model has to be worth its trouble against.

Counting and probabilities are nltk's ``AbsoluteDiscountingInterpolated`` (its Kneser-Ney goes through all contexts at
each question and is of no use at this size). Each token of the vocabulary is counted once more than it occurs, so that
none is impossible. It sees the answer alone, as an n-gram does. The discount was chosen on the last 300 answers of
Thunderbird's train, learning from the 2,000 before them: 0.9 gave 1.617 bits a byte, 0.75 1.625, Witten-Bell 1.662.
"""

from __future__ import annotations

import gc
import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from nltk.lm import AbsoluteDiscountingInterpolated, NgramCounter, counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

ORDER = 5
DISCOUNT = 0.9


class Ngram:
    """Implements ``chatbot.engine.Stepper``, so that the product's completion runs on it as on GPT-2."""

    name = f"{ORDER}-gram"
    context_tokens = 1024

    def __init__(self, answers: Iterable[Sequence[int]], vocabulary: int, opening: int) -> None:
        """Count ``answers``, ids closed by the end token; ``opening`` is the id that every answer stands after."""
        counter.MAX_NGRAMS = 10**9  # nltk's guard against strangers' texts; these are the desk's own
        counts = NgramCounter([[(token,) for token in range(vocabulary)]])
        collecting = gc.isenabled()
        gc.disable()  # millions of small dictionaries, none of them in a circle
        try:
            counts.update(_grams([opening, *answer]) for answer in answers)
        finally:
            if collecting:
                gc.enable()
        self._vocabulary = vocabulary
        self._opening = opening
        self._counts = counts
        self._model = AbsoluteDiscountingInterpolated(ORDER, discount=DISCOUNT, counter=counts)
        # nltk counts a context's continuations anew at each question; nothing is learnt any more, so once will do.
        self._model.estimator._gamma = cache(self._model.estimator._gamma)  # noqa: SLF001
        self._unigrams = np.array([counts.unigrams.freq(token) for token in range(vocabulary)])
        self._seen = lru_cache(4096)(self._continuations)

    def nats(self, answer: Sequence[int]) -> float:
        """The cost of an answer's ids."""
        ids = [self._opening, *answer]
        contexts = (tuple(ids[max(0, place - ORDER + 1) : place]) for place in range(1, len(ids)))
        return -sum(
            math.log(self._model.unmasked_score(token, context))
            for token, context in zip(answer, contexts, strict=True)
        )

    def log_probabilities(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Natural logarithms of what may follow ``ids``, shape (vocabulary,): nltk's sum, for all tokens at once."""
        context = self._context(ids)
        found = self._unigrams
        for length in range(1, len(context) + 1):
            tokens, shares, gamma = self._seen(context[-length:])
            if len(tokens):
                found = gamma * found
                found[tokens] += shares
        return np.log(found).astype(np.float32)

    def _context(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The last ids, but nothing before the answer's opening."""
        near = tuple(ids[-(ORDER - 1) :])
        if self._opening in near:
            start = len(near) - 1 - near[::-1].index(self._opening)
            near = near[start:]
        return near

    def _continuations(self, context: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
        """What followed a context, the discounted shares of that, and what is left for shorter contexts."""
        followed = self._counts[len(context) + 1].get(context) or {}
        if not followed:
            return np.empty(0, dtype=np.int64), np.empty(0), 1.0
        tokens, counts = np.array([*followed], dtype=np.int64), np.array([*followed.values()], dtype=np.float64)
        gamma = float(self._model.estimator._gamma(context))  # noqa: SLF001
        return tokens, np.maximum(counts - DISCOUNT, 0) / counts.sum(), gamma


def bits_per_byte(nats: float, length: int) -> float:
    """Bits for each of ``length`` UTF-8 bytes, as ``finetune.evaluate.perplexity`` reckons them."""
    return nats / math.log(2) / length if length else math.nan


def _grams(ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All n-grams up to ``ORDER`` that end after the opening."""
    for place in range(1, len(ids)):
        for length in range(1, min(ORDER, place + 1) + 1):
            yield tuple(ids[place - length + 1 : place + 1])
