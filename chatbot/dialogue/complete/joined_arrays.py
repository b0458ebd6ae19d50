"""Two suffix arrays read as one: the answers of an index as it was built, and those that came in since.

The first is large and made once; the second is small and made anew at each change, with the first one's numbers for the
words they share. Immutable. Places, texts and new words of the second are numbered on behind those of the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chatbot.dialogue.complete.suffix_array import SuffixArray, WordMasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Occurrences(NamedTuple):
    """Places of the word being typed after a run of ``length`` words, shape (n,), each standing for ``scale``."""

    length: int
    places: NDArray[np.int64]
    scale: float


class JoinedSuffixArray:
    """The texts of a suffix array, and those that came later."""

    def __init__(self, first: SuffixArray, later: Iterable[str] = ()) -> None:
        """Join them; ``masks`` says what kinds of words there are, by word number."""
        self._first = first
        self._second = SuffixArray(later)
        known = [first.number(word) for word in self._second.words]
        new = [place for place, number in enumerate(known) if number is None]
        self._new = [self._second.words[place] for place in new]
        self._numbers = np.array([-1 if number is None else number for number in known], dtype=np.int64)
        self._numbers[new] = len(first.words) + np.arange(len(new))
        pairs = zip(first.masks, self._second.masks, strict=True)
        self.masks = WordMasks(*(np.concatenate([mask, later_mask[new]]) for mask, later_mask in pairs))

    def __len__(self) -> int:
        """How many texts."""
        return len(self._first) + len(self._second)

    def occurrences(self, draft: str, most: int) -> list[Occurrences]:
        """Where the end of a draft occurs, shortest runs first; of more than ``most`` places, so many evenly taken."""
        found = []
        early, late = self._first.runs(draft), self._second.runs(draft) if len(self._second) else []
        for length in range(max(len(early), len(late))):
            runs = [each[length] for each in (early, late) if length < len(each)]
            scale = max(1, -(-sum(run.stop - run.start for run in runs) // most))
            places = [np.empty(0, dtype=np.int64)]
            if length < len(early):
                places.append(self._first.at(early[length], scale))
            if length < len(late):
                places.append(self._second.at(late[length], scale) + len(self._first.ids))
            found.append(Occurrences(length, np.concatenate(places), float(scale)))
        return found

    def numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The word numbers at places, shape as given."""
        count = len(self._first.ids)
        late = places >= count
        if not late.any():
            return self._first.ids[places].astype(np.int64)
        found = np.empty(len(places), dtype=np.int64)
        found[~late] = self._first.ids[places[~late]]
        found[late] = self._numbers[self._second.ids[places[late] - count]]
        return found

    def texts_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of the texts that places are in, shape as given."""
        count = len(self._first.ids)
        found = self._first.texts_at(places)
        late = places >= count
        if late.any():
            found[late] = len(self._first) + self._second.texts_at(places[late] - count)
        return found

    def text(self, number: int) -> str:
        """One of the texts."""
        count = len(self._first)
        return self._first.text(number) if number < count else self._second.text(number - count)

    def alike(self, text: str) -> list[int]:
        """The numbers of the texts that begin as this one does."""
        late = [len(self._first) + number for number in self._second.alike(text)] if len(self._second) else []
        return [*self._first.alike(text), *late]

    def word(self, number: int) -> str:
        """A word, with the blank before it."""
        count = len(self._first.words)
        return self._first.words[number] if number < count else self._new[number - count]
