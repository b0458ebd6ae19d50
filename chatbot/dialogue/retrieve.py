"""Retrieves what the desk knows about a question: the nearest past moments, and the parts of articles that fit it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from chatbot.dialogue.match import matched
from chatbot.dialogue.timing import step
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.dialogue.match import Part
    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

MOMENTS = 100
"""Past moments that are found; the answer to each has a vote in what is usually said (``rank/consensus.py``)."""
NEAR = 20
"""The nearest of them, whose words and links are read."""
ARTICLES = 4
BACKING_ARTICLES = 20
"""Articles that may say what a past answer says."""


@dataclass(frozen=True)
class Retrieved:
    """What was found, best first. ``question`` is its vector (d), ``answers`` those of the moments' answers (n, d).

    ``parts`` are those of all articles that were found. ``known`` is what the search was limited to. ``beside`` are
    articles that are further off: what they say is the desk's word all the same.
    """

    question: NDArray[np.float32]
    moments: tuple[Hit, ...]
    articles: tuple[Hit, ...]
    answers: NDArray[np.float32]
    known: Filters = field(default_factory=Filters)
    beside: tuple[Hit, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def near(self) -> tuple[Hit, ...]:
        """The best of the moments."""
        return self.moments[:NEAR]

    @property
    def near_answers(self) -> NDArray[np.float32]:
        """The vectors of their answers, shape (len(near), d)."""
        return self.answers[:NEAR]

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        """Moments and articles together, best first."""
        return tuple(sorted([*self.moments, *self.articles], key=lambda hit: -hit.score))

    @cached_property
    def by_id(self) -> Mapping[str, Hit]:
        """The same, and what stands beside, by the ids of their passages."""
        return {hit.passage.id: hit for hit in (*self.hits, *self.beside)}


@step("recall")
def retrieve(
    window: Window, retriever: Retriever, known: Filters | None = None, told: Callable[[str], str] = str
) -> Retrieved:
    """Find the nearest moments and article passages for a window's question; nothing for an empty one.

    ``known`` limits what may be found, to what was known at some time, say; its kinds do not matter. ``told`` puts
    the question and the parts of articles in the words in which they are compared.
    """
    known = known or Filters()
    question = window.question
    asked = retriever.late.asked(question)
    vector = asked.whole[None]
    kinds = (PassageKind.MOMENT, PassageKind.ARTICLE)
    filters = [replace(known, kinds=frozenset([kind])) for kind in kinds]
    links = retriever.links(asked.whole, known)
    moments, articles = retriever.search_each([question] * 2, vector.repeat(2, axis=0), MOMENTS, filters, links)
    answers = retriever.answer_vectors(moments)
    found = articles[:BACKING_ARTICLES]
    shares = retriever.live.view.lexical_answer.shares
    read = told(window.asked)
    likened = asked if read == question else retriever.late.asked(read)
    parts = matched(read, likened, moments, answers, found, retriever.late, shares, links, told=told)
    by_id = {hit.passage.id: hit for hit in (*(part.hit for part in parts), *found)}
    ordered = tuple(by_id.values())
    return Retrieved(asked.whole, tuple(moments), ordered[:ARTICLES], answers, known, ordered[ARTICLES:], tuple(parts))
