"""What a desk can answer: the sections of its articles, and what agents said alike that no article says.

Each has its questions: past customers' whose agent's reply rests on it, and those that a lead added to an article. A
reply rests on the section that it is nearest to, where the two say the same (the desk's own bar,
``dialogue/rank/agreement.py``), or whose article it links. The rest is grouped by sphere exclusion (Butina 1999,
"Unsupervised Data Base Clustering"): the reply that most others say gathers them, then the next. Reads the index and
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.check.shape import check_courtesy
from chatbot.dialogue.rank.agreement import MAX_BAR
from chatbot.dialogue.rank.consensus import desk_bar
from data.blocks import BlockKind, blocks_of
from data.progress import Report, silent
from retrieval.passages import PassageKind, as_read, weight
from retrieval.topics.clusters import nearest
from retrieval.vectors import unit
from retrieval.voices import customers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from data.blocks import Block
    from retrieval.index.view import View
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever

_AT_ONCE = 1000
_SHORT = 30
"""Weighted characters below which a reply without a number ("Gladly!", "Yes, it does.") says nothing by itself."""
_WHOLE = (BlockKind.ITEM, BlockKind.ROW)
"""What is a section only together with those beside it: the items of a list, the rows of a table."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that the desk says, and the past answers that say it, the most typical first."""

    text: str
    said: tuple[Passage, ...]

    @property
    def customers(self) -> int:
        """How many customers were told it."""
        return customers(voice for passage in self.said for voice in passage.heard_from)


@dataclass(frozen=True, slots=True)
class AnsweringArticle:
    """An article, in one language; ``added`` are the questions that a lead added, ``sections`` in its own order."""

    slug: str
    title: str
    language: str | None
    added: tuple[str, ...]
    sections: tuple[Answer, ...]

    @property
    def questions(self) -> int:
        """How many past questions rest on it."""
        return sum(len(section.said) for section in self.sections)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Articles and groups, those asked for most first; ``lone`` are past answers that rest on nothing, newest first.

    Those to the question that a conversation opens with come before its others. ``courtesies`` counts past answers
    that only thank, greet or say yes.
    """

    articles: tuple[AnsweringArticle, ...]
    groups: tuple[Answer, ...]
    lone: tuple[Passage, ...]
    courtesies: int

    @property
    def figures(self) -> dict[str, int]:
        """How many past answers there are and what they rest on."""
        rested = sum(article.questions for article in self.articles)
        grouped = sum(len(group.said) for group in self.groups)
        return {
            "past_answers": rested + grouped + len(self.lone) + self.courtesies,
            "on_articles": rested,
            "in_groups": grouped,
            "on_nothing": len(self.lone),
            "courtesies": self.courtesies,
            "articles": len(self.articles),
            "sections": sum(len(article.sections) for article in self.articles),
            "groups": len(self.groups),
        }


def inventory(retriever: Retriever, report: Report = silent) -> Inventory:
    """The inventory of all that is in use. The parts of articles are embedded anew, which takes most of the time."""
    view = retriever.live.view
    places = np.flatnonzero(view.shown & view.of_kind(PassageKind.MOMENT))
    passages = [view.passage(place) for place in places.tolist()]
    telling = np.array([_tells(passage.answer) for passage in passages], dtype=np.bool_)
    said = [passage for passage, tells in zip(passages, telling.tolist(), strict=True) if tells]
    vectors = view.answer_vectors(places[telling])
    bar = min(desk_bar(retriever), MAX_BAR)
    parts = [part for passage in _articles(view, added=False) for part in _sections(passage)]
    blocks = [(passage, block) for passage, section in parts for block in section]
    shown = retriever.encoder.encode([as_read(passage, block) for passage, block in blocks], report)
    numbers, near = _resting(said, vectors, [passage.source_id for passage, _ in blocks], shown, bar)
    owner = np.repeat(np.arange(len(parts)), [len(section) for _, section in parts])
    sections = np.where(numbers >= 0, owner[numbers] if len(owner) else -1, -1)
    free = np.flatnonzero(sections < 0)
    groups = [free[rows] for rows in _alike(vectors[free], bar)]
    lone = np.setdiff1d(free, np.concatenate([*groups, np.empty(0, dtype=np.int64)]))
    asked = near + np.einsum("nd,nd->n", view.question_vectors(places[telling]), shown[numbers]) if blocks else near
    answers = [
        Answer("\n\n".join(block.whole for block in some), tuple(said[row] for row in _best(sections == place, asked)))
        for place, (_, some) in enumerate(parts)
    ]
    grouped = [Answer(said[rows[0]].answer, tuple(said[row] for row in rows.tolist())) for rows in groups]
    return Inventory(
        tuple(sorted(_by_article(view, [passage for passage, _ in parts], answers), key=lambda one: -one.questions)),
        tuple(sorted(grouped, key=lambda group: (-group.customers, -len(group.said)))),
        tuple(sorted((said[row] for row in lone.tolist()), key=_opens_and_when, reverse=True)),
        len(passages) - len(said),
    )


def _tells(answer: str) -> bool:
    told = any(character.isdigit() for character in answer) or weight(answer.strip()) >= _SHORT
    return told and check_courtesy(answer).passed


def _opens_and_when(passage: Passage) -> tuple[bool, str]:
    return "\n" not in passage.question, passage.created or ""


def _articles(view: View, *, added: bool) -> Iterator[Passage]:
    """The parts of the articles that are in use, or the questions added to them."""
    wanted = view.shown & view.of_kind(PassageKind.ARTICLE) & (view.added == added)
    return (view.passage(place) for place in np.flatnonzero(wanted).tolist())


def _sections(passage: Passage) -> Iterator[tuple[Passage, list[Block]]]:
    """A paragraph, steps, a whole list, a whole table."""
    blocks = list(enumerate(blocks_of(passage.answer)))
    for _, some in groupby(
        blocks, lambda one: (one[1].heading, one[1].lead, one[1].kind, None if one[1].kind in _WHOLE else one[0])
    ):
        yield passage, [block for _, block in some]


def _resting(
    said: Sequence[Passage],
    vectors: NDArray[np.float32],
    slugs: Sequence[str],
    shown: NDArray[np.float32],
    bar: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which block each past answer rests on, -1 for none, and how near it is; both of shape (len(said))."""
    if not len(shown) or not said:
        return np.full(len(said), -1), np.zeros(len(said), dtype=np.float32)
    numbers, near = nearest(vectors, shown)
    rests = near >= bar
    of_slug: dict[str, list[int]] = {}
    for row, slug in enumerate(slugs):
        of_slug.setdefault(slug, []).append(row)
    for row, passage in enumerate(said):
        linked = [block for slug in passage.links for block in of_slug.get(slug, ())]
        if linked:
            cosines = shown[linked] @ vectors[row]
            numbers[row], near[row], rests[row] = linked[int(cosines.argmax())], cosines.max(), True
    return np.where(rests, numbers, -1), near


