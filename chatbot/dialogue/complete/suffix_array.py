"""A suffix array over the words of texts: where a run of words occurs, found at once for runs of any length.

Manber & Myers 1993; for counting without a bound on length: Liu et al. 2024, "Infini-gram", arXiv:2401.17377. Words
are numbered in the order of their letters, so that a half-typed word is a range of numbers and needs no token healing.
Four bytes a word for the texts and four for their order; nothing is learnt but counts. Knows no questions, and not
which of its texts may be shown.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chatbot.dialogue.complete.byte_vocabulary import UNSPACED, breaks_word
from data.masking.kinds import SLOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

EDGE = 0
"""The word number that stands before the first answer and after each."""
DEPTH = 24
"""Longest run of words that is told apart by what precedes it."""
_SORTED = 3 * 2**4
"""Words to which the order of places is exact: more than any run that is asked for."""

_ALONE = "".join(f"{first}-{last}" for first, last in UNSPACED)
_PLACEHOLDER = rf"{SLOT}|<[a-z_]+>"
# A blank belongs to the word behind it. Cutting a text changes no word but the last one that is left, which the text's
# own word begins with; placeholders, which nobody types, are the exception.
_WORD = re.compile(rf" ?(?:{_PLACEHOLDER}|[{_ALONE}]|[^\W{_ALONE}]+|[^\w\s\[<]+|[\[<])|\s")
_SLOT = re.compile(rf" ?(?:{_PLACEHOLDER})\Z")


class WordMasks(NamedTuple):
    """What kinds of words there are, each (words,): may be shown; a word is over before it; begins with white space."""

    open: NDArray[np.bool_]
    breaks: NDArray[np.bool_]
    spaces: NDArray[np.bool_]


class Run(NamedTuple):
    """Places where a run of ``length`` whole words and what is typed after them occurs: rows of ``places``."""

    length: int
    start: int
    stop: int


def words_of(text: str) -> list[str]:
    """The words of a text, each with the blank before it; joined they are the text."""
    return _WORD.findall(text)


class SuffixArray:
    """Texts numbered by their order. Immutable, so any number of threads may look things up."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Read texts; 25 million characters take seconds and tens of megabytes.

        ``words`` holds each distinct word once, in the order of its letters; ``ids`` the texts as word numbers, shape
        (n,), ``EDGE`` before, between and behind them; ``places`` all places of ``ids``, in the order of what begins
        there, shape (n,). Of ``masks``, no edge, masked slot or line break is open.
        """
        known: dict[str, int] = {"": EDGE}
        rows = [np.zeros(1, dtype=np.int64)]
        lengths = []
        for text in texts:
            row = [known.setdefault(word, len(known)) for word in words_of(text)]
            rows.append(np.array([*row, EDGE], dtype=np.int64))
            lengths.append(len(row) + 1)
        self.words = sorted(known)
        number = np.empty(len(known), dtype=np.int64)
        number[[known[word] for word in self.words]] = np.arange(len(known))
        ids = number[np.concatenate(rows)]
        self.masks = _masks(self.words)
        self._starts = 1 + np.concatenate([[0], np.cumsum(lengths[:-1], dtype=np.int64)]) if lengths else np.zeros(0)
        # Bytes compare as the numbers do when the greatest comes first.
        self._bytes = ids.astype(">u4").tobytes()
        self.ids = np.frombuffer(self._bytes, dtype=">u4")
        self.places = _sorted_places(ids, len(self.words))

    def __len__(self) -> int:
        """How many texts."""
        return len(self._starts)

    def texts_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of the texts that places are in, shape as given."""
        return np.maximum(np.searchsorted(self._starts, places, side="right") - 1, 0)

    def beginning_with(self, letters: str) -> tuple[int, int]:
        """The word numbers, from and up to, of all words that begin with these letters; of "" all but the edge."""
        if not letters:
            return EDGE + 1, len(self.words)
        return bisect_left(self.words, letters), bisect_left(self.words, letters + "\U0010ffff")

    def runs(self, draft: str, depth: int = DEPTH) -> list[Run]:
        """Where the end of a draft occurs, with no whole word before the last one, with one, and so on.

        A place is that of the last word, half typed as it may be. The list ends where nothing is found; a draft all of
        whose words are found (up to ``depth``) stands at the edge in the last.
        """
        *whole, last = words_of(draft) or [""]
        low, high = self.beginning_with(last)
        found: list[Run] = []
        key = b""
        for length in range(min(len(whole) + 1, depth) + 1):
            if length:
                number = self.number(whole[-length]) if length <= len(whole) else EDGE
                if number is None:
                    break
                key = _bytes(number) + key
            start, stop = self._row(key + _bytes(low)), self._row(key + _bytes(high))
            if start == stop:
                break
            found.append(Run(length, start, stop))
        return found

    def at(self, run: Run, step: int = 1) -> NDArray[np.int64]:
        """The places of the last word of a run, one in ``step`` of them."""
        return self.places[run.start : run.stop : step].astype(np.int64) + run.length

    def text(self, number: int) -> str:
        """One of the texts."""
        start = int(self._starts[number])
        stop = int(self._starts[number + 1]) if number + 1 < len(self) else len(self.ids)
        return "".join(self.words[each] for each in self.ids[start : stop - 1])

    def alike(self, text: str) -> list[int]:
        """The numbers of the texts that are this one, as far as their first ``DEPTH`` words tell."""
        words = words_of(text)
        numbers = [self.number(word) for word in words[:DEPTH]]
        if None in numbers:
            return []
        key = b"".join(_bytes(number or EDGE) for number in [EDGE, *numbers, *([] if len(words) > DEPTH else [EDGE])])
        # No number is as high as the bytes that close the range.
        found = self.places[self._row(key) : self._row(key + b"\xff")].astype(np.int64) + 1
        return sorted(self.texts_at(found).tolist())

    def number(self, word: str) -> int | None:
        """The number of a word; None where no text holds it."""
        place = bisect_left(self.words, word)
        return place if place < len(self.words) and self.words[place] == word else None

    def _row(self, key: bytes) -> int:
        """The first row of ``places`` that does not come before these words."""
        text, places, length = self._bytes, self.places, len(key)
        low, high = 0, len(places)
        while low < high:
            middle = (low + high) // 2
            place = 4 * int(places[middle])
            if text[place : place + length] < key:
                low = middle + 1
            else:
                high = middle
        return low


