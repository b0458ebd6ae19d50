"""A training run: the desk's moments with the evidence retrieval finds for them, into a fine-tuned GPT-2 version.

Brings the two floors together that may not know each other: retrieval finds evidence, finetune learns from it. The
evidence of a moment never comes from its own conversation nor from its future, so that training and held-out figures
see what serving would have seen. Whatever goes wrong, what serves goes on serving: ``current.json`` changes last.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from chatbot.learning.training.agreement import with_agreement
from chatbot.learning.training.evaluation import HeldOutSet, measure
from chatbot.learning.training.evidence import find_evidence
from chatbot.learning.training.failures import user_errors
from chatbot.learning.training.finish import Run
from chatbot.learning.training.request import TrainingRequest, _lasting
from chatbot.learning.training.splits import divided, training_examples
from chatbot.service.corpus.history import known_moments
from chatbot.service.serving import index_follower
from chatbot.service.serving.loader import load_retriever
from data.progress import Report, silent
from finetune.evaluate.memorisation import memorisation, plant
from finetune.examples import examples_of
from finetune.model.checkpoint import CheckpointError, load
from finetune.model.loading import load_base, load_tokenizer
from finetune.train.fine_tune import fine_tune
from finetune.train.settings import TrainSettings
from finetune.train.settings import check as check_settings

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.learning.training.evaluation import Figures
    from chatbot.learning.training.splits import Parts
    from chatbot.storage.database import Database
    from retrieval.search.retriever import Retriever

_NOTE = "wish.json"


async def train(database: Database, home: Home, request: TrainingRequest, *, report: Report = silent) -> dict[str, Any]:
    """Fine-tune, evaluate on held-out conversations, write a version, let it serve if nothing got worse.

    Returns the outcome; with the loss curve and sample answers it also goes to ``reports/train-<version>.json``, and
    as a page to ``.html`` beside it.

    Raises:
        InputError: nothing is imported or indexed, too little to hold some back, or training failed; the message says
            what to do.

    """
    parts = divided(await known_moments(database), request.seed)
    retriever = await asyncio.to_thread(load_retriever, home)
    await index_follower.bring_up_to_date(database, home, retriever)  # nothing deleted or retired may be evidence
    with user_errors(home):
        return await asyncio.to_thread(_train, home, parts, retriever, request, report)


def check(home: Home, request: TrainingRequest) -> None:
    """Find out before hours of work whether the settings go together and the base can be read.

    Raises:
        InputError: says what does not, and what to do.

    """
    with user_errors(home):
        check_settings(request.settings(home.reports))
        load_tokenizer(request.base)


def interrupted(home: Home, request: TrainingRequest) -> bool:
    """Whether a run of the same wish was stopped before its end, so that this one goes on from there."""
    return _noted(_work(home)).get("wish") == _lasting(request)


def _train(home: Home, parts: Parts, retriever: Retriever, request: TrainingRequest, report: Report) -> dict[str, Any]:
    work = _work(home)
    tracked = home.reports / request.tracker / _begin(work, request)
    settings = request.settings(tracked)
    base, tokenizer = load_base(request.base)
    max_tokens = _example_tokens(settings, base)
    evidence = find_evidence(home, retriever, parts.everything, work / "evidence.jsonl", report)
    held = HeldOutSet.of(parts.measured, evidence, minutes=request.minutes, max_tokens=max_tokens)
    before = with_agreement(_before(home, base, tokenizer, held, report), held, retriever)
    del base
    canaries = plant(request.canaries, request.seed)
    result = fine_tune(
        training_examples(
            parts.learnt,
            [canary.moment for canary in canaries],
            evidence.texts,
            tokenizer,
            max_tokens=max_tokens,
            seed=request.seed,
        ),
        list(examples_of(parts.stopping, evidence.texts, tokenizer, max_tokens=max_tokens)),
        settings,
        work,
        report,
    )
    after = with_agreement(measure(result.model, result.tokenizer, "the new model", held, report), held, retriever)
    remembered = None
    if canaries:
        remembered = memorisation(
            result.model, result.tokenizer, canaries, seed=request.seed, max_tokens=max_tokens, report=report
        )
    outcome = Run(home, request, settings, parts, held, before, after, result, remembered).finish()
    shutil.rmtree(work, ignore_errors=True)
    return outcome


def _before(home: Home, base: Any, tokenizer: Any, held: HeldOutSet, report: Report) -> Figures:
    """The figures to be reached: of what serves, else (nothing serves, or nothing that can be read) of the base."""
    serving = home.current().model
    if serving is not None:
        try:
            model, its_tokenizer, _ = load(home.models / serving)
        except CheckpointError:
            pass
        else:
            return measure(model, its_tokenizer, serving, held, report)
    return measure(base, tokenizer, "the base", held, report)


def _example_tokens(settings: TrainSettings, base: Any) -> int:
    """How long an example may be: as wished, and as the base can hold beside a prefix."""
    prefix = settings.prefix_tokens if settings.method == "prefix" else 0
    return min(settings.max_tokens, int(base.config.n_positions) - prefix)


def _work(home: Home) -> Path:
    return home.models / ".work"


def _begin(work: Path, request: TrainingRequest) -> str:
    """The name of the run, by which it is tracked: a new one, or that of the interrupted run that goes on."""
    note = _noted(work)
    if note.get("wish") == _lasting(request):
        return str(note["name"])
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    work.mkdir(parents=True, exist_ok=True)
    write_atomically(work / _NOTE, json.dumps({"name": name, "wish": _lasting(request)}) + "\n")
    return name


def _noted(work: Path) -> dict[str, Any]:
    try:
        note = json.loads((work / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
