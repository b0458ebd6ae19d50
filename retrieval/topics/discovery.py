"""Finding the topics of a history, and finding them again: ids, names and merges outlive what comes in later.

Where topics exist, their centres are where the search begins, so that a topic moves with its questions rather than
being drawn anew; what lies beyond them may found new ones, what has died out is gone. Which old centre lives on in
which new one is decided by the Hungarian method (Kuhn, 1955) on the cosine of the two and the questions they share.
Knows no files and no desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.passages import cut
from retrieval.topics import clusters
from retrieval.topics.naming import named, said_by
from retrieval.topics.topics import Example, Gone, Topic, Topics
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.topics.clusters import Clusters

DAYS = 90
ALIKE = 0.6
"""Mean of cosine and shared questions from which on a new centre is an old one that moved."""
EXAMPLES = 3
EXAMPLE_CHARACTERS = 200
_TYPICAL = 20  # questions nearest to the centre among which the shortest are shown
_LOOSE = 0.25  # quantile of the topics' tightness that a new topic has to reach
_DIED_OUT = 5  # questions below which a topic is no more
_DAY = 24 * 3600


@dataclass(frozen=True, eq=False)
class History:
    """The questions to find topics in: unit ``vectors`` (n, d) in the space that ``encoder`` names, and their texts.

    ``sources`` are the conversations they come from, ``times`` (n) UTC seconds, the smallest int64 where not known.
    """

    encoder: str
    vectors: NDArray[np.float32]
    texts: Sequence[str]
    sources: Sequence[str]
    languages: Sequence[str | None]
    times: NDArray[np.int64]

    def __len__(self) -> int:
        """How many."""
        return len(self.texts)


def discover(history: History, old: Topics | None, on: str, *, seed: int = 0, afresh: bool = False) -> Topics:
    """The topics of a history; none where it is too short.

    Args:
        history: the questions of a desk, in any order.
        old: what was known before; ids are kept for topics that live on, names and merges of people always.
        on: ISO date or time of this discovery.
        seed: of the sample that starting centres are grown from.
        afresh: look for centres anew rather than beginning from the old ones; more ids change.

    """
    comparable = old is not None and old.encoder == history.encoder and len(old) > 0
    if old is None or not comparable:
        now, before = clusters.found(history.vectors, seed), None
    else:
        now = clusters.found(history.vectors, seed) if afresh else _grown(history.vectors, old, seed)
        before = old.clusters
    matched: list[int | None] = [None] * len(now)
    if before is not None:
        matched = _matches(history.vectors, before, now)
    return _named(history, now, matched, old, on)


def translated(old: Topics, encoder: str, examples: NDArray[np.float32]) -> Topics:
    """The same topics in another encoder's space, each where its examples lie there; those without any are left out.

    ``examples`` are the unit vectors of all examples, topic by topic, shape (e, d). It is a start for ``discover``.
    """
    numbers = np.repeat(np.arange(len(old)), [len(topic.examples) for topic in old.topics])
    kept = [number for number in range(len(old)) if old.topics[number].examples]
    centres = unit(np.array([examples[numbers == number].mean(axis=0) for number in kept], dtype=np.float32))
    return replace(
        old,
        encoder=encoder,
        topics=tuple(old.topics[number] for number in kept),
        centres=centres.reshape(len(kept), examples.shape[1]),
        owners=np.arange(len(kept)),
        floors=np.full(len(kept), -1, dtype=np.float32),
    )


def _grown(vectors: NDArray[np.float32], old: Topics, seed: int) -> Clusters:
    """The old centres where their questions are now, and new ones for groups among what was near none of them.

    What is new is looked for before old centres move: they would spread over it. A leftover is no topic: a new group
    has to be as large as a topic, no looser than most, and no nearer to another than the nearest two topics are to
    each other, or than a question usually is to its topic.
    """
    rest = vectors[clusters.members(vectors, old.clusters) < 0]
    fresh = clusters.found(rest, seed)
    centres = old.centres
    if len(fresh):
        sizes, tight = _sizes(rest, fresh.centres)
        usual = float(np.quantile(_sizes(vectors, old.centres)[1], _LOOSE))
        apart = max(usual, _closest(old.centres))
        for number in np.argsort(-sizes, kind="stable").tolist():
            able = sizes[number] >= clusters.FEWEST and tight[number] >= usual and len(centres) < clusters.MOST
            if able and float((centres @ fresh.centres[number]).max()) <= apart:
                centres = np.vstack([centres, fresh.centres[number]])
    return _without_dead(vectors, clusters.refined(vectors, centres))


def _sizes(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many vectors each centre has, and the mean of their cosines with it, both of shape (k)."""
    numbers, cosines = clusters.nearest(vectors, centres)
    sizes = np.bincount(numbers, minlength=len(centres))
    return sizes, np.bincount(numbers, weights=cosines, minlength=len(centres)) / np.maximum(sizes, 1)


