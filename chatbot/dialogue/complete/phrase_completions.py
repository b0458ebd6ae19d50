"""Completes a half-typed sentence from the desk's own past answers, with a probability for each text.

Every run of words that the draft ends in is looked up, the longest first; what followed it is counted, and what its
counts leave open is left to the next shorter run (absolute discounting, Ney et al. 1994, without a bound on length).
The answers that follow a run are kept together from then on, so that a whole canned sentence is as likely as the
answers that hold it say, not as a product of its words. What only one answer says is never proposed, unless that
answer was found for the question: it may be about one person. Knows neither how answers are found nor what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chatbot.dialogue.complete.byte_vocabulary import ends_word
from chatbot.dialogue.complete.suffix_array import words_of
from chatbot.dialogue.text.sentences import CJK_STOPS, is_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray

DISCOUNT = (0.95, 0.9)
"""Taken off each count after a run of no word, and after a very long one: what was said once is seldom said again."""
_LONG = 8
"""Words over which the first discount becomes the second."""
PLACES = 200
"""Places looked at for each length of run; of more, so many evenly taken."""
_LEFT = 0.02
"""Shorter runs are not looked at for less than this probability."""
LONGEST = 200
"""Characters of a completion."""
CONTEXT_BONUS = 0.3
"""How much one more word in common adds to the answers that go on alike."""
SHORT = 2
"""Runs of fewer words tell so little that a language model is asked beside them, where there is one ..."""
MODEL_SHARE = 0.5
"""... and gets this share of what they would have had."""


class AnswerWeights(NamedTuple):
    """Of each answer: how much it counts, 0 for none; the number of its conversation; and those found for the question.

    ``weights`` and ``sources`` have shape (answers,).
    """

    weights: NDArray[np.float64]
    sources: NDArray[np.int64]
    found: frozenset[int] = frozenset()


class PhraseCompletion(NamedTuple):
    """One text's probability, and the numbers of one or two answers that go on with it."""

    share: float
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Completions:
    """Texts that may come next, with what vouches for each; ``left`` is the probability of something else."""

    texts: dict[str, PhraseCompletion]
    left: float


class _State(NamedTuple):
    """A text so far and the places behind it, with their shares and answers; None before the typed word is whole."""

    text: str | None
    places: NDArray[np.int64]
    shares: NDArray[np.float64]
    answers: NDArray[np.int64]
    words: int = 0


def phrase_completions(
    phrases: JoinedSuffixArray, draft: str, begun: str, weights: AnswerWeights, least: float, *, modelled: bool = False
) -> Completions:
    """The texts that may follow ``draft``, whose last sentence is ``begun``.

    ``least`` is the smallest probability that is of interest, above 0; ``modelled``: a model takes what is left.
    """
    state, left = _beginning(phrases, draft, weights.weights, MODEL_SHARE if modelled else 0.0)
    last = (words_of(draft) or [""])[-1]
    texts: dict[str, PhraseCompletion] = {}
    open_ = [state]
    while open_:
        state = open_.pop()
        numbers, groups = np.unique(phrases.numbers(state.places), return_inverse=True)
        shares = np.bincount(groups, state.shares, minlength=len(numbers))
        closed = bool(state.text) and is_over(begun + str(state.text))
        spaces = phrases.masks.spaces[numbers]
        over = closed and str(state.text)[-1] in CJK_STOPS
        if state.text and (closed or ends_word(state.text)):
            ending = np.ones_like(spaces) if over else spaces if closed else phrases.masks.breaks[numbers]
            share = float(shares[ending].sum())
            if share >= least:
                text = state.text if begun else state.text.lstrip()
                texts[text] = PhraseCompletion(share, _vouching(state.answers, weights))
        going = (shares >= least) & phrases.masks.open[numbers] & ~(spaces & closed)
        if over:
            continue
        for row in np.flatnonzero(going):
            word = phrases.word(int(numbers[row]))
            text = word[len(last) :] if state.text is None else state.text + word
            if len(text) <= LONGEST:
                open_ += _followed(state, text, groups == row, weights)
    return Completions(texts, left)


def _followed(state: _State, text: str, kept: NDArray[np.bool_], weights: AnswerWeights) -> Iterator[_State]:
    """The state behind one more word; none where only one conversation says so, unless it was found."""
    answers = state.answers[kept]
    sources = weights.sources[answers]
    if int(sources.min()) == int(sources.max()) and weights.found.isdisjoint(answers.tolist()):
        return
    shares = state.shares[kept]
    words = state.words
    if text:
        # Of n that have gone on alike, one more may not (Laplace's rule); each word they share makes that less likely.
        alike = len(shares) * (1 + CONTEXT_BONUS * words)
        shares = shares * (alike / (alike + 1))
        words += 1
    yield _State(text, state.places[kept] + 1, shares, answers, words)


def _vouching(answers: NDArray[np.int64], weights: AnswerWeights) -> tuple[int, ...]:
    """An answer that was found, or two of different conversations."""
    for answer in answers.tolist():
        if answer in weights.found:
            return (answer,)
    sources = weights.sources[answers]
    return int(answers[0]), int(answers[np.argmax(sources != sources[0])])


def _beginning(
    phrases: JoinedSuffixArray, draft: str, weights: NDArray[np.float64], model_share: float
) -> tuple[_State, float]:
    """All places where a run that the draft ends in occurs, with their shares, and what these leave."""
    places, shares, answers = [np.empty(0, dtype=np.int64)], [np.empty(0)], [np.empty(0, dtype=np.int64)]
    left, given = 1.0, 0.0
    for run in reversed(phrases.occurrences(draft, PLACES)):
        if run.length < SHORT and not given:
            given = left * model_share
            left -= given
        texts = phrases.texts_at(run.places)
        counts = weights[texts] * run.scale
        kept = counts > 0
        if not kept.any():
            continue
        _, groups = np.unique(phrases.numbers(run.places[kept]), return_inverse=True)
        together = np.bincount(groups, counts[kept])
        discounts = np.minimum(_discount(run.length), together)
        total = float(together.sum())
        places.append(run.places[kept])
        answers.append(texts[kept])
        shares.append(left * (1 - discounts / together)[groups] * counts[kept] / total)
        left *= float(discounts.sum()) / total
        if left < _LEFT:
            break
    return _State(None, np.concatenate(places), np.concatenate(shares), np.concatenate(answers)), left + given


def _discount(length: int) -> float:
    first, last = DISCOUNT
    return last + (first - last) * float(np.exp(-max(length - 1, 0) / _LONG))
