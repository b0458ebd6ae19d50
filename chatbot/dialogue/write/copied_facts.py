"""What a model may write next: facts only where they are copied, letter by letter, from what may vouch for them.

A word that holds a digit, an address, a link or a slot, and inside a sentence one with a capital, can be written only
as a word of the customer, of our own past turns or of the evidence; it has to begin as one of them does and is over
only where one of them is. All other words are free. A constraint for the engine's sampler, over the bytes of tokens: a
small model makes up numbers and names as readily as words, and what is refused afterwards is a reply lost.

Whether a copied fact is the right one is for the checks and the ranking to say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.check.names import FREE_NAMES, SHAPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.complete.byte_vocabulary import Vocabulary

LOOK = 48
"""How many of the likeliest tokens are tried; a text that none of them may go on with is over."""
_PUNCTUATION = ".,;:!?()[]{}\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb*_>|\u2026\u2013\u2014-"
_OPENING = "([{\"'\u201c\u201e\u2018\u00ab*_>|\u2013\u2014-"
_FACT = re.compile(r"\d|@|://|^www\.|\w\.\w{2}|\[[A-Z]")
_STOP = re.compile(r"[.!?:\u2026\u3002\uff01\uff1f][\"')\]\u201d\u2019\u00bb*]*$")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


class CopiedFacts:
    """The constraint of one reply; ``texts`` are what its facts may be copied from."""

    def __init__(self, vocabulary: Vocabulary, texts: Iterable[str]) -> None:
        self._vocabulary = vocabulary
        words = {form for text in texts for word in text.split() for form in _forms(word)}
        self._exact = frozenset(words)
        self._names = frozenset(word.casefold() for word in words)
        self._beginnings = frozenset(word[:length] for word in words for length in range(1, len(word) + 1))
        self._name_beginnings = frozenset(each.casefold() for each in self._beginnings)
        self._fits = lru_cache(maxsize=4096)(self._may_follow)

    def masked(self, logits: NDArray[np.float32], written: Sequence[int]) -> NDArray[np.float32]:
        """The logits of the likeliest tokens that may follow, minus infinity for all others; else the text ends."""
        word, first = self._open_word(written)
        best = np.argpartition(-logits, LOOK)[:LOOK] if len(logits) > LOOK else np.arange(len(logits))
        kept = np.full_like(logits, -np.inf)
        for token in best.tolist():
            if self._fits(word, first, token):
                kept[token] = logits[token]
        if not np.isfinite(kept).any():
            kept[self._vocabulary.end] = 0.0
        return kept

    def _open_word(self, written: Sequence[int]) -> tuple[str, bool]:
        """The word that is being written, maybe none yet, and whether it is the first of a sentence."""
        text = b"".join(self._vocabulary.pieces[number] for number in written).decode("utf-8", "ignore")
        word = text.rsplit(maxsplit=1)[-1] if text and not text[-1].isspace() else ""
        return word, _begins_sentence(text[: len(text) - len(word)])

    def _may_follow(self, word: str, first: bool, token: int) -> bool:
        if token == self._vocabulary.end:
            return self._is_over(word, first=first)
        piece = self._vocabulary.pieces[token].decode("utf-8", "ignore")
        if not piece:
            return bool(self._vocabulary.pieces[token])  # half a character; a special token has none
        *over, last = re.split(r"\s+", word + piece)
        for each in over:
            if not self._is_over(each, first=first):
                return False
            if each:
                first = _begins_sentence(each)
        return self._may_become(last, first=first)

    def _is_over(self, word: str, *, first: bool) -> bool:
        bare = word.strip(_PUNCTUATION)
        if _FACT.search(bare):
            return bare in self._exact
        return first or not _is_name(bare) or bare.casefold() in self._names

    def _may_become(self, word: str, *, first: bool) -> bool:
        open_ended = word.lstrip(_OPENING)
        bare = word.strip(_PUNCTUATION)
        if _FACT.search(bare):
            return bool({word, open_ended} & self._beginnings) or bare in self._exact
        if first or not _is_name(bare):
            return True
        begins = bool({word.casefold(), open_ended.casefold()} & self._name_beginnings)
        return begins or bare.casefold() in self._names


def _forms(word: str) -> Iterable[str]:
    """The ways in which a word of the sources may be written: as it stands, and without what stands around it."""
    bare = word.strip(_PUNCTUATION)
    yield from (form for form in (word, bare, bare.lstrip("$\u20ac\u00a3#"), bare.removesuffix("'s")) if form)
    yield from _NUMBER.findall(word)


def _is_name(word: str) -> bool:
    if len(word) < 2 or word.casefold() in FREE_NAMES:  # noqa: PLR2004
        return False
    return word[0].isupper() or bool(SHAPED.search(word))


def _begins_sentence(before: str) -> bool:
    """Whether what follows ``before`` is the first word of a sentence."""
    text = before.rstrip(" ")
    return not text or text.endswith("\n") or bool(_STOP.search(text))
