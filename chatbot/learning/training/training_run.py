"""A training run: the desk's moments with the evidence retrieval finds for them, into a fine-tuned GPT-2 version.

Brings the two floors together that may not know each other: retrieval finds evidence, finetune learns from it. The
evidence of a moment never comes from its own conversation nor from its future, so that training and held-out figures
see what serving would have seen. Whatever goes wrong, what serves goes on serving: ``current.json`` changes last.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from chatbot.learning.time_plan import MEASURE
from chatbot.learning.training.evaluation import HeldOutSet, fitting_in, measure, with_agreement
from chatbot.learning.training.failures import user_errors
from chatbot.learning.training.finish import TrainedRun
from chatbot.learning.training.found_evidence import find_evidence
from chatbot.learning.training.preference_pairs import preferences
from chatbot.learning.training.splits import divided, training_examples
from chatbot.learning.training.stages import Lesson, learn
from chatbot.learning.training.varied import varied
from chatbot.service.corpus.history import known_moments
from chatbot.service.serving import index_follower
from chatbot.service.serving.loader import load_retriever
from data.progress import Report, silent
from finetune.evaluate.memorisation import memorisation, plant
from finetune.examples import examples_of
from finetune.model.checkpoint import CheckpointError, load
from finetune.model.loading import load_base, load_config, load_tokenizer
from finetune.train.prepare import refuse_frozen
from finetune.train.resolve import check as check_settings
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.learning.time_plan import TimePlan
    from chatbot.learning.training.evaluation import Figures
    from chatbot.learning.training.preference_pairs import Preference
    from chatbot.learning.training.splits import Parts
    from chatbot.storage.database import Database
    from retrieval.search.retriever import Retriever

_CANARY, _SAVING = 15.0, 6.0
"""Seconds to ask a model of our size for one planted secret, and to save, to read back and to report a version."""
_MINUTES_A_CANARY = 5.0
_NOTE = "wish.json"
"""In the work folder: the name of the run that is under way, and under "wish" what was asked of it."""


async def train(
    database: Database, home: Home, settings: TrainSettings, *, plan: TimePlan | None = None, report: Report = silent
) -> dict[str, Any]:
    """Fine-tune, evaluate on held-out conversations, write a version, let it serve if nothing got worse.

    Returns the outcome; with the loss curve and sample answers it also goes to ``reports/train-<version>.json``, and
    as a page to ``.html`` beside it. With a ``plan`` its minutes are those of all of it: as much is measured as fits,
    and the loop of training ends in time for what comes after it.

    Raises:
        InputError: nothing is imported or indexed, too little to hold some back, or training failed; the message says
            what to do.

    """
    parts = divided(await known_moments(database, waiting=False), settings.seed)
    pairs = await preferences(database) if settings.preferences else []
    retriever = await asyncio.to_thread(load_retriever, home)
    await index_follower.bring_up_to_date(database, home, retriever)  # nothing deleted or retired may be evidence
    with user_errors(home):
        return await asyncio.to_thread(_train, home, parts, retriever, settings, plan, report, pairs)


def check(home: Home, settings: TrainSettings) -> None:
    """Find out before hours of work whether the settings go together and the base can be read.

    Raises:
        InputError: says what does not, and what to do.

    """
    with user_errors(home):
        check_settings(settings)
        load_tokenizer(settings.base)
        refuse_frozen(load_config(settings.base), settings)


def interrupted(home: Home, settings: TrainSettings) -> bool:
    """Whether a run with the same settings was stopped before its end, so that this one goes on from there."""
    return _is_same(_noted(_work(home)), settings)


def _train(
    home: Home,
    parts: Parts,
    retriever: Retriever,
    settings: TrainSettings,
    plan: TimePlan | None,
    report: Report,
    pairs: Sequence[Preference] = (),
) -> dict[str, Any]:
    work = _work(home)
    settings = replace(settings, tracker_folder=home.reports / settings.tracker / _begin(work, settings))
    base, tokenizer = load_base(settings.base)
    max_tokens = _example_tokens(settings, base)
    evidence = find_evidence(home, retriever, parts.everything, work / "evidence.jsonl", report)
    more = varied(parts.learnt, evidence.texts, settings, report)
    held = HeldOutSet.of(parts.measured, evidence, minutes=settings.minutes, max_tokens=max_tokens)
    triable = bool(held.questions)
    with _measuring(plan):
        before, held, seconds = _before(home, base, tokenizer, held, plan, report)
        before = with_agreement(before, held, retriever)
    del base
    known = 0.0
    if plan is not None:
        fewer = min(settings.canaries, max(1, int(settings.minutes / _MINUTES_A_CANARY)))
        known = seconds + _CANARY * fewer + _SAVING
        settings = replace(settings, canaries=fewer, minutes=plan.for_training(known))
    canaries = plant(settings.canaries, settings.seed)
    learnt = training_examples(
        parts.learnt,
        [canary.moment for canary in canaries],
        evidence.texts,
        tokenizer,
        max_tokens=max_tokens,
        seed=settings.seed,
        judged=settings.judged,
        abstain=settings.abstain,
        variants=more.variants,
    )
    stopping = list(examples_of(parts.stopping, evidence.texts, tokenizer, max_tokens=max_tokens))
    left = None if plan is None else functools.partial(plan.for_training, known)
    out = learn(home, retriever, Lesson(learnt, stopping, pairs), settings, work, report, left=left)
    result = out.result
    remembered = None
    with _measuring(plan):
        after = with_agreement(measure(result.model, result.tokenizer, "the new model", held, report), held, retriever)
        if canaries:
            remembered = memorisation(
                result.model, result.tokenizer, canaries, seed=settings.seed, max_tokens=max_tokens, report=report
            )
    too_late = triable and not held.questions
    outcome = TrainedRun(home, out, parts, held, before, after, remembered, pairs, too_late, more).finish()
    shutil.rmtree(work, ignore_errors=True)
    return outcome


def _measuring(plan: TimePlan | None) -> contextlib.AbstractContextManager[None]:
    """Counts what measuring takes, where there is a plan."""
    return contextlib.nullcontext() if plan is None else plan.step(MEASURE)


def _before(
    home: Home, base: Any, tokenizer: Any, held: HeldOutSet, plan: TimePlan | None, report: Report
) -> tuple[Figures, HeldOutSet, float]:
    """The figures to be reached, what both models are measured on, and the seconds that takes."""
    model, its_tokenizer, name = _to_beat(home, base, tokenizer)
    if plan is not None:
        held = fitting_in(held, model, its_tokenizer, name, plan.may_take(MEASURE) / 2)
    began = time.monotonic()
    return measure(model, its_tokenizer, name, held, report), held, time.monotonic() - began


def _to_beat(home: Home, base: Any, tokenizer: Any) -> tuple[Any, Any, str]:
    """What serves, else (nothing serves, or nothing that can be read) the base: model, tokenizer and name."""
    serving = home.current().model
    if serving is not None:
        try:
            model, its_tokenizer, _ = load(home.models / serving)
        except CheckpointError:
            pass
        else:
            return model, its_tokenizer, serving
    return base, tokenizer, "the base"


def _example_tokens(settings: TrainSettings, base: Any) -> int:
    """How long an example may be: as asked for, and as the base can hold beside a prefix."""
    prefix = settings.prefix_tokens if settings.method == "prefix" else 0
    return min(settings.max_tokens, int(base.config.n_positions) - prefix)


def _work(home: Home) -> Path:
    return home.models / ".work"


def _begin(work: Path, settings: TrainSettings) -> str:
    """The name of the run, by which it is tracked: a new one, or that of the interrupted run that goes on."""
    note = _noted(work)
    if _is_same(note, settings):
        return str(note["name"])
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    work.mkdir(parents=True, exist_ok=True)
    write_atomically(work / _NOTE, json.dumps({"name": name, "wish": _lasting(settings)}) + "\n")
    return name


def _lasting(settings: TrainSettings) -> dict[str, Any]:
    """What makes two runs the same: everything that was asked for but its length."""
    return {name: value for name, value in settings.asked().items() if name != "minutes"}


def _is_same(note: dict[str, Any], settings: TrainSettings) -> bool:
    """Whether a noted run is this one; an option that was not there when it began stood where it stands by default."""
    wish, asked, usual = note.get("wish"), _lasting(settings), _lasting(TrainSettings())
    return isinstance(wish, dict) and asked == {**usual, **wish}


def _noted(work: Path) -> dict[str, Any]:
    try:
        note = json.loads((work / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