def _closest(centres: NDArray[np.float32]) -> float:
    """The highest cosine of two different centres; -1 where there is one."""
    cosines = centres @ centres.T
    np.fill_diagonal(cosines, -1)
    return float(cosines.max())


def _without_dead(vectors: NDArray[np.float32], now: Clusters) -> Clusters:
    """The clusters that still have questions, moved over those of the others."""
    numbers, _ = clusters.nearest(vectors, now.centres)
    alive = np.bincount(numbers, minlength=len(now)) >= _DIED_OUT
    return now if alive.all() or not alive.any() else clusters.refined(vectors, now.centres[alive])


def _matches(vectors: NDArray[np.float32], old: Clusters, new: Clusters) -> list[int | None]:
    """For each new centre the old one that lives on in it, or None."""
    from scipy.optimize import linear_sum_assignment

    likeness = (new.centres @ old.centres.T + _shared(vectors, old, new)) / 2
    rows, columns = linear_sum_assignment(-likeness)
    found: list[int | None] = [None] * len(new)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if likeness[row, column] >= ALIKE:
            found[row] = column
    return found


def _shared(vectors: NDArray[np.float32], old: Clusters, new: Clusters) -> NDArray[np.float64]:
    """For each pair of a new and an old centre the share of questions they have in common (Dice), shape (new, old)."""
    was, _ = clusters.nearest(vectors, old.centres)
    now, _ = clusters.nearest(vectors, new.centres)
    both = np.zeros((len(new), len(old)))
    np.add.at(both, (now, was), 1)
    sizes = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True)
    return np.asarray(2 * both / np.maximum(sizes, 1))


def _named(history: History, now: Clusters, matched: list[int | None], old: Topics | None, on: str) -> Topics:
    """Topics of these clusters, with the ids that live on, names, counts, and what is gone."""
    day = on[:10]
    number = old.next_number if old else 1
    ids: list[str] = []
    for place in matched:
        if place is not None and old is not None:
            ids.append(old.topics[int(old.owners[place])].id)
        else:
            ids.append(f"t{number}")
            number += 1
    order = list(dict.fromkeys(ids))
    owners = np.array([order.index(each) for each in ids], dtype=np.int64)
    known = {topic.id: topic for topic in old.topics} if old else {}
    nearest = clusters.members(history.vectors, now)
    belongs = np.where(nearest >= 0, owners[nearest], -1) if len(now) else nearest
    recent = _recent(history.times, DAYS)
    names = named(history.texts, history.languages, belongs, len(order))
    lost = [Gone(topic.id, topic.name, day) for topic in known.values() if topic.id not in order]
    topics = []
    for place, each in enumerate(order):
        own = belongs == place
        topic = Topic(
            id=each,
            name=names[place].name or each,
            words=names[place].words,
            examples=_examples(history, np.flatnonzero(own), now.centres[owners == place]),
            questions=int(own.sum()),
            recent=int((recent & own).sum()),
            since=day,
        )
        topics.append(_lasting(topic, known.get(each)))
    return Topics(
        encoder=history.encoder,
        created=on,
        topics=tuple(topics),
        centres=now.centres,
        owners=owners,
        floors=now.floors,
        questions=len(history),
        recent=int(recent.sum()),
        days=DAYS,
        next_number=number,
        gone=(*(old.gone if old else ()), *lost),
    ).by_size()


def _lasting(topic: Topic, before: Topic | None) -> Topic:
    """The topic with what it keeps from before: its date, a name that a person gave, and one that still fits."""
    if before is None:
        return topic
    fits = before.named or said_by(before.name, topic.words)
    return replace(topic, since=before.since, named=before.named, name=before.name if fits else topic.name)


def _examples(history: History, places: NDArray[np.int64], centres: NDArray[np.float32]) -> tuple[Example, ...]:
    """Typical questions: the shortest of those nearest to the centre, no two the same."""
    if not len(places):
        return ()
    _, cosines = clusters.nearest(history.vectors[places], centres)
    near = places[np.argsort(-cosines, kind="stable")[:_TYPICAL]].tolist()
    different = {history.texts[place].casefold(): place for place in reversed(near)}
    shortest = sorted(different.values(), key=lambda place: (len(history.texts[place]), place))[:EXAMPLES]
    return tuple(Example(history.sources[place], _excerpt(history.texts[place])) for place in shortest)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    short = cut(line, EXAMPLE_CHARACTERS)
    return line if short == line else f"{short} …"


def _recent(times: NDArray[np.int64], days: int) -> NDArray[np.bool_]:
    """Which questions came in the last so many days of the history, shape (n); none where no time is known."""
    known = times > np.iinfo(np.int64).min
    if not known.any():
        return known
    return np.asarray(known & (times > times[known].max() - days * _DAY))
