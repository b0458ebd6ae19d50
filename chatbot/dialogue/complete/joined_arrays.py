"""Two phrase books read as one: the answers of an index as it was built, and those that came in since.

The first is large and made once; the second is small and made anew at each change, with the first one's numbers for the
words they share. Immutable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.complete.byte_vocabulary import parts
from chatbot.dialogue.complete.phrase_completions import Occurrences, WordMasks
from chatbot.dialogue.complete.suffix_array import SuffixArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class JoinedSuffixArray:
    """Implements ``Phrases``: places and texts of the second book are numbered on behind those of the first."""

    def __init__(self, first: SuffixArray, later: Iterable[str] = (), *, marks: WordMasks | None = None) -> None:
        """Join a book and texts that came later; ``marks`` are the first book's, where they are known already."""
        self.first = first
        self.first_marks = marks or marks_of(first.words, first.open)
        self._second = SuffixArray(later)
        places = {word: number for number, word in enumerate(self._second.words)}
        known = [self.first.number(word) for word in places]
        new = [word for word, number in zip(places, known, strict=True) if number is None]
        self._new = new
        behind = {word: len(first.words) + place for place, word in enumerate(new)}
        numbers = [behind[word] if number is None else number for word, number in zip(places, known, strict=True)]
        self._numbers = np.array(numbers, dtype=np.int64)
        opened = self._second.open[[places[word] for word in new]]
        more = marks_of(new, opened)
        self._marks = WordMasks(*(np.concatenate(pair) for pair in zip(self.first_marks, more, strict=True)))

    def __len__(self) -> int:
        """How many texts."""
        return len(self.first) + len(self._second)

    @property
    def marks(self) -> WordMasks:
        """What kinds of words there are; see ``Phrases``."""
        return self._marks

    def occurrences(self, draft: str, most: int) -> list[Occurrences]:
        """Where the end of a draft occurs; see ``Phrases``."""
        found = []
        early, late = self.first.runs(draft), self._second.runs(draft) if len(self._second) else []
        for length in range(max(len(early), len(late))):
            runs = [each[length] for each in (early, late) if length < len(each)]
            scale = max(1, -(-sum(run.stop - run.start for run in runs) // most))
            places = [np.empty(0, dtype=np.int64)]
            if length < len(early):
                places.append(self.first.at(early[length], scale))
            if length < len(late):
                places.append(self._second.at(late[length], scale) + len(self.first.ids))
            found.append(Occurrences(length, np.concatenate(places), float(scale)))
        return found

    def numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The word numbers at places; see ``Phrases``."""
        count = len(self.first.ids)
        late = places >= count
        if not late.any():
            return self.first.ids[places].astype(np.int64)
        found = np.empty(len(places), dtype=np.int64)
        found[~late] = self.first.ids[places[~late]]
        found[late] = self._numbers[self._second.ids[places[late] - count]]
        return found

    def texts_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of the texts that places are in; see ``Phrases``."""
        count = len(self.first.ids)
        found = self.first.texts_at(places)
        late = places >= count
        if late.any():
            found[late] = len(self.first) + self._second.texts_at(places[late] - count)
        return found

    def text(self, number: int) -> str:
        """One of the texts."""
        return self.first.text(number) if number < len(self.first) else self._second.text(number - len(self.first))

    def alike(self, text: str) -> list[int]:
        """The numbers of the texts that begin as this one does."""
        late = [len(self.first) + number for number in self._second.alike(text)] if len(self._second) else []
        return [*self.first.alike(text), *late]

    def word(self, number: int) -> str:
        """A word; see ``Phrases``."""
        count = len(self.first.words)
        return self.first.words[number] if number < count else self._new[number - count]


def marks_of(words: Sequence[str], opened: NDArray[np.bool_]) -> WordMasks:
    """The masks of words of which ``opened`` may be shown; no line is broken by what is."""
    return WordMasks(
        opened & np.array([word not in {"\n", "\r"} for word in words], dtype=np.bool_),
        np.array([not word or parts(word) for word in words], dtype=np.bool_),
        np.array([not word or word[0].isspace() for word in words], dtype=np.bool_),
    )
