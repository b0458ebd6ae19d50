"""Sayings: which past answers and articles of the whole desk use some words, whatever question is asked.

By the words' index, exactly; knows no vectors and no meaning.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.filters import ANYTHING, Filters
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.index.view import View
    from retrieval.passages import Passage

MOST = 64
"""Passages that are read; what more use is used by enough."""
TELLING = 300
"""Past answers from which a word that one conversation alone holds is rare; in a smaller desk most words are."""


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
        """Whether an article, or the answers of two conversations, hold a word; any word, where that tells nothing."""
        if not self._tells:
            return True
        known = self._common.get(word)
        if known is None:
            said = self._view.lexical_answer.places(word)
            said = said[self._passing[said]]
            known = bool(self._articles[said].any() or len(np.unique(self._view.column("source", said))) > 1)
            if not known:
                titled = self._view.lexical_question.places(word)
                known = bool((self._articles[titled] & self._passing[titled]).any())
            self._common[word] = known
        return known

    @cached_property
    def _tells(self) -> bool:
        return int(np.count_nonzero(self._passing & ~self._articles)) >= TELLING

    @cached_property
    def _passing(self) -> NDArray[np.bool_]:
        return self._view.mask(self._filters)

    @cached_property
    def _articles(self) -> NDArray[np.bool_]:
        return self._view.of_kind(PassageKind.ARTICLE)
