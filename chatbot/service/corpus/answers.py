"""Past answers for who looks after them: found as the bot finds them, and of one what it is and what stands behind it.

Reads the index and the database and changes nothing; ``editing`` retires and restores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.rank.agreement import MAX_BAR
from chatbot.errors import NotFoundError
from chatbot.service.corpus.decisions import standings
from chatbot.service.corpus.standings import standings_of
from chatbot.storage.queries import corpus
from data.moments import moments_of
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind, passages_of_conversation
from retrieval.voices import customers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.service.corpus.decisions import Standing
    from chatbot.storage.database import Session
    from data.moments import Moment
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

_MOMENTS = frozenset({PassageKind.MOMENT})
_ARTICLES = frozenset({PassageKind.ARTICLE})
_LIKE = 50
"""Answers to like questions that are held against one."""
_NEAR_ARTICLES = 2


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """One past answer, and what people decided of it."""

    passage: Passage
    standing: Standing

    @property
    def customers(self) -> int:
        """How many customers were told it."""
        return customers(self.passage.heard_from)


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind an answer: the same said to like questions, and the articles on it; the nearest first."""

    alike: tuple[Passage, ...] = ()
    articles: tuple[Passage, ...] = ()


def found(
    retriever: Retriever, text: str, *, retired: bool = False, start: int = 0, limit: int = 50
) -> tuple[list[Passage], bool]:
    """Past answers to a question in a customer's words, best first, or without one the newest first; and if more are.

    Encodes the question, so it belongs on the models' thread.
    """
    filters = Filters(kinds=_MOMENTS, retired=retired)
    if text.strip():
        hits = retriever.search(text, start + limit + 1, filters)
        some = [hit.passage for hit in hits[start:]]
    else:
        view = retriever.live.view
        places = np.flatnonzero(view.mask(filters))
        order = np.argsort(-view.column("created", places), kind="stable")
        some = [view.passage(place) for place in places[order][start : start + limit + 1].tolist()]
    return some[:limit], len(some) > limit


def behind(retriever: Retriever, passage: Passage) -> Behind:
    """What stands behind an answer. Encodes, so it belongs on the models' thread."""
    like = retriever.search(
        passage.question, _LIKE, Filters(kinds=_MOMENTS, exclude_sources=frozenset({passage.source_id}))
    )
    near = retriever.search(passage.answer, _NEAR_ARTICLES, Filters(kinds=_ARTICLES))
    said = retriever.cosine([passage.answer], [hit.passage.answer for hit in like])[0]
    order = np.argsort(-said, kind="stable")
    alike = [like[place].passage for place in order.tolist() if said[place] >= MAX_BAR]
    return Behind(tuple(alike), tuple(hit.passage for hit in near))


async def told(session: Session, passages: Sequence[Passage]) -> list[PastAnswer]:
    """Passages with what people decided of them."""
    found = await standings(session, {passage.id: [passage.id] for passage in passages})
    return [PastAnswer(each, found[each.id]) for each in passages]


async def one(session: Session, passage_id: str) -> tuple[PastAnswer, Moment]:
    """A past answer, and the moment in which it was given.

    Raises:
        NotFoundError: there is no such answer.

    """
    name = passage_id.rpartition(":")[0]
    harvested = await standings_of(session, [name])
    for conversation in await corpus.conversations(session, [name]):
        moments = {moment.id: moment for moment in moments_of(conversation)}
        for passage in harvested.marked(conversation, passages_of_conversation(conversation)):
            if passage.id == passage_id:
                return (await told(session, [passage]))[0], moments[passage_id]
    raise NotFoundError(f"There is no past answer {passage_id!r} here.")
