"""Sorts a conversation into what the desk's people sorted past ones into, with probabilities, or abstains.

The labels of the nearest past conversations vote (``retrieval.search.label_votes``); how far their votes reach is found
for each kind of label on the desk's own past, each conversation judged by the others, and how well that did is told
with every answer. Asks no language model.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.readings import readings
from chatbot.dialogue.text.language import language_shares
from chatbot.dialogue.window import read
from chatbot.service.classifying import labels, near
from chatbot.service.corpus import topics
from chatbot.storage.queries import labels as stored
from retrieval.index.filters import ANYTHING
from retrieval.search.label_votes import Case, Kernel, Quality, Voter, fitted, quality, reach, shares

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.window import Window
    from chatbot.home import Home
    from chatbot.service.classifying.near import Past
    from chatbot.service.serving.serving import Serving
    from chatbot.storage.database import Database
    from data.transcripts import Turn
    from retrieval.search.retriever import Retriever
    from retrieval.topics.topics import Topics

TOPICS, LANGUAGE = "topics", "language"
SURE = 0.5
"""The probability of the first label below which nothing should be made of it: it is rather wrong than right."""
MOST, SHOWN = 20, 5
"""Labels, and past conversations, that are told."""
WORDS_WIDTH = 0.05
"""Cosine by which a label has to be likelier in words to be e times as probable (docs/results/triage.md)."""
_FEWEST = 20  # labelled past conversations without which nothing is fitted or measured
_KEPT_SECONDS = 600.0  # labels are given all the time
WHY = {
    "no_words": "The customer has written no words.",
    "nothing_labelled": "No past conversation that is like this one bears such a label.",
    "nothing_near": "It is less like any past conversation than these are like each other.",
    "unsure": f"The likeliest label is less probable than {SURE}.",
    "near_no_topic": "The question is near none of the desk's topics.",
    "no_topics": topics.NONE_YET,
    "unknown_language": "Nothing in the text speaks for a language.",
}
"""Why it abstains."""


@dataclass(frozen=True, slots=True)
class Classified:
    """Labels with their probabilities, the likeliest first; ``abstained`` is a key of ``WHY``."""

    labels: Mapping[str, float]
    by: str
    abstained: str | None = None
    near: Sequence[tuple[Past, frozenset[str]]] = ()
    measured: Quality | None = None
    names: Mapping[str, str] | None = None
    """What topics are called, by id."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What the desk's past says of a kind of label: how votes count, how frequent each label is, how good that is."""

    kernel: Kernel
    prior: Mapping[str, float]
    measured: Quality | None = None
    reach: float = -1.0


