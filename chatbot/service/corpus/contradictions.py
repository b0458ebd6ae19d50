"""Past replies that say otherwise than an article: for a lead, who retires the reply or corrects the article.

Looks at every past answer in the index beside the articles nearest to it by its vector; what tells two sentences
apart stands in ``dialogue/check/contradiction.py``, where the check has it from. Changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.check.contradiction import ARTICLES, contradictions
from data.progress import Report, silent
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from chatbot.dialogue.check.contradiction import Contradiction
    from retrieval.index.view import View
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

_AT_ONCE = 1000
STEP = "compare"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A past answer, by its passage, and where it says otherwise than an article."""

    passage: Passage
    found: Contradiction

    def to_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        article = self.found.article
        return {
            "id": self.passage.id,
            "conversation_id": self.passage.source_id,
            "at": self.passage.created,
            "count": self.passage.count,
            "reply": self.found.reply,
            "article": article.source_id,
            "title": article.title,
            "url": article.url,
            "sentence": self.found.sentence,
            "says": self.found.said,
            "instead": self.found.instead,
        }


def conflicts(retriever: Retriever, report: Report = silent) -> list[Conflict]:
    """All past answers in use that say otherwise than an article, those first that the desk gave most often, then last.

    Time grows with the answers; an index without articles has none.
    """
    view = retriever.live.view
    places = np.flatnonzero(view.shown & view.of_kind(PassageKind.MOMENT))
    found: list[Conflict] = []
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        report(STEP, start, len(places))
        found += _of_some(view, some)
    report(STEP, len(places), len(places))
    return sorted(found, key=lambda one: (one.passage.count, one.passage.created or ""), reverse=True)


def _of_some(view: View, places: NDArray[np.int64]) -> Iterator[Conflict]:
    _, near = view.nearest(view.answer_vectors(places), ARTICLES, kind=PassageKind.ARTICLE)
    for place, row in zip(places.tolist(), near.tolist(), strict=True):
        passage = view.passage(place)
        articles = [view.passage(each) for each in row if each >= 0]
        for one in contradictions(passage.answer, passage.question, articles):
            yield Conflict(passage, one)
