"""Training: the desk's moments with the evidence retrieval finds for them, into a fine-tuned GPT-2 version.

Brings the two floors together that may not know each other: retrieval finds evidence, finetune learns from it. The
evidence of a moment never comes from its own conversation nor from its future, so that training and held-out figures
see what serving would have seen.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError
from chatbot.home import write_atomically
from chatbot.service.learning import new_version_name
from chatbot.storage import corpus
from data.moments import Moment, moments_of
from data.progress import Report, silent
from data.split import held_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.storage.database import Database
    from finetune.examples import Example

HELD_OUT = 0.1  # of the conversations, by hash of their id
HELD_OUT_EXAMPLES = 400  # what one evaluation reads at most
TRAINING_EXAMPLES = 60_000
EVIDENCE = 3  # passages a prompt holds; the same number as in serving


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked of a training run; the same wish goes on where an interrupted one stopped."""

    base: str | None = None
    method: str = "full"
    minutes: float = 30.0
    seed: int = 0


async def train(database: Database, home: Home, wish: Wish, *, report: Report = silent) -> dict[str, Any]:
    """Fine-tune, evaluate on held-out conversations, write a version, let it serve if it did not get worse.

    Returns the report that also goes to ``reports/train-<version>.json``.

    Raises:
        InputError: nothing is imported or indexed, or too little to hold some back.

    """
    moments = await _moments(database)
    return await asyncio.to_thread(_train, home, moments, wish, report)


def promote(home: Home, name: str) -> None:
    """Let a model version serve after checking its files.

    Raises:
        NotFoundError: no such version.
        InputError: its files are not what its manifest says.

    """
    from finetune.checkpoint import CheckpointError, verify

    if not (home.models / name).is_dir():
        raise NotFoundError(f"No model {name!r} here; `understudy models list` shows what there is.")
    try:
        verify(home.models / name)
    except CheckpointError as problem:
        raise InputError(str(problem)) from problem
    home.promote(model=name)


def roll_back(home: Home) -> str:
    """Let the version before the current one serve again; doing it twice goes forward again.

    Raises:
        NotFoundError: there is none.

    """
    previous = home.current().previous_model
    if previous is None:
        raise NotFoundError("There is no earlier model to go back to.")
    promote(home, previous)
    return previous


def adopt_base(home: Home) -> str:
    """Copy the base model that ships into the home as a version and let it serve; returns its name."""
    from finetune.base import BASE_FOLDER
    from finetune.checkpoint import write_manifest

    name = f"{new_version_name()}-base"
    building = home.models / f"{name}.building"
    shutil.copytree(BASE_FOLDER, building)
    write_manifest(building, {"method": "base", "base": "understudy-base"})
    building.rename(home.models / name)
    home.promote(model=name)
    return name


async def _moments(database: Database) -> list[Moment]:
    async with database.read() as session:
        return [
            moment
            async for conversation in corpus.all_conversations(session)
            for moment in moments_of(conversation)
        ]


def _train(home: Home, moments: Sequence[Moment], wish: Wish, report: Report) -> dict[str, Any]:
    from finetune.checkpoint import load
    from finetune.evaluate import perplexity
    from finetune.train import TrainSettings, fine_tune, load_base

    chosen = random.Random(wish.seed)
    learnt = [moment for moment in moments if not held_out(moment.conversation_id, HELD_OUT)]
    kept = [moment for moment in moments if held_out(moment.conversation_id, HELD_OUT)]
    if not learnt or not kept:
        raise InputError(f"{len(moments)} answered questions are too few to train and to hold some back: import more.")
    learnt = chosen.sample(learnt, min(len(learnt), TRAINING_EXAMPLES))
    kept = chosen.sample(kept, min(len(kept), HELD_OUT_EXAMPLES))
    evidence = _evidence(home, [*learnt, *kept], report)

    settings = TrainSettings(base=wish.base, method=wish.method, minutes=wish.minutes, seed=wish.seed)
    base_model, tokenizer = load_base(settings.base)
    context = base_model.config.n_positions
    examples = _examples(tokenizer, learnt, evidence, context)
    with_evidence = _examples(tokenizer, kept, evidence, context)
    without = _examples(tokenizer, kept, {}, context)

    def figures(model: Any) -> dict[str, Any]:
        return {
            "with_evidence": asdict(perplexity(model, tokenizer, with_evidence)),
            "without_evidence": asdict(perplexity(model, tokenizer, without)),
        }

    report("evaluate the base", 0, 1)
    before = figures(base_model)
    report("evaluate the base", 1, 1)
    del base_model
    name = new_version_name()
    result = fine_tune(examples, with_evidence, settings, home.models / ".work", report)
    folder = result.save(home.models / name)
    model, tokenizer, _ = load(folder)
    after = figures(model)
    better = after["with_evidence"]["perplexity"] <= before["with_evidence"]["perplexity"]
    if better:
        home.promote(model=name)
    outcome = {
        "version": name,
        "promoted": better,
        "verdict": f"{name} serves now." if better else f"{name} is written but not promoted: it is worse than its base.",
        "base": wish.base or "understudy-base",
        "method": wish.method,
        "minutes": wish.minutes,
        "seed": wish.seed,
        "train_examples": len(examples),
        "heldout_examples": len(with_evidence),
        "before": before,
        "after": after,
        "training": result.figures(),
    }
    write_atomically(home.reports / f"train-{name}.json", json.dumps(outcome, indent=2) + "\n")
    shutil.rmtree(home.models / ".work", ignore_errors=True)
    return outcome


def _examples(
    tokenizer: Any, moments: Sequence[Moment], evidence: dict[str, list[str]], context: int
) -> list[Example]:
    from finetune.examples import build_examples

    return build_examples(tokenizer, moments, lambda moment: evidence.get(moment.id, []), max_tokens=context)


def _evidence(home: Home, moments: Sequence[Moment], report: Report) -> dict[str, list[str]]:
    """The best passages for each moment, by moment id: of other conversations only, and only from its past."""
    from chatbot.service.answering import load_retriever
    from retrieval.passages import question_text
    from retrieval.vectors import VectorCache

    retriever = load_retriever(home)
    questions = [question_text(moment.context) for moment in moments]
    cache = VectorCache(home.embeddings, retriever.encoder)
    cache.fill(questions, report)  # normally all there since indexing
    found: dict[str, list[str]] = {}
    part = 1024
    for start in range(0, len(moments), part):
        some = moments[start : start + part]
        hits = retriever.search_vectors(
            questions[start : start + part],
            cache.read(questions[start : start + part]),
            EVIDENCE,
            exclude_sources=[frozenset({moment.conversation_id}) for moment in some],
            before=[moment.created for moment in some],
        )
        for moment, best in zip(some, hits, strict=True):
            found[moment.id] = [hit.passage.answer for hit in best]
        report("find evidence", start + len(some), len(moments))
    return found
