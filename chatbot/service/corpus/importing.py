"""Learning: transcripts into the database, moments into an index, both into a model.

Each step can be stopped at any moment and started again: imports are committed batch by batch, vectors are kept as they
are computed, training continues from its last checkpoint, and ``current.json`` changes only at the very end.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.service.serving.loader import load_encoder
from chatbot.storage.queries import changes, corpus
from data.importers import Broken
from data.intake import Accepted, take
from data.progress import Report, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.storage.database import Database
    from data.importers import ImportOptions
    from retrieval.passages import Passage

_ROWS_PER_TRANSACTION = 200
_INDEXES_KEPT = 2
_BROKEN_SHOWN = 20


@dataclass(slots=True)
class ImportSummary:
    """What an import did, in counts of conversations and articles; ``broken`` holds the first sentences to show."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    turns_dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    broken_count: int = 0
    broken: list[str] = field(default_factory=list)

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
        }


async def import_paths(
    database: Database,
    paths: Sequence[Path],
    *,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    keep: Collection[str] = (),
    report: Report = silent,
) -> ImportSummary:
    """Read, clean, mask and store every row of the given files and folders; broken rows never stop the others.

    ``keep`` names the desk's own addresses and numbers, which are not masked.
    """
    summary = ImportSummary()
    batch: list[Accepted] = []
    for row in take(paths, format_name, options=options, report=report, keep=keep):
        if isinstance(row, Broken):
            summary.broken_count += 1
            if len(summary.broken) < _BROKEN_SHOWN:
                summary.broken.append(str(row))
            continue
        summary.turns_dropped.update(row.turn_drops)
        if isinstance(row, Accepted):
            summary.masked.update(row.masked)
            batch.append(row)
            if len(batch) >= _ROWS_PER_TRANSACTION:
                await _store(database, batch, summary)
                batch = []
        else:
            summary.dropped[row.reason] += 1
    await _store(database, batch, summary)
    return summary


async def _store(database: Database, batch: Sequence[Accepted], summary: ImportSummary) -> None:
    if not batch:
        return
    async with database.write() as session:
        counts = await corpus.store_batch(session, [row.item for row in batch])
    summary.new += counts.new
    summary.changed += counts.changed
    summary.unchanged += counts.unchanged
    if counts.duplicate:
        summary.dropped["duplicate"] += counts.duplicate


async def build_index(database: Database, home: Home, *, report: Report = silent) -> dict[str, Any]:
    """Index everything imported as a new version, let it serve, and keep older ones to go back to.

    Raises:
        InputError: nothing is imported.
        NotReadyError: the encoder's weights are missing or damaged.

    """
    passages, change = await known_passages(database)
    if not passages:
        raise InputError("Nothing to index yet: import transcripts or articles first (understudy import PATH).")
    return await asyncio.to_thread(_build_index, home, passages, change, report)


def _build_index(home: Home, passages: list[Passage], change: int, report: Report) -> dict[str, Any]:
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.index.snapshot import build_index as build

    version, created = new_version_name(), datetime.now(UTC).isoformat(timespec="seconds")
    encoder = load_encoder(home)
    VectorCache(home.embeddings, encoder).absorb(VectorCache(home.live_embeddings, encoder))
    folder = home.indexes / version
    manifest = build(passages, encoder, folder, home.embeddings, report, created=created, change=change)
    home.promote(index=version)
    _forget_old_indexes(home)
    return {"version": version, **asdict(manifest)}


async def known_passages(database: Database) -> tuple[list[Passage], int]:
    """All passages, and the number of the last change that is surely among them."""
    from retrieval.passages import passages_of_article, passages_of_conversation

    passages: list[Passage] = []
    async with database.read() as session:
        change = await changes.last(session)  # first: what comes in while the rest is read is only applied once more
        async for conversation in corpus.all_conversations(session):
            passages += passages_of_conversation(conversation)
        async for article in corpus.all_articles(session):
            passages += passages_of_article(article)
    return passages, change


def new_version_name() -> str:
    """A name that sorts by time: UTC second plus two random bytes."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _forget_old_indexes(home: Home) -> None:
    """Of the versions that neither serve nor are the way back keep the newest; the database can build any again."""
    current = home.current()
    keep = {current.index, current.previous_index}
    others = sorted(folder for folder in home.indexes.iterdir() if folder.is_dir() and folder.name not in keep)
    for folder in others[: max(0, len(others) - _INDEXES_KEPT)]:
        shutil.rmtree(folder, ignore_errors=True)