def _masks(words: Sequence[str]) -> WordMasks:
    masks = (
        [word not in {"", "\n", "\r"} and not _SLOT.match(word) for word in words],
        [not word or breaks_word(word) for word in words],
        [not word or word[0].isspace() for word in words],
    )
    return WordMasks(*(np.array(mask, dtype=np.bool_) for mask in masks))


def _bytes(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _sorted_places(ids: NDArray[np.int64], words: int) -> NDArray[np.int32]:
    """All places by the words that begin there, by doubling: first three words at once, then twice as many."""
    rank = _joined(_joined(ids, ids, 1, words), ids, 2, words)
    depth = 3
    while True:
        order = np.argsort(rank)
        ordered = rank[order]
        new = np.concatenate([[False], ordered[1:] != ordered[:-1]])
        if depth >= _SORTED or new[1:].all():
            return order.astype(np.int32)
        rank[order] = np.cumsum(new)
        rank = _joined(rank, rank, depth, len(rank))
        depth *= 2


def _joined(first: NDArray[np.int64], second: NDArray[np.int64], by: int, size: int) -> NDArray[np.int64]:
    """One number for a rank and the one ``by`` places behind it; what is behind the end comes first."""
    later = np.zeros_like(second)
    later[: max(len(second) - by, 0)] = second[by:] + 1
    return first * (size + 1) + later