def _alike(vectors: NDArray[np.float32], bar: float) -> list[NDArray[np.int64]]:
    """Rows that say the same, two at least, each group's medoid first; a row is in one group at most."""
    others = np.zeros(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        others[part] = np.count_nonzero(vectors[part] @ vectors.T >= bar, axis=1)
    free = np.ones(len(vectors), dtype=np.bool_)
    groups = []
    for seed in np.argsort(-others, kind="stable")[: int(np.count_nonzero(others > 1))].tolist():
        if not free[seed]:
            continue
        rows = np.flatnonzero(free & (vectors @ vectors[seed] >= bar))
        free[rows] = False
        if len(rows) > 1:
            middle = unit(vectors[rows].mean(axis=0, keepdims=True))[0]
            groups.append(rows[np.argsort(-(vectors[rows] @ middle), kind="stable")])
    return groups


def _best(chosen: NDArray[np.bool_], near: NDArray[np.float32]) -> list[int]:
    rows = np.flatnonzero(chosen)
    found: list[int] = rows[np.argsort(-near[rows], kind="stable")].tolist()
    return found


def _by_article(view: View, passages: Sequence[Passage], answers: Sequence[Answer]) -> Iterator[AnsweringArticle]:
    """The sections under their articles; of one slug there is an article in each of its languages."""
    sections: dict[tuple[str, str | None], list[tuple[Passage, Answer]]] = {}
    for passage, answer in zip(passages, answers, strict=True):
        sections.setdefault((passage.source_id, passage.language), []).append((passage, answer))
    added: dict[tuple[str, str | None], list[str]] = {}
    for passage in _articles(view, added=True):
        added.setdefault((passage.source_id, passage.language), []).append(passage.question)
    for (slug, language), own in sections.items():
        title = own[0][0].title or slug
        asked = tuple(added.get((slug, language), ()))
        yield AnsweringArticle(slug, title, language, asked, tuple(answer for _, answer in own))
