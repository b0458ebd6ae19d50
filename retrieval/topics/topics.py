"""Topics: what a desk is asked about, centres among its questions, each with a lasting id and a name people may edit.

A topic owns one centre, or several after a person merged topics. A question belongs to the topic of its nearest centre
if it is near enough, else to the rest, which has no id. Reading and asking needs numpy and one JSON file; how topics
are found is ``retrieval.topics.discovery``'s business, how they are named ``retrieval.topics.naming``'s.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
LONGEST_NAME = 80
"""Characters of a name that a person gives."""
_DIGITS = 5  # of a centre's numbers: changes no cosine by more than 0.0001
_PART = 4096
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

    def topic_of(self, vector: NDArray[np.float32]) -> str | None:
        """The id of the topic of a question's unit vector, shape (d); None where it is near no topic."""
        return self.assign(vector[None])[0]

    def assign(self, vectors: NDArray[np.float32]) -> list[str | None]:
        """The id of the topic of each unit row, shape (n, d); None for those that are near no topic."""
        ids = [*(topic.id for topic in self.topics), None]
        return [ids[number] for number in self.numbers(vectors).tolist()]

    def numbers(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        """The number in ``topics`` of the topic of each unit row, shape (n); -1 for the rest."""
        found = np.full(len(vectors), -1, dtype=np.int64)
        for start in range(0, len(vectors) if len(self.centres) else 0, _PART):
            cosines = np.asarray(vectors[start : start + _PART], dtype=np.float32) @ self.centres.T
            nearest = cosines.argmax(axis=1)
            near = cosines[np.arange(len(cosines)), nearest] >= self.floors[nearest]
            found[start : start + _PART] = np.where(near, self.owners[nearest], -1)
        return found

    def name(self, topic_id: str) -> str:
        """What a topic is called, also one that is gone.

        Raises:
            UnknownTopicError: there never was such a topic.

        """
        names = {one.id: one.name for one in self.gone} | {topic.id: topic.name for topic in self.topics}
        if topic_id not in names:
            raise self._unknown(topic_id)
        return names[topic_id]

    def current_id(self, topic_id: str) -> str | None:
        """The id under which a topic lives on: its own, or that of the one it was merged into; None if it is gone."""
        into = {one.id: one.into for one in self.gone}
        living = {topic.id for topic in self.topics}
        current: str | None = topic_id
        while current is not None and current not in living:
            current = into.get(current)
        return current

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

    def to_json(self) -> dict[str, Any]:
        """As JSON; ``from_json`` is the inverse but for the centres' last digits."""
        centres = [[round(float(number), _DIGITS) for number in row] for row in self.centres]
        return {
            "format": FORMAT,
            "encoder": self.encoder,
            "created": self.created,
            "questions": self.questions,
            "recent": self.recent,
            "days": self.days,
            "next_number": self.next_number,
            "topics": [asdict(topic) for topic in self.topics],
            "gone": [asdict(one) for one in self.gone],
            "owners": self.owners.tolist(),
            "floors": [round(float(floor), _DIGITS) for floor in self.floors],
            "centres": centres,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Topics:
        """The topics that ``to_json`` wrote.

        Raises:
            TopicsError: it is of another format, or its parts do not fit each other.

        """
        try:
            if stored["format"] != FORMAT:
                raise TopicsError(f"They are of format {stored['format']}, this version reads {FORMAT}.")
            read = cls(
                encoder=str(stored["encoder"]),
                created=str(stored["created"]),
                topics=tuple(_topic(one) for one in stored["topics"]),
                centres=_unit_rows(stored["centres"]),
                owners=np.asarray(stored["owners"], dtype=np.int64),
                floors=np.asarray(stored["floors"], dtype=np.float32),
                questions=int(stored["questions"]),
                recent=int(stored["recent"]),
                days=int(stored["days"]),
                next_number=int(stored["next_number"]),
                gone=tuple(Gone(**one) for one in stored["gone"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, TopicsError):
                raise
            raise TopicsError(f"These are no topics ({type(error).__name__}: {error}).") from error
        if not len(read.centres) == len(read.owners) == len(read.floors) or set(read.owners.tolist()) != set(
            range(len(read))
        ):
            raise TopicsError("Its centres and topics do not fit each other.")
        return read

    def save(self, path: Path) -> None:
        """Replace the file as a whole, so that a reader sees the old topics or the new ones.

        Raises:
            OSError: it cannot be written; what stood there before still does.

        """
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(self.to_json(), file, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Topics:
        """The topics of a file.

        Raises:
            FileNotFoundError: there is none.
            TopicsError: it is damaged or of another format.

        """
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise TopicsError(
                f"The topics in {path} cannot be read: {error} Move the file away and run understudy topics discover."
            ) from error

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


def _topic(stored: Mapping[str, Any]) -> Topic:
    examples = tuple(Example(**one) for one in stored["examples"])
    return Topic(**{**stored, "words": tuple(stored["words"]), "examples": examples})


def _unit_rows(rows: list[list[float]]) -> NDArray[np.float32]:
    """Rows of length 1 again after rounding, shape (c, d)."""
    centres = np.asarray(rows, dtype=np.float32).reshape(len(rows), len(rows[0]) if rows else 0)
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    return np.asarray(centres / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)
