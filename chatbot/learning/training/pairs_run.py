"""A writer's training: pairs of outline and text into a model that writes texts like them; it never serves customers.

The loop, the budget and going on after an interruption are those of every training. Figures are measured on outlines
that were held out; what the base and the writer make of some of them stands side by side on the page.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.check.copying import LearntRuns
from chatbot.dialogue.write.writer import Writer
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.home import write_atomically
from chatbot.learning.training.failures import user_errors
from chatbot.learning.training.pairs import divided, examples_of_pairs
from chatbot.learning.training.pairs_page import page
from chatbot.service.serving import writers
from chatbot.service.serving.model_versions import OUR_BASE
from data.progress import Report, silent
from finetune.evaluate.perplexity import perplexity
from finetune.library_logs import quiet
from finetune.model.loading import load_base
from finetune.model.weights import Weights
from finetune.train.fine_tune import fine_tune
from finetune.train.resolve import check as check_settings

if TYPE_CHECKING:
    from chatbot.home import Home
    from chatbot.learning.training.pairs import Pair, PairParts, PairSource
    from finetune.train.train_result import TrainResult
    from finetune.training_settings import TrainSettings

SAMPLES = 5
"""Held-out outlines that the base and the writer are given, for the page."""
EXAMPLES_SEEN = 3_000
"""How often examples are seen, at most, where nobody says how many passes: a file of fifty needs more than four."""
EVALUATIONS = 12
_SAVING = 6.0  # seconds
_LEAST_SHARE = 0.5  # of the minutes, whatever measuring takes
_ENOUGH = 20


def train_writer(
    home: Home, source: PairSource, name: str, settings: TrainSettings, *, many: bool = True, report: Report = silent
) -> dict[str, Any]:
    """Fine-tune on the pairs, measure before and after, keep the writer as ``name``, write its page.

    ``many``: pass over the pairs as often as ``EXAMPLES_SEEN`` says, and not as ``settings.epochs`` does. Returns the
    outcome, which also goes to ``reports/writer-<name>.json``.

    Raises:
        InputError: too few pairs, a name that cannot be, or training failed; the message says what to do.
        NameTakenError: there is a writer of this name.

    """
    writers.check_free(home, name)
    parts = divided(source, settings.seed)
    with user_errors(home):
        check_settings(settings)
        return _train(home, source, parts, name, _chosen(settings, parts, many=many), report)


def _chosen(settings: TrainSettings, parts: PairParts, *, many: bool) -> TrainSettings:
    epochs = max(settings.epochs, EXAMPLES_SEEN // len(parts.learnt)) if many else settings.epochs
    return replace(settings, epochs=epochs, evaluations=EVALUATIONS, canaries=0)


def _train(
    home: Home, source: PairSource, parts: PairParts, name: str, settings: TrainSettings, report: Report
) -> dict[str, Any]:
    began = time.monotonic()
    work = writers.folder_of(home) / f".work-{name}"
    settings = replace(settings, tracker_folder=home.reports / settings.tracker / f"writer-{name}")
    base, tokenizer = load_base(settings.base)
    prefix = settings.prefix_tokens if settings.method == "prefix" else 0
    room = min(settings.max_tokens, int(base.config.n_positions) - prefix)
    measured = examples_of_pairs(parts, parts.measured, tokenizer, max_tokens=room)
    with quiet():
        before = perplexity(base, tokenizer, measured, report=report)
    learnt = LearntRuns.of(((pair.line, pair.text) for pair in parts.learnt), source.name)
    kept = writers.Kept(learnt, parts.lengths, parts.tones())
    tried = parts.measured[:SAMPLES]
    by_base = _samples(base, tokenizer, kept, parts, tried, report)
    del base
    spent = time.monotonic() - began
    minutes = settings.minutes - (2.2 * spent + _SAVING) / 60  # the same again afterwards, and a little
    result = fine_tune(
        examples_of_pairs(parts, parts.learnt, tokenizer, max_tokens=room, seed=settings.seed),
        examples_of_pairs(parts, parts.stopping, tokenizer, max_tokens=room),
        replace(settings, minutes=max(_LEAST_SHARE * settings.minutes, minutes)),
        work,
        report,
    )
    with quiet():
        after = perplexity(result.model, result.tokenizer, measured, report=report)
    by_writer = _samples(result.model, result.tokenizer, kept, parts, tried, report)
    figures = {"before": before.to_json(), "after": after.to_json()}
    created = datetime.now(UTC).isoformat(timespec="seconds")
    told = {
        "writer": name,
        "created": created,
        "source": source.name,
        "pairs": {**parts.counts(), "broken": len(source.broken), "doubled": source.doubled},
        "lengths": dict(parts.lengths),
        "tones": list(parts.tones()),
        **settings.asked(),
        "base": settings.base or OUR_BASE,
        **figures,
        "training": result.figures(),
        "warnings": _warnings(parts, measured, figures, room),
        "page": str(home.reports / f"writer-{name}.html"),
        "tracked": str(settings.tracker_folder) if settings.tracker != "none" else None,
    }
    samples = [
        {"outline": pair.outline, "text": pair.text, "base": one, "writer": other}
        for pair, one, other in zip(tried, by_base, by_writer, strict=True)
    ]
    _keep(home, name, kept, settings, result, told, samples)
    shutil.rmtree(work, ignore_errors=True)
    return told


def _keep(
    home: Home,
    name: str,
    kept: writers.Kept,
    settings: TrainSettings,
    result: TrainResult,
    told: dict[str, Any],
    samples: list[dict[str, Any]],
) -> None:
    """The writer, then what is told of it."""
    writers.save(
        home,
        name,
        result.model,
        result.tokenizer,
        kept,
        created=told["created"],
        base=told["base"],
        method=settings.method,
        settings=asdict(settings),
        figures={key: told[key] for key in ("before", "after", "pairs")},
    )
    whole = {**told, "curve": result.curve, "samples": samples}
    write_atomically(home.reports / f"writer-{name}.json", json.dumps(whole, indent=2, default=str) + "\n")
    write_atomically(home.reports / f"writer-{name}.html", page(whole))


def _samples(
    model: Any, tokenizer: Any, kept: writers.Kept, parts: PairParts, pairs: list[Pair], report: Report
) -> list[dict[str, Any] | None]:
    """What a model makes of each outline at the first go; None where it writes nothing."""
    writer = Writer(inline(NumpyRunner(Weights.of(model))), tokenizer, kept.learnt, kept.lengths)
    found: list[dict[str, Any] | None] = []
    for number, pair in enumerate(pairs, start=1):
        texts = writer.write(parts.brief(pair), spare=0)
        found.append(texts[0].to_json() if texts else None)
        report("write samples", number, len(pairs))
    return found


def _warnings(parts: PairParts, measured: list[Any], figures: dict[str, dict[str, float]], room: int) -> list[str]:
    warnings = []
    if len(parts.measured) < _ENOUGH:
        warnings.append(
            f"Only {len(parts.measured)} held-out texts could be measured: take all figures as a guess until there are "
            "more pairs."
        )
    cut = sum(len(example.labels) - example.answer_start >= room // 2 for example in measured)
    if cut:
        warnings.append(
            f"{cut} of {len(measured)} held-out texts are longer than the {room // 2} tokens that are learnt of one: "
            "more fit with --max-tokens 1024, or divide long texts."
        )
    if not figures["after"]["bits_per_byte"] < figures["before"]["bits_per_byte"]:
        warnings.append(
            "The writer predicts held-out texts no better than the base it was made of: more pairs, or more minutes."
        )
    return warnings
