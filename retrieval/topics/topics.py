"""Topics: what a desk is asked about, centres among its questions, each with a lasting id and a name people may edit.

A topic owns one centre, or several after a person merged topics. A question belongs to the topic of its nearest centre
if it is near enough, else to the rest, which has no id. Needs numpy alone. How topics are kept is
``retrieval.topics.topic_file``'s business, how they are found ``discovery``'s, how they are named ``naming``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from retrieval.topics.clusters import Clusters, members

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

LONGEST_NAME = 80
"""Characters of a name that a person gives."""
_NEAR = 3


class TopicsError(ValueError):
    """A name that cannot be, or a file that holds no topics; the message says what to do."""


class UnknownTopicError(TopicsError):
    """There is no topic of this id; the message names those that are near."""


@dataclass(frozen=True, slots=True)
class Example:
    """A typical question, perhaps cut, and the id of the conversation it comes from."""

    source_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. ``questions`` counts the history it was found in, ``recent`` those of the last ``Topics.days``.

    ``words`` are its most typical words, best first; ``examples`` typical questions; ``named`` whether a person gave
    the name; ``since`` the ISO date on which the id was given.
    """

    id: str
    name: str
    words: tuple[str, ...]
    examples: tuple[Example, ...]
    questions: int
    recent: int
    since: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A topic that is no more: since when, and the topic that took it over where a person merged it."""

    id: str
    name: str
    since: str
    into: str | None = None


@dataclass(frozen=True, eq=False)
class Topics:
    """All topics of a desk, the largest first, and where they lie. Immutable.

    ``centres`` are unit rows, shape (c, d); ``owners`` the number in ``topics`` of each centre's topic, ``floors`` the
    lowest cosine at which a question still belongs to it, both of shape (c). ``questions`` and ``recent`` count the
    whole history, the rest included. ``encoder`` names the space of the centres, ``next_number`` the next new id.
    """

    encoder: str
    created: str
    topics: tuple[Topic, ...]
    centres: NDArray[np.float32]
    owners: NDArray[np.int64]
    floors: NDArray[np.float32]
    questions: int = 0
    recent: int = 0
    days: int = 90
    next_number: int = 1
    gone: tuple[Gone, ...] = ()

    def __len__(self) -> int:
        """How many topics."""
        return len(self.topics)

    @property
    def clusters(self) -> Clusters:
        """The centres, and how near to each a question has to be."""
        return Clusters(self.centres, self.floors)

    def topic_of(self, vector: NDArray[np.float32]) -> str | None:
        """The id of the topic of a question's unit vector, shape (d); None where it is near no topic."""
        return self.assign(vector[None])[0]

    def assign(self, vectors: NDArray[np.float32]) -> list[str | None]:
        """The id of the topic of each unit row, shape (n, d); None for those that are near no topic."""
        ids = [*(topic.id for topic in self.topics), None]
        return [ids[number] for number in self.numbers(vectors).tolist()]

    def numbers(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        """The number in ``topics`` of the topic of each unit row, shape (n); -1 for the rest."""
        clusters = members(vectors, self.clusters)
        return np.where(clusters >= 0, self.owners[clusters], -1) if len(self) else clusters

    def name(self, topic_id: str) -> str:
        """What a topic is called, also one that is gone.

        Raises:
            UnknownTopicError: there never was such a topic.

        """
        names = {one.id: one.name for one in self.gone} | {topic.id: topic.name for topic in self.topics}
        if topic_id not in names:
            raise self._unknown(topic_id)
        return names[topic_id]

    def trend(self, topic: Topic) -> float | None:
        """Its share of the last ``days`` over its share before; 1 is as ever, None where one of the two is empty."""
        before, all_before = topic.questions - topic.recent, self.questions - self.recent
        if not before or not self.recent:
            return None
        return (topic.recent / self.recent) / (before / all_before)

    def renamed(self, topic_id: str, name: str) -> Topics:
        """The same with another name for one topic, which no later discovery changes.

        Raises:
            UnknownTopicError: there is no such topic.
            TopicsError: the name is empty or too long, or another topic has it.

        """
        number = self._number(topic_id)
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise TopicsError(f"A topic's name has 1 to {LONGEST_NAME} characters, this one {len(name)}.")
        for topic in self.topics:
            if topic.id != topic_id and topic.name.casefold() == name.casefold():
                raise TopicsError(
                    f"{topic.id} is called {topic.name!r} already: choose another name, or make one topic of both with "
                    f"understudy topics merge {topic_id} {topic.id}."
                )
        topics = list(self.topics)
        topics[number] = replace(topics[number], name=name, named=True)
        return replace(self, topics=tuple(topics))

    def merged(self, topic_id: str, into: str, on: str) -> Topics:
        """The same with one topic's questions given to another, which keeps its id, name, words and examples.

        ``on`` is the ISO date noted for the one that is gone.

        Raises:
            UnknownTopicError: one of them is not there.
            TopicsError: both are the same.

        """
        lost, kept = self._number(topic_id), self._number(into)
        if lost == kept:
            raise TopicsError(f"{topic_id} cannot be merged into itself: name two different topics.")
        old, target = self.topics[lost], self.topics[kept]
        topics = list(self.topics)
        topics[kept] = replace(target, questions=target.questions + old.questions, recent=target.recent + old.recent)
        owners = np.where(self.owners == lost, kept, self.owners)
        del topics[lost]
        whole = replace(
            self,
            topics=tuple(topics),
            owners=np.where(owners > lost, owners - 1, owners),
            gone=(*self.gone, Gone(old.id, old.name, on, into)),
        )
        return whole.by_size()

    def without_sources(self, source_ids: Collection[str]) -> Topics:
        """The same without the examples from these conversations, which are to be forgotten."""
        topics = (
            replace(topic, examples=tuple(one for one in topic.examples if one.source_id not in source_ids))
            for topic in self.topics
        )
        return replace(self, topics=tuple(topics))

    def by_size(self) -> Topics:
        """The same with the largest topic first."""
        order = sorted(range(len(self)), key=lambda number: (-self.topics[number].questions, number))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return replace(self, topics=tuple(self.topics[number] for number in order), owners=place[self.owners])

    def _number(self, topic_id: str) -> int:
        for number, topic in enumerate(self.topics):
            if topic.id == topic_id:
                return number
        raise self._unknown(topic_id)

    def _unknown(self, topic_id: str) -> UnknownTopicError:
        """What to say of an id that is none: what became of it, else the topics that look like it."""
        for one in self.gone:
            if one.id == topic_id:
                fate = f"was merged into {one.into}" if one.into else "is gone"
                return UnknownTopicError(f"The topic {topic_id} ({one.name}) {fate} since {one.since}.")
        labels = {label.casefold(): topic for topic in self.topics for label in (topic.id, topic.name)}
        close = get_close_matches(topic_id.casefold(), labels, _NEAR, 0.4)
        near = list(dict.fromkeys(labels[label].id for label in close)) or [topic.id for topic in self.topics[:_NEAR]]
        named = ", ".join(f"{topic_id} ({self.name(topic_id)})" for topic_id in near)
        return UnknownTopicError(
            f"There is no topic {topic_id!r}. "
            + (f"Near it: {named}. " if near else "")
            + "understudy topics lists all."
        )
