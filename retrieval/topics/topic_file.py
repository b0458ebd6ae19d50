"""Topics as a JSON file: written whole or not at all, checked when read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.topics.topics import Example, Gone, Topic, Topics, TopicsError
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
_DIGITS = 5  # of a centre's numbers: changes no cosine by more than 0.0001


def to_json(topics: Topics) -> dict[str, Any]:
    """Topics as JSON; ``from_json`` is the inverse but for the centres' last digits."""
    return {
        "format": FORMAT,
        "encoder": topics.encoder,
        "created": topics.created,
        "questions": topics.questions,
        "recent": topics.recent,
        "days": topics.days,
        "next_number": topics.next_number,
        "topics": [asdict(topic) for topic in topics.topics],
        "gone": [asdict(one) for one in topics.gone],
        "owners": topics.owners.tolist(),
        "floors": [round(float(floor), _DIGITS) for floor in topics.floors],
        "centres": [[round(float(number), _DIGITS) for number in row] for row in topics.centres],
    }


def from_json(stored: Any) -> Topics:
    """The topics that ``to_json`` wrote.

    Raises:
        TopicsError: it is of another format, or its parts do not fit each other.

    """
    written = stored.get("format") if isinstance(stored, dict) else None
    if written != FORMAT:
        raise TopicsError(f"They are of format {written}, this version reads {FORMAT}.")
    try:
        rows = stored["centres"]
        read = Topics(
            encoder=str(stored["encoder"]),
            created=str(stored["created"]),
            topics=tuple(_topic(one) for one in stored["topics"]),
            centres=unit(np.asarray(rows, dtype=np.float32).reshape(len(rows), len(rows[0]) if rows else 0)),
            owners=np.asarray(stored["owners"], dtype=np.int64),
            floors=np.asarray(stored["floors"], dtype=np.float32),
            questions=int(stored["questions"]),
            recent=int(stored["recent"]),
            days=int(stored["days"]),
            next_number=int(stored["next_number"]),
            gone=tuple(Gone(**one) for one in stored["gone"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TopicsError(f"These are no topics ({type(error).__name__}: {error}).") from error
    owned = set(read.owners.tolist()) == set(range(len(read)))
    if not owned or not len(read.centres) == len(read.owners) == len(read.floors):
        raise TopicsError("Its centres and topics do not fit each other.")
    return read


def write_topics(topics: Topics, path: Path) -> None:
    """Replace the file as a whole, so that a reader sees the old topics or the new ones.

    Raises:
        OSError: it cannot be written; what stood there before still does.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(to_json(topics), file, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_topics(path: Path) -> Topics:
    """The topics of a file.

    Raises:
        FileNotFoundError: there is none.
        TopicsError: it is damaged or of another format.

    """
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise TopicsError(
            f"The topics in {path} cannot be read: {error} Move the file away and run understudy topics discover."
        ) from error


def _topic(stored: Mapping[str, Any]) -> Topic:
    examples = tuple(Example(**one) for one in stored["examples"])
    return Topic(**{**stored, "words": tuple(stored["words"]), "examples": examples})
