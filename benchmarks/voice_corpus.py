"""The conversations of a desk as `voice.py` measures it, and what each of them may be used for.

Each part is later than the one before it; in the sample shop and in sets of task dialogues, which have no time, a hash
of the id takes its place:

    earlier   before ``--limit``: only the 5-gram learns from them, and those that link an article can be found
    learnt    fine-tuned on; a twentieth of them, by hash, ends the training early
    choosing  the end of the past: weights are chosen on them, nothing is fine-tuned or tuned on them
    asked     measured on; of these only first answers are asked for, or of task dialogues one that carries a slot

Knows files and the product's intake: what comes out is checked, cleaned and masked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from time_split import split_by_time

from data import sample
from data.intake import Accepted, take
from data.split import held_out
from data.transcripts import (
    Article,
    Conversation,
    article_from_json,
    article_to_json,
    conversation_from_json,
    conversation_to_json,
    to_line,
)
from finetune.pretrain.datasets import SOURCES, hash_share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TASKS = {"sgd": "train.jsonl.gz", "star": "dialogues.jsonl.gz", "taskmaster4": "dialogues.jsonl.gz"}
"""Sets of task dialogues, and the file of their past; of sgd ``dev`` is measured on, of the others a part of it."""
DESKS = ("thunderbird", "firefox", "sample", *TASKS)
LIMITS = {"thunderbird": 4000, "firefox": 2500, "sample": 0, "sgd": 4000, "star": 2500, "taskmaster4": 0}
"""The latest so many conversations of each past are indexed and learnt from; 0 is all."""
MEASURED = 0.2
"""Share of Firefox, by date, and of the sample shop, by hash, that is measured on."""
LEFT_OUT = 0.1
"""Share of STAR and Taskmaster-4 that is measured on: the one that the base leaves out, by the same hash."""
CHOOSING = (0.1, 400)
"""The end of the past that weights are chosen on: this share of its conversations, at most so many."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The conversations of a desk by their use, and its articles."""

    earlier: list[Conversation]
    learnt: list[Conversation]
    choosing: list[Conversation]
    asked: list[Conversation]
    articles: list[Article]


def kept_parts(path: Path, name: str, datasets: Path, limit: int | None) -> Parts:
    """The parts of a desk from ``path``, which is written first where it is not there; ``limit`` None: as above."""
    if not path.exists():
        _write(path, _read(name, datasets, LIMITS[name] if limit is None else limit))
    return _parts(path)


def _read(name: str, datasets: Path, limit: int) -> Parts:
    if name == "sample":
        everything = _by_date(items([sample.TRANSCRIPTS, sample.GENERATED], Conversation, sample.OWN_CONTACTS))
        asked = [each for each in everything if held_out(each.id, MEASURED, salt="voice")]
        past = [each for each in everything if not held_out(each.id, MEASURED, salt="voice")]
        articles = items([sample.ARTICLES], Article)
    elif name == "firefox":
        past, asked = split_by_time(items([datasets / "firefox" / "dialogues.jsonl.gz"], Conversation), MEASURED)
        articles = []
    elif name in TASKS:
        past, asked = _tasks(name, datasets / name)
        articles = []
    else:
        folder = datasets / "thunderbird"
        past = _by_date(items([folder / "train.jsonl.gz"], Conversation))
        asked = _by_date(items([folder / "dev.jsonl.gz"], Conversation))
        articles = items([folder / "articles.jsonl.gz"], Article)
    near = past[-limit:]
    choosing = min(CHOOSING[1], int(len(near) * CHOOSING[0]))
    earlier = past[: len(past) - len(near)]
    return Parts(earlier, near[: len(near) - choosing], near[len(near) - choosing :], asked, articles)


def seen_by_base(name: str, identifier: str) -> bool:
    """Whether the base that ships has read a conversation that this desk is measured on, as its sources say."""
    path = {"sgd": "sgd/dev.jsonl.gz", "thunderbird": "thunderbird/dev.jsonl.gz"}.get(
        name, f"{name}/dialogues.jsonl.gz"
    )
    return any(source.path == path and hash_share(identifier) >= source.left_out for source in SOURCES)


def _tasks(name: str, folder: Path) -> tuple[list[Conversation], list[Conversation]]:
    """Past and asked conversations of a set of task dialogues, in the order of a hash: files go by their subject."""
    everything = items([folder / TASKS[name]], Conversation)
    everything.sort(key=lambda each: hash_share(f"voice {each.id}"))
    if name == "sgd":
        asked = items([folder / "dev.jsonl.gz"], Conversation)
        return everything, sorted(asked, key=lambda each: hash_share(f"voice {each.id}"))
    past = [each for each in everything if hash_share(each.id) >= LEFT_OUT]
    return past, [each for each in everything if hash_share(each.id) < LEFT_OUT]


def items(paths: Sequence[Path], kind: Any, keep: Sequence[str] = ()) -> list[Any]:
    """Everything of a kind through the product's own intake: checked, cleaned, masked."""
    found = [each.item for each in take(paths, keep=keep) if isinstance(each, Accepted)]
    return [item for item in found if isinstance(item, kind)]


def _by_date(conversations: Sequence[Conversation]) -> list[Conversation]:
    return sorted(conversations, key=lambda each: each.created or "")


def _write(path: Path, parts: Parts) -> None:
    beside = path.with_suffix(".tmp")
    with beside.open("w", encoding="utf-8") as file:
        for name in ("earlier", "learnt", "choosing", "asked"):
            for each in getattr(parts, name):
                file.write(to_line({"part": name, "row": conversation_to_json(each)}) + "\n")
        for article in parts.articles:
            file.write(to_line({"part": "articles", "row": article_to_json(article)}) + "\n")
    beside.replace(path)


def _parts(path: Path) -> Parts:
    parts: dict[str, list[Any]] = {name: [] for name in Parts.__slots__}
    with path.open(encoding="utf-8") as file:
        for line in file:
            stored = json.loads(line)
            read = article_from_json if stored["part"] == "articles" else conversation_from_json
            parts[stored["part"]].append(read(stored["row"]))
    return Parts(**parts)
