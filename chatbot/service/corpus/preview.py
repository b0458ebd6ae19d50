"""What an import would learn, before anything is stored: some conversations as they would be, and what is unsure."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken, Told
from data.intake import Accepted, take
from data.progress import Report, silent
from data.transcripts import Article, Role, article_to_json, conversation_to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from data.importers.importer import ImportOptions
    from data.transcripts import Conversation

SHOWN = 10
LOOKED_AT = 2_000
"""Conversations and articles that are read for it; more say no more."""
_BROKEN_SHOWN = 10
_LOST = "\ufffd"
_LONG = 3_000


@dataclass(slots=True)
class Preview:
    """``shown`` are taken evenly from all ``kept``; ``told`` and ``broken`` as an import says them."""

    shown: list[Conversation | Article] = field(default_factory=list)
    kept: int = 0
    stopped: bool = False
    dropped: Counter[str] = field(default_factory=Counter)
    turns_dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)
    broken_count: int = 0
    broken: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "shown": [
                article_to_json(one) if isinstance(one, Article) else conversation_to_json(one) for one in self.shown
            ],
            "kept": self.kept,
            "stopped": self.stopped,
            "dropped": dict(self.dropped),
            "turns_dropped": dict(self.turns_dropped),
            "masked": dict(self.masked),
            "unsure": dict(self.unsure),
            "broken": self.broken_count,
            "messages": self.broken,
            "told": self.told,
        }


def preview(
    paths: Sequence[Path],
    *,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
    report: Report = silent,
) -> Preview:
    """Read the beginning of the files as an import would; nothing is written anywhere."""
    found = Preview()
    chance = random.Random(0)  # which are shown is no secret, and is the same each time
    for row in take(paths, format_name, options=options, report=report, keep=keep, countries=countries):
        if isinstance(row, Broken):
            found.broken_count += 1
            if len(found.broken) < _BROKEN_SHOWN:
                found.broken.append(str(row))
        elif isinstance(row, Told):
            found.told.append(str(row))
        elif isinstance(row, Accepted):
            found.kept += 1
            found.masked.update(row.masked)
            found.turns_dropped.update(row.turn_drops)
            _doubt(row.item, found.unsure)
            place = found.kept - 1 if found.kept <= SHOWN else chance.randrange(found.kept)
            if place < SHOWN:
                found.shown[place : place + 1] = [row.item]
        else:
            found.dropped[row.reason] += 1
            found.turns_dropped.update(row.turn_drops)
        if found.kept + found.dropped.total() >= LOOKED_AT:
            found.stopped = True
            break
    return found


def _doubt(item: Conversation | Article, unsure: Counter[str]) -> None:
    """Count what often means that a file was misread."""
    texts = [item.text] if isinstance(item, Article) else [turn.text for turn in item.turns]
    unsure["hold letters that could not be read: another encoding?"] += any(_LOST in text for text in texts)
    if isinstance(item, Article):
        return
    turns = item.turns
    unsure["have no times"] += not any(turn.at for turn in turns)
    unsure["begin with an agent's message: is the order right, and who is the customer?"] += turns[0].role is Role.AGENT
    long = any(len(turn.text) > _LONG for turn in turns if turn.role is Role.AGENT)
    unsure["have an agent's message of more than 3,000 characters: old mail in it?"] += long
    voices = {turn.speaker for turn in turns if turn.role is Role.CUSTOMER and turn.speaker}
    unsure["have several customers: do they share an id?"] += len(voices) > 1
    for doubt in [name for name, count in unsure.items() if not count]:
        del unsure[doubt]
