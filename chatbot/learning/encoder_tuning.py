"""Trains the adapter over the encoder on a desk's own answers; it serves only where held-out questions find more.

Pairs of a question with the answer it got, and of a question with the article its answer links. Conversations are
divided by a hash of their id: most are learnt from, some end the training early, others judge the outcome only.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.errors import InputError, NotFoundError
from chatbot.home import new_version_name, write_atomically
from chatbot.learning.indexing import known_passages
from chatbot.service.serving.loader import load_encoder
from chatbot.storage.queries import retirements
from data.progress import Report, silent
from data.split import held_out
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.home import Home
    from chatbot.storage.database import Database
    from retrieval.adapter.adapter import DeskAdapter
    from retrieval.adapter.pairs import Pairs
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.passages import Passage

STOPPING = 0.1
JUDGING = 0.1
FEWEST = 50
"""Pairs to learn from below which there is nothing to learn; a desk of that size is found by its own words."""


async def tune(
    database: Database, home: Home, *, minutes: float, seed: int = 0, report: Report = silent
) -> dict[str, Any]:
    """Train an adapter on all that neither waits nor is retired; let it serve if held-out questions find more.

    Vectors come from the cache and are computed where they are missing, so an interrupted run goes on. Returns the
    report that also goes to ``reports/tune-<version>.json``.

    Raises:
        InputError: too little is imported.
        NotReadyError: the encoder's weights are missing or damaged.

    """
    passages, _ = await known_passages(database)
    async with database.read() as session:
        retired = await retirements.ids(session)
    kept = [passage for passage in passages if passage.id not in retired and not passage.waits]
    return await asyncio.to_thread(_tune, home, kept, minutes, seed, report)


async def tune_if_enough(
    database: Database, home: Home, *, minutes: float, seed: int = 0, report: Report = silent
) -> dict[str, Any]:
    """``tune``, but a desk too small for it is no error: the verdict says so."""
    try:
        return await tune(database, home, minutes=minutes, seed=seed, report=report)
    except InputError as problem:
        return {"promoted": False, "verdict": f"The encoder serves as it is: {problem}"}


def undo(home: Home) -> str:
    """Go back to the adapter before the current one, or to the encoder as it is; again goes forward again.

    Raises:
        NotFoundError: nothing was ever tuned.

    """
    current = home.current()
    if current.adapter is None and current.previous_adapter is None:
        raise NotFoundError("Nothing was tuned yet; the encoder serves as it is.")
    return home.promote(adapter=current.previous_adapter or "", over=current).adapter or "the encoder as it is"


def _tune(home: Home, passages: Sequence[Passage], minutes: float, seed: int, report: Report) -> dict[str, Any]:
    from retrieval.adapter.pairs import figures
    from retrieval.adapter.towers import TuneSettings
    from retrieval.adapter.tuning import TuneError
    from retrieval.adapter.tuning import tune as train
    from retrieval.encoder.vector_cache import VectorCache

    learnt, stopping, judging = divided(passages)
    if len(learnt) < FEWEST or not stopping or not judging:
        raise InputError(
            f"{len(learnt)} answered questions are too few to tune the encoder: import more (understudy import PATH)."
        )
    encoder = load_encoder()
    cache = VectorCache(home.embeddings, encoder)
    cache.fill([text for passage in passages for text in (passage.question, passage.answer)], report)
    articles = [passage for passage in passages if passage.kind is PassageKind.ARTICLE and not passage.links]
    try:
        settings = TuneSettings(minutes=minutes, seed=seed)
        tuned = train(
            pairs_of(learnt, articles, cache), pairs_of(stopping, (), cache), encoder.fingerprint, settings, report
        )
    except TuneError as problem:
        raise InputError(str(problem)) from problem
    judged = pairs_of(judging, (), cache)
    # What serves learnt from the same conversations: the hash of an id keeps the judges out of every run.
    before, after = figures(judged, _serving(home, encoder.fingerprint)), figures(judged, tuned.adapter)
    better = after["mrr"] > before["mrr"]
    version = new_version_name()
    outcome: dict[str, Any] = {
        "version": version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "pairs": {"learnt": len(learnt), "stopping": len(stopping), "judging": len(judging)},
        "words": len(tuned.adapter.known),
        "before": before,
        "after": after,
        "curve": tuned.curve,
        "settings": asdict(settings),
        "promoted": better,
        "verdict": _verdict(home, version) if better else "Held-out questions find no more with it: it is not kept.",
    }
    if better:
        folder = home.adapters / version
        folder.mkdir(parents=True)
        tuned.adapter.save(folder, outcome)
        home.promote(adapter=version)
    write_atomically(home.reports / f"tune-{version}.json", json.dumps(outcome, indent=2) + "\n")
    return outcome


def _verdict(home: Home, version: str) -> str:
    """What becomes of a version that finds more; a contract serves with what it was fitted with (loader.py)."""
    if home.current().contract is None:
        return f"{version} serves now."
    return f"{version} is kept, and serves once a contract was made for it (`understudy contracts fit`)."


def _serving(home: Home, encoder: str) -> DeskAdapter | None:
    """The adapter that serves, if one does that can be used."""
    from retrieval.adapter.adapter import AdapterError, DeskAdapter

    version = home.current().adapter
    try:
        return None if version is None else DeskAdapter.load(home.adapters / version, encoder)
    except AdapterError:
        return None


def divided(passages: Sequence[Passage]) -> tuple[list[Passage], list[Passage], list[Passage]]:
    """Moments to learn from, to stop by and to judge by; no conversation in two of them."""
    parts: tuple[list[Passage], list[Passage], list[Passage]] = ([], [], [])
    for passage in passages:
        if passage.kind is not PassageKind.MOMENT:
            continue
        if not held_out(passage.source_id, STOPPING + JUDGING):
            parts[0].append(passage)
        elif held_out(passage.source_id, STOPPING / (STOPPING + JUDGING), salt="tuning"):
            parts[1].append(passage)
        else:
            parts[2].append(passage)
    return parts


def pairs_of(moments: Sequence[Passage], articles: Sequence[Passage], cache: VectorCache) -> Pairs:
    """Each question with its answer, and with each article that the answer links: with the part of it that is nearest.

    Parts of articles are learnt by their title and text together, as they are searched.
    """
    from retrieval.adapter.pairs import Pairs

    parts = cache.read([article.question for article in articles])
    by_slug: dict[str, list[int]] = {}
    for place, article in enumerate(articles):
        by_slug.setdefault(article.source_id, []).append(place)
    questions = [moment.question for moment in moments]
    answers = [moment.answer for moment in moments]
    vectors = cache.read(questions)
    for moment, vector in zip(moments, vectors, strict=True):
        for places in (by_slug[slug] for slug in moment.links if slug in by_slug):
            questions.append(moment.question)
            answers.append(articles[places[int(np.argmax(parts[places] @ vector))]].question)
    return Pairs(questions, answers, cache.read(questions), cache.read(answers))
