"""Builds a new index version from the passages of everything imported; it then serves.

Vectors are kept as they are computed, so that an interrupted run goes on; ``current.json`` changes
only at the very end.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.home import new_version_name
from chatbot.service.corpus.sources import passages_by_source
from chatbot.service.serving.loader import load_encoder
from chatbot.storage.queries import changes
from data.progress import Report, silent

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.storage.database import Database
    from retrieval.passages import Passage


_INDEXES_KEPT = 2
_ABANDONED_SECONDS = 24 * 3600


async def build_index(database: Database, home: Home, *, report: Report = silent) -> dict[str, Any]:
    """Index everything imported as a new version, let it serve, and keep older ones to go back to.

    Raises:
        InputError: nothing is imported.
        NotReadyError: the encoder's weights are missing or damaged.
        CurrentUnusableError: ``current.json`` could not be changed at the end.

    """
    home.current()  # before hours of work, not after
    passages, change = await known_passages(database)
    if not passages:
        raise InputError("Nothing to index yet: import transcripts or articles first (understudy import PATH).")
    return await asyncio.to_thread(_build_index, home, passages, change, report)


def _build_index(home: Home, passages: list[Passage], change: int, report: Report) -> dict[str, Any]:
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.index.build import build_index as build

    version, created = new_version_name(), datetime.now(UTC).isoformat(timespec="seconds")
    encoder = load_encoder()
    VectorCache(home.embeddings, encoder).absorb(VectorCache(home.live_embeddings, encoder))
    folder, serves = home.indexes / version, home.current().index
    manifest = build(
        passages,
        encoder,
        folder,
        home.embeddings,
        report,
        created=created,
        change=change,
        earlier=home.indexes / serves if serves else None,
    )
    home.promote(index=version)
    _forget_old_indexes(home)
    return {"version": version, **asdict(manifest)}


async def known_passages(database: Database) -> tuple[list[Passage], int]:
    """All passages, and the number of the last change that is surely among them."""
    async with database.read() as session:
        change = await changes.last(session)  # first: what comes in while the rest is read is only applied once more
        return [passage async for _, found in passages_by_source(session) for passage in found], change


def _forget_old_indexes(home: Home) -> None:
    """Of the versions that neither serve nor are the way back keep the newest; the database can build any again."""
    current = home.current()
    keep = {current.index, current.previous_index}
    folders = [folder for folder in home.indexes.iterdir() if folder.is_dir() and folder.name not in keep]
    others = sorted(folder for folder in folders if not folder.name.startswith("."))
    abandoned = [folder for folder in folders if folder.name.startswith(".") and _old(folder)]
    for folder in [*others[: max(0, len(others) - _INDEXES_KEPT)], *abandoned]:
        shutil.rmtree(folder, ignore_errors=True)


def _old(folder: Path) -> bool:
    """Whether a copy that a server opens was left behind by a kill: opening one takes minutes at most."""
    try:
        return time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS
    except OSError:
        return False
