"""Sayings: which past answers and articles of the whole desk use some words, whatever question is asked.

By the words' index, exactly; knows no vectors and no meaning.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.filters import ANYTHING, Filters
from retrieval.passages import PassageKind
from retrieval.search.general_words import general_words
from retrieval.voices import UNTOLD, customers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.view import View
    from retrieval.passages import Passage

MOST = 64
"""Passages that are read; what more use is used by enough."""
FEW = 2
"""Customers who were told a word, and agents who said it in a desk that names so many, from which it is the desk's."""


class Sayings:
    """Looks words up in one view, in what the filters let pass. Remembers what was asked for."""

    def __init__(self, view: View, filters: Filters = ANYTHING) -> None:
        """Look nothing up yet."""
        self._view = view
        self._filters = filters
        self._found: dict[str, tuple[Passage, ...]] = {}
        self._common: dict[str, bool] = {}

    def using(self, text: str) -> Sequence[Passage]:
        """Articles, then past answers, that hold all words of a text, at most ``MOST``.

        Of an article its title counts as well.

        Raises:
            ValueError: the filters' ``since`` or ``before`` is no date.

        """
        known = self._found.get(text)
        if known is None:
            titled = self._view.lexical_question.places(text)
            titled = titled[self._articles[titled]]
            said = self._view.lexical_answer.places(text)
            said = said[self._passing[said] & ~self._articles[said]]
            places = np.concatenate([titled[self._passing[titled]], said])[:MOST]
            known = self._found[text] = tuple(self._view.passage(place) for place in places.tolist())
        return known

    def is_common(self, word: str) -> bool:
        """Whether agents of any desk use a word, or an article of this one, or two agents of it to two customers."""
        if word in general_words():
            return True
        known = self._common.get(word)
        if known is None:
            known = self._common[word] = self._is_held(word)
        return known

    def _is_held(self, word: str) -> bool:
        titled, said = self._view.lexical_question.places(word), self._view.lexical_answer.places(word)
        titled, said = titled[self._passing[titled]], said[self._passing[said]]
        if self._articles[titled].any() or self._articles[said].any():
            return True
        voices = [voice for place in said[:MOST].tolist() for voice in self._view.passage(place).heard_from]
        agents = {voice.agent for voice in voices if voice.agent != UNTOLD}
        return customers(voices) >= FEW and (self._view.agents < FEW or len(agents) >= FEW)

    @cached_property
    def _passing(self) -> NDArray[np.bool_]:
        return self._view.mask(self._filters)

    @cached_property
    def _articles(self) -> NDArray[np.bool_]:
        return self._view.of_kind(PassageKind.ARTICLE)