class Classes:
    """One server's; what it learns of the past it keeps for some minutes."""

    def __init__(self, database: Database, serving: Serving, home: Home) -> None:
        self._database = database
        self._serving = serving
        self._home = home
        self._learnt: dict[tuple[str, str | None], tuple[float, _Learnt]] = {}
        self._learning = asyncio.Lock()

    async def sort(self, turns: Sequence[Turn], into: str | Sequence[str], *, without: str | None = None) -> Classified:
        """Sort a conversation into topics, tags, priority, language, or labels that are given.

        ``without`` is its own id, where it may be among the past ones.

        Raises:
            NotReadyError: there is no index to look in yet.

        """
        window = read(turns)
        if into == LANGUAGE:
            told = language_shares(*window.spoken)
            return Classified(told, LANGUAGE, None if told else "unknown_language")
        by = "neighbours" if isinstance(into, str) else "words"
        if not window.has_words:
            return Classified({}, by, "no_words")
        words = () if isinstance(into, str) else tuple(into)
        found = await self._serving.look(partial(_looked, window=window, words=words, without=without))
        if into == TOPICS:
            return await self._by_topic(found)
        if isinstance(into, str):
            return await self._by_labels(found, into)
        return await self._among(found, into)

    async def _by_labels(self, found: _Looked, kind: str) -> Classified:
        learnt = await self._of_past(kind, found.retriever)
        borne = await self._borne(kind, [past.source_id for past in found.near])
        return _voted(found.near, [borne.get(past.source_id, frozenset()) for past in found.near], learnt)

    async def _by_topic(self, found: _Looked) -> Classified:
        served = await asyncio.to_thread(topics.serving, self._home, found.retriever.encoder.fingerprint)
        if served is None:
            return Classified({}, "neighbours", "no_topics")
        its = served.topic_of(found.vector)
        told = _voted(found.near, _topics_at(served, found.retriever, found.near), _of_topics(served))
        order = sorted(told.labels, key=lambda name: (name != its, -told.labels[name]))
        return Classified(
            {name: told.labels[name] for name in order if name},
            "neighbours",
            "near_no_topic" if its is None else "unsure" if told.labels.get(its, 0.0) < SURE else None,
            [(past, borne - {""}) for past, borne in told.near],
            names={topic.id: topic.name for topic in served.topics},
        )

    async def _among(self, found: _Looked, given: Sequence[str]) -> Classified:
        """Labels that are given: by their words, and by past conversations that bear them as tags or priority."""
        spelt = {labels.plain(label): label for label in given}
        ids = [past.source_id for past in found.near]
        tags, priorities = [await self._borne(kind, ids) for kind in (labels.TAGS, labels.PRIORITY)]
        borne = [
            frozenset(
                spelt[name] for name in tags.get(each, frozenset()) | priorities.get(each, frozenset()) if name in spelt
            )
            for each in ids
        ]
        learnt = await self._of_past(labels.TAGS, found.retriever) if any(borne) else _Learnt(Kernel(), {})
        prior = dict(zip(given, _softmax(found.likeness).tolist(), strict=True))
        told = _voted(found.near, borne, replace(learnt, prior=prior, measured=None), of_words=True)
        return replace(told, by="words")

    async def _of_past(self, kind: str, retriever: Retriever) -> _Learnt:
        """What the past says of a kind of label, learnt anew every few minutes, and with every index."""
        key = kind, self._serving.loaded.index
        async with self._learning:
            at, learnt = self._learnt.get(key, (float("-inf"), None))
            if learnt is None or time.monotonic() - at > _KEPT_SECONDS:
                learnt = await self._learn(kind, retriever)
                self._learnt = {one: kept for one, kept in self._learnt.items() if one[1] == key[1]}
                self._learnt[key] = time.monotonic(), learnt
            return learnt

    async def _learn(self, kind: str, retriever: Retriever) -> _Learnt:
        view = retriever.live.view
        drawn = await asyncio.to_thread(near.sampled, view)
        named = await asyncio.to_thread(lambda: [view.passage(place).source_id for place in drawn])
        borne = await self._borne(kind, named)
        prior = _frequencies(borne.values())
        places = [place for place, name in zip(drawn, named, strict=True) if borne.get(name)]
        if len(places) < _FEWEST:
            return _Learnt(Kernel(), prior)
        around = await asyncio.to_thread(near.nearest_each, view, places)
        borne |= await self._borne(kind, {past.source_id for each in around for past in each} - borne.keys())
        own = [borne[view.passage(place).source_id] for place in places[: len(around)]]
        cases = [
            Case(mine, _voters(each, [borne.get(p.source_id, frozenset()) for p in each]))
            for mine, each in zip(own, around, strict=True)
        ]
        kernel = await asyncio.to_thread(fitted, cases, prior)
        return _Learnt(kernel, prior, await asyncio.to_thread(quality, cases, prior, kernel), reach(cases))

    async def _borne(self, kind: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """The labels of past conversations; empty for one that has none."""
        async with self._database.read() as session:
            found = await stored.of_conversations(session, ids)
        return {name: labels.borne(kind, *both) for name, both in found.items()}


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the index says: the question's vector, the past ones near to it, how like it the words of labels are."""

    retriever: Retriever
    vector: NDArray[np.float32]
    near: list[Past]
    likeness: NDArray[np.float32]


def _looked(retriever: Retriever, *, window: Window, words: Sequence[str], without: str | None) -> _Looked:
    """Runs on the models' thread. A question in another language is read in the desk's own, as where it is answered."""
    view = retriever.live.view
    asked = next((each.glossed for each in readings(window, view, ANYTHING) if each.glossed), window)
    vector, *named = retriever.encoder.encode([asked.question, *words])
    found = near.nearest(view, vector, without=without)
    return _Looked(retriever, vector, found, np.array([vector @ each for each in named], dtype=np.float32))


def _voters(past: Iterable[Past], borne: Iterable[frozenset[str]]) -> list[Voter]:
    """Those that bear labels."""
    return [Voter(each.cosine, its) for each, its in zip(past, borne, strict=True) if its]


def _voted(
    past: Sequence[Past], borne: Sequence[frozenset[str]], learnt: _Learnt, *, of_words: bool = False
) -> Classified:
    voters = _voters(past, borne)
    if of_words:
        voters = [voter for voter in voters if voter.cosine >= learnt.reach]
    told = shares(voters, learnt.prior, learnt.kernel)
    first = next(iter(told.values()), 0.0)
    far = all(voter.cosine < learnt.reach for voter in voters)
    abstained = "unsure" if first < SURE else None
    if far and not of_words:
        abstained = "nothing_near" if voters else "nothing_labelled"
    return Classified(
        dict([*told.items()][:MOST]), "neighbours", abstained, [*zip(past, borne, strict=True)][:SHOWN], learnt.measured
    )


def _topics_at(served: Topics, retriever: Retriever, past: Sequence[Past]) -> list[frozenset[str]]:
    """The topic of each past question; the empty name where it is near none, which votes as well."""
    if not past:
        return []
    vectors = retriever.live.view.question_vectors([each.place for each in past])
    return [frozenset([name or ""]) for name in served.assign(vectors)]


def _of_topics(served: Topics) -> _Learnt:
    questions = max(1, served.questions)
    return _Learnt(Kernel(), {topic.id: topic.questions / questions for topic in served.topics})


def _frequencies(borne: Iterable[frozenset[str]]) -> dict[str, float]:
    labelled = [each for each in borne if each]
    counts = Counter(label for each in labelled for label in each)
    return {label: count / len(labelled) for label, count in counts.items()}


def _softmax(likeness: NDArray[np.float32]) -> NDArray[np.float64]:
    weights: NDArray[Any] = np.exp((likeness - likeness.max()).astype(np.float64) / WORDS_WIDTH)
    weights /= weights.sum()
    return weights
