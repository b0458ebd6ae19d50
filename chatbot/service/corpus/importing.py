"""Imports files of transcripts and articles into the corpus.

Committed batch by batch, so that an import can be stopped or killed at any time and run again.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import corpus
from data.importers.importer import Broken, Told
from data.intake import Accepted, take
from data.progress import Report, silent
from data.transcripts import Article, article_to_json, conversation_to_json, to_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from chatbot.storage.database import Database
    from data.importers.importer import ImportOptions
    from data.transcripts import Conversation

_ROWS_PER_TRANSACTION = 200
_CHARACTERS_PER_TRANSACTION = 2_000_000
_SECONDS_PER_TRANSACTION = 2.0
_BROKEN_SHOWN = 20


@dataclass(slots=True)
class ImportSummary:
    """What an import did, in counts of conversations and articles; ``broken`` holds the first sentences to show.

    ``told`` says what was decided of whole files: how dates were read, what is internal, rows that were turned round.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    turns_dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    broken_count: int = 0
    broken: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Rows that are in the database now."""
        return self.new + self.changed + self.unchanged

    def to_json(self) -> dict[str, Any]:
        """Counts as JSON."""
        return {
            "kept": self.kept,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "dropped": dict(self.dropped),
            "turns_dropped": dict(self.turns_dropped),
            "masked": dict(self.masked),
            "broken": self.broken_count,
            "messages": self.broken,
            "told": self.told,
        }


async def import_paths(
    database: Database,
    paths: Sequence[Path],
    *,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
    report: Report = silent,
) -> ImportSummary:
    """Read, clean, mask and store every row of the given files and folders; broken rows never stop the others.

    ``keep`` names the desk's own addresses and numbers, which are not masked, ``countries`` where its customers are.
    """
    summary = ImportSummary()
    batch = _Batch()
    for row in take(paths, format_name, options=options, report=report, keep=keep, countries=countries):
        if isinstance(row, Broken):
            summary.broken_count += 1
            if len(summary.broken) < _BROKEN_SHOWN:
                summary.broken.append(str(row))
            continue
        if isinstance(row, Told):
            summary.told.append(str(row))
            continue
        summary.turns_dropped.update(row.turn_drops)
        if isinstance(row, Accepted):
            summary.masked.update(row.masked)
            batch.add(row.item)
            if batch.is_due():
                await _store(database, batch.items, summary)
                batch = _Batch()
        else:
            summary.dropped[row.reason] += 1
    await _store(database, batch.items, summary)
    return summary


class _Batch:
    """What the next transaction will store; due after so many rows, so much text or so long a time."""

    def __init__(self) -> None:
        self.items: list[Conversation | Article] = []
        self._characters = 0
        self._due = time.monotonic() + _SECONDS_PER_TRANSACTION

    def add(self, item: Conversation | Article) -> None:
        self.items.append(item)
        # All that is stored of it: what a source adds to a message may be longer than the message.
        value = article_to_json(item) if isinstance(item, Article) else conversation_to_json(item)
        self._characters += len(to_line(value))

    def is_due(self) -> bool:
        return (
            len(self.items) >= _ROWS_PER_TRANSACTION
            or self._characters >= _CHARACTERS_PER_TRANSACTION
            or time.monotonic() > self._due
        )


async def _store(database: Database, batch: Sequence[Conversation | Article], summary: ImportSummary) -> None:
    if not batch:
        return
    async with database.write() as session:
        counts = await corpus.store_batch(session, batch)
    summary.new += counts.new
    summary.changed += counts.changed
    summary.unchanged += counts.unchanged
    if counts.duplicate:
        summary.dropped["duplicate"] += counts.duplicate
