"""A desk's topics: discovered in the questions of its index, kept in one file, edited by people.

``discover`` is a part of ``understudy train`` and of ``understudy topics discover``. A server reads ``of_home``, which
needs no model. No topic is learnt from what is retired or deleted, and what is forgotten is no example any more. Where
the file is damaged or of another version, all raise NotReadyError; its message says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.errors import ChangedError, InputError, NotFoundError, NotReadyError
from data.progress import Report, silent
from retrieval.passages import PassageKind
from retrieval.topics.topic_file import read_topics, write_topics
from retrieval.topics.topics import Topic, Topics, TopicsError, UnknownTopicError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from chatbot.home import Home
    from retrieval.search.retriever import Retriever
    from retrieval.topics.discovery import History

NONE_YET = "There are no topics yet: understudy topics discover finds them in what is indexed."
REST = "other"
"""What the questions are called that belong to no topic."""


def of_home(home: Home) -> Topics | None:
    """The topics of a desk; None where none were looked for yet."""
    try:
        return read_topics(home.topics)
    except FileNotFoundError:
        return None
    except (TopicsError, OSError) as problem:
        raise NotReadyError(str(problem)) from problem


def serving(home: Home, encoder: str) -> Topics | None:
    """The topics, where their space is the one of this encoder fingerprint; else None until they are found again."""
    topics = of_home(home)
    return topics if topics is not None and topics.encoder == encoder else None


def name_of(home: Home, topic_id: str) -> str | None:
    """What a topic is called; None where that is not known any more."""
    try:
        found = of_home(home)
        return None if found is None else found.name(topic_id)
    except (UnknownTopicError, NotReadyError):
        return None


def discover(
    home: Home, retriever: Retriever, on: str, *, seed: int = 0, afresh: bool = False, report: Report = silent
) -> Topics:
    """Find the topics of what a retriever holds, and store them; ids, names and merges stay.

    Each conversation counts once, with the question that it opens with. ``on`` is the ISO date or time to note;
    ``afresh`` draws the topics anew rather than beginning from the old ones. Reports the step "topics" in questions.
    Where the history is too short there are none, and nothing is kept unless there were some before.
    """
    from retrieval.topics.discovery import discover as find
    from retrieval.topics.discovery import translated

    old = of_home(home)
    history = history_of(retriever)
    report("topics", 0, len(history))
    if old is not None and old.encoder != history.encoder:
        texts = [example.text for topic in old.topics for example in topic.examples]
        old = translated(old, history.encoder, retriever.encoder.encode(texts))
    found = find(history, old, on, seed=seed, afresh=afresh)
    if found.topics or old is not None:
        write_topics(found, home.topics)
    report("topics", len(history), len(history))
    return found


def history_of(retriever: Retriever) -> History:
    """The first question of each conversation that is neither deleted nor retired, with its vector."""
    from retrieval.topics.discovery import History

    view = retriever.live.view
    shown = np.flatnonzero(view.shown & view.of_kind(PassageKind.MOMENT))
    _, firsts = np.unique(view.column("source", shown), return_index=True)
    places = shown[np.sort(firsts)]
    passages = [view.passage(place) for place in places.tolist()]
    return History(
        encoder=retriever.encoder.fingerprint,
        vectors=view.question_vectors(places),
        texts=[passage.question for passage in passages],
        sources=[passage.source_id for passage in passages],
        languages=[passage.language for passage in passages],
        times=view.column("created", places),
    )


def rename(home: Home, topic_id: str, name: str, *, seen: str | None = None) -> Topics:
    """Give a topic a name that stays, whatever is discovered later. ``seen`` is what it was called until now.

    Raises:
        NotFoundError: there is no such topic.
        InputError: it cannot be called that.
        ChangedError: it is called something else than was seen.

    """

    def edit(topics: Topics) -> Topics:
        if seen is not None and topics.name(topic_id) != seen:
            raise ChangedError(f"Somebody called this topic {topics.name(topic_id)!r} meanwhile.")
        return topics.renamed(topic_id, name)

    return _edited(home, edit)


def merge(home: Home, topic_id: str, into: str, on: str) -> Topics:
    """Make one topic of two; the second's id, name and examples stay, also when topics are discovered again.

    Raises:
        NotFoundError: one of them is not there.
        InputError: they are the same.

    """
    return _edited(home, lambda topics: topics.merged(topic_id, into, on))


def forget(home: Home, source_ids: Collection[str]) -> None:
    """Take the words of these conversations out of the examples."""
    topics = of_home(home)
    if topics is not None:
        write_topics(topics.without_sources(frozenset(source_ids)), home.topics)


def known(home: Home) -> Topics:
    """The topics of a desk.

    Raises:
        NotFoundError: none were looked for yet.

    """
    topics = of_home(home)
    if topics is None:
        raise NotFoundError(NONE_YET)
    return topics


def rows(topics: Topics) -> list[dict[str, Any]]:
    """Each topic as JSON, the largest first, and last the rest that belongs to none, whose id is null.

    ``share`` is of all questions; ``trend`` the share of the last days over the share before, null where unknown.
    """
    named = [_row(topics, topic) for topic in topics.topics]
    return [*named, _rest(topics)]


def told(topics: Topics) -> dict[str, Any]:
    """All topics as JSON, with those that are gone."""
    gone = [{"id": one.id, "name": one.name, "since": one.since, "into": one.into} for one in topics.gone]
    return {
        "topics": rows(topics),
        "questions": topics.questions,
        "days": topics.days,
        "created": topics.created,
        "gone": gone,
    }


def _row(topics: Topics, topic: Topic) -> dict[str, Any]:
    trend = topics.trend(topic)
    return {
        "id": topic.id,
        "name": topic.name,
        "questions": topic.questions,
        "share": round(topic.questions / max(1, topics.questions), 4),
        "recent": topic.recent,
        "trend": None if trend is None else round(trend, 2),
        "since": topic.since,
        "renamed": topic.named,
        "words": list(topic.words),
        "examples": [example.text for example in topic.examples],
    }


def _rest(topics: Topics) -> dict[str, Any]:
    questions = topics.questions - sum(topic.questions for topic in topics.topics)
    recent = topics.recent - sum(topic.recent for topic in topics.topics)
    whole = Topic("", REST, (), (), questions, recent, topics.created[:10])
    return {**_row(topics, whole), "id": None}


def _edited(home: Home, edit: Callable[[Topics], Topics]) -> Topics:
    """The topics after an edit, kept."""
    try:
        edited = edit(known(home))
    except UnknownTopicError as problem:
        raise NotFoundError(str(problem)) from problem
    except TopicsError as problem:
        raise InputError(str(problem)) from problem
    write_topics(edited, home.topics)
    return edited
