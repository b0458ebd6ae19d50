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
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError
from chatbot.home import write_atomically
from chatbot.service import live
from chatbot.service.loading import load_retriever
from chatbot.storage import corpus, retirements
from data.moments import Moment, moments_of
from data.progress import Report, silent
from data.split import held_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.home import Home
    from chatbot.storage.database import Database
    from finetune.examples import Example
    from retrieval.retriever import Retriever

HELD_OUT = 0.1  # of the conversations, by hash of their id
HELD_OUT_EXAMPLES = 400  # what the figures are measured on, at most
STOPPING_EXAMPLES = 200  # what early stopping looks at, at most; never what the figures are measured on
TRAINING_EXAMPLES = 60_000
OUR_BASE = "understudy-base"
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
    parts = _divided(await _moments(database), wish.seed)
    retriever = await asyncio.to_thread(load_retriever, home)
    await live.bring_up_to_date(database, home, retriever)  # nothing deleted or retired may be evidence
    return await asyncio.to_thread(_train, home, parts, retriever, wish, report)


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
    from finetune.checkpoint import new_version_folder, write_manifest

    created = _now()
    folder = new_version_folder(home.models, created)
    shutil.copytree(BASE_FOLDER, folder, dirs_exist_ok=True)
    write_manifest(folder, created=created, base=OUR_BASE, method="as shipped", settings={}, figures={})
    home.promote(model=folder.name)
    return folder.name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


async def _moments(database: Database) -> list[Moment]:
    async with database.read() as session:
        retired = await retirements.ids(session)
        return [
            moment
            async for conversation in corpus.all_conversations(session)
            for moment in moments_of(conversation)
            if moment.id not in retired
        ]


def _train(home: Home, parts: _Parts, retriever: Retriever, wish: Wish, report: Report) -> dict[str, Any]:
    from finetune.checkpoint import load, new_version_folder, save_weights, write_manifest
    from finetune.fitting import TrainingError
    from finetune.train import TrainSettings, fine_tune, load_base

    evidence = _evidence(home, retriever, [*parts.learnt, *parts.stopping, *parts.measured], report)
    settings = TrainSettings(base=wish.base, method=wish.method, minutes=wish.minutes, seed=wish.seed)
    work = home.models / ".work"
    try:
        base, tokenizer = load_base(settings.base)
        sets = _Sets.of(tokenizer, parts, evidence, min(settings.max_tokens, base.config.n_positions))
        before = sets.figures(base, tokenizer, "measure the base", report)
        del base
        result = fine_tune(sets.train, sets.stopping, settings, work, report)
    except TrainingError as problem:
        raise InputError(str(problem)) from problem
    after = sets.figures(result.model, tokenizer, "measure the result", report)
    better = after["with_evidence"]["perplexity"] <= before["with_evidence"]["perplexity"]
    outcome = {
        **asdict(wish),
        "base": wish.base or OUR_BASE,
        "heldout_examples": len(sets.with_evidence),
        "before": before,
        "after": after,
        "training": result.figures(),
    }
    created = _now()
    folder = new_version_folder(home.models, created)
    save_weights(result.model, result.tokenizer, folder)
    write_manifest(
        folder,
        created=created,
        base=str(outcome["base"]),
        method=wish.method,
        settings=asdict(settings),
        figures={"before": before, "after": after},
    )
    load(folder)  # what was written can be read, checksums and all, before anything relies on it
    if better:
        home.promote(model=folder.name)
    outcome |= {
        "version": folder.name,
        "promoted": better,
        "verdict": f"{folder.name} serves now."
        if better
        else f"{folder.name} is written but not promoted: on held-out conversations it is worse than its base.",
    }
    write_atomically(home.reports / f"train-{folder.name}.json", json.dumps(outcome, indent=2, default=str) + "\n")
    shutil.rmtree(work, ignore_errors=True)
    return outcome


@dataclass(frozen=True, slots=True)
class _Parts:
    """Moments to learn from, to stop early by, and to measure on; no conversation in two of them."""

    learnt: list[Moment]
    stopping: list[Moment]
    measured: list[Moment]


def _divided(moments: Sequence[Moment], seed: int) -> _Parts:
    """Divide by hash of the conversation's id, the same way in every run; sampled where there are very many."""
    learnt, stopping, measured = [], [], []
    for moment in moments:
        if not held_out(moment.conversation_id, HELD_OUT):
            learnt.append(moment)
        elif held_out(moment.conversation_id, 1 / 3, salt="early stopping"):
            stopping.append(moment)
        else:
            measured.append(moment)
    if not learnt or not measured:
        raise InputError(
            f"{len(moments)} answered questions are too few to train and to hold some back: "
            "import more (understudy import PATH)."
        )
    chosen = random.Random(seed)
    return _Parts(
        chosen.sample(learnt, min(len(learnt), TRAINING_EXAMPLES)),
        chosen.sample(stopping, min(len(stopping), STOPPING_EXAMPLES)),
        chosen.sample(measured, min(len(measured), HELD_OUT_EXAMPLES)),
    )


@dataclass(frozen=True, slots=True)
class _Sets:
    """Examples to train on, to stop early by, and the measured ones with and without their evidence."""

    train: list[Example]
    stopping: list[Example]
    with_evidence: list[Example]
    without: list[Example]

    @classmethod
    def of(cls, tokenizer: Any, parts: _Parts, evidence: dict[str, list[str]], max_tokens: int) -> _Sets:
        from finetune.examples import examples_of

        def known(moment: Moment) -> list[str]:
            return evidence.get(moment.id, [])

        return cls(
            list(examples_of(parts.learnt, known, tokenizer, max_tokens=max_tokens)),
            list(examples_of(parts.stopping, known, tokenizer, max_tokens=max_tokens)),
            list(examples_of(parts.measured, known, tokenizer, max_tokens=max_tokens)),
            list(examples_of(parts.measured, lambda _: [], tokenizer, max_tokens=max_tokens)),
        )

    def figures(self, model: Any, tokenizer: Any, step: str, report: Report) -> dict[str, Any]:
        """Held-out perplexity of a model, with evidence and without."""
        from finetune.evaluate import perplexity
        from finetune.quiet import quiet

        total = len(self.with_evidence) + len(self.without)

        def named(_: str, done: int, __: int | None) -> None:
            report(step, done, total)

        def second(_: str, done: int, __: int | None) -> None:
            report(step, len(self.with_evidence) + done, total)

        with quiet():
            return {
                "with_evidence": perplexity(model, tokenizer, self.with_evidence, report=named).to_json(),
                "without_evidence": perplexity(model, tokenizer, self.without, report=second).to_json(),
            }


def _evidence(home: Home, retriever: Retriever, moments: Sequence[Moment], report: Report) -> dict[str, list[str]]:
    """The best passages for each moment, by moment id: of other conversations only, and only from its past."""
    from retrieval.passages import question_text
    from retrieval.vectors import VectorCache

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
