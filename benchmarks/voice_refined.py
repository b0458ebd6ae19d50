"""Stage "refined": replies beside the one that was really given, by chrF (sacrebleu) and the encoder's cosine.

The product's own steps: recall, verbatim candidates, their ranking, the evidence behind those that passed their checks,
the reply composed of it. What fails a check is never sent: "as served" takes the past answer in its place. Beside them
what GPT-2 writes by itself, with that evidence and without. Each way's difference from the past answer has an interval
of 95 % over questions (percentile bootstrap). A longer text has the higher chrF, so the mean lengths stand beside it.
"""

from __future__ import annotations

from dataclasses import asdict
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sacrebleu.metrics import CHRF
from voice_desk import latest
from voice_models import SERVED
from voice_rows import Rows

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.backing import CORROBORATED
from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.pipeline import backing_of
from chatbot.dialogue.rank.ranker import Ranker
from chatbot.dialogue.retrieve import ARTICLES, MOMENTS, Retrieved
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT, composed, past_answers
from chatbot.dialogue.write.draft import drafted
from chatbot.dialogue.write.language_model import ReplyModel
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from finetune.model.weights import Weights
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from voice_desk import Desk
    from voice_models import Models

    from chatbot.dialogue.window import Window
    from data.moments import Moment

VERBATIM = "verbatim top-1"
SECONDS = 120.0
"""For one draft; in serving it is less, but what is measured here is the text, not the machine."""


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Figures of each kind of reply, and how many passed their checks."""
    asked = latest(desk.asked, desk.options.questions)
    reply_model = ReplyModel(
        inline(NumpyRunner(Weights.of(models.tuned(SERVED)), name=SERVED)), models.tokenizer, seconds=SECONDS
    )
    ranker = Ranker(desk.retriever)
    rows = Rows(desk.folder / "composed.jsonl")
    found = []
    for number, moment in enumerate(asked):
        found.append(rows.get(moment.id, lambda m=moment: _row(desk, reply_model, ranker, m)))
        desk.report("refine", number + 1, len(asked))
    real = [moment.answer for moment in asked]
    texts = {
        VERBATIM: [row["verbatim"] for row in found],
        "GPT-2 without evidence": [row["without"] for row in found],
        "GPT-2 with evidence": [row["written"] for row in found],
        "refined": [row["refined"] for row in found],
        "refined, as served": [row["refined"] if row["passed"] else row["verbatim"] for row in found],
    }
    composed = [row for row in found if row["refined"]]
    reasons = [name for row in composed for name in row["failed"]]
    return {
        "questions": len(asked),
        "figures": likenesses(desk, texts, real),
        "composed": len(composed) / len(found),
        "refined that pass": sum(row["passed"] for row in composed) / max(len(composed), 1),
        "GPT-2's that pass": sum(row["written passed"] for row in found) / len(found),
        "verbatim that pass": sum(row["verbatim passed"] for row in found) / len(found),
        "failed checks": {name: reasons.count(name) for name in sorted(set(reasons))},
        "passages of one": float(np.mean([row["passages"] for row in composed])) if composed else 0.0,
        "seconds, median": float(np.median([row["seconds"] for row in found])),
        "characters of the real ones": float(np.mean([len(text) for text in real])),
        "examples": [
            {"real": answer, **{name: replies[place] for name, replies in texts.items()}}
            for place, answer in enumerate(real[:20])
        ],
    }


def likenesses(
    desk: Desk, texts: Mapping[str, Sequence[str]], real: Sequence[str], rounds: int = 1000
) -> dict[str, dict[str, Any]]:
    """Each way's chrF of all replies together (0 to 100), mean cosine with the real ones, 0 where nothing is said.

    With the intervals of its differences from the past answer, and the mean length in characters.
    """
    truth = desk.vectors(real)
    counts, cosines = {}, {}
    for name, replies in texts.items():
        given = [text.strip() for text in replies]
        counts[name] = np.array([_counts(reply, answer) for reply, answer in zip(given, real, strict=True)])
        cosines[name] = (desk.encoder.encode(given) * truth).sum(axis=1) * [bool(text) for text in given]
    draws = np.random.default_rng(0).integers(0, len(real), (rounds, len(real)))
    found = {}
    for name, replies in texts.items():
        chrf = [_chrf(counts[name][draw]) - _chrf(counts[VERBATIM][draw]) for draw in draws]
        cosine = (cosines[name] - cosines[VERBATIM])[draws].mean(axis=1)
        found[name] = {
            "chrf": _chrf(counts[name]),
            "cosine": float(cosines[name].mean()),
            "characters": float(np.mean([len(text) for text in replies])),
            "chrf, less verbatim": np.percentile(chrf, (2.5, 97.5)).tolist(),
            "cosine, less verbatim": np.percentile(cosine, (2.5, 97.5)).tolist(),
        }
    return found


def _counts(reply: str, answer: str) -> list[int]:
    """The n-gram counts of one pair, which sum to those of a corpus; sacrebleu has them, but not for the asking."""
    metric = CHRF()
    references = metric._extract_reference_info([metric._preprocess_segment(answer)])  # noqa: SLF001
    return list(metric._compute_segment_statistics(metric._preprocess_segment(reply), references))  # noqa: SLF001


def _chrf(counts: NDArray[np.int64]) -> float:
    return float(CHRF()._compute_f_score(counts.sum(axis=0).tolist()))  # noqa: SLF001


def _row(desk: Desk, reply_model: ReplyModel, ranker: Ranker, moment: Moment) -> dict[str, Any]:
    window = read(moment.context)
    retrieved = _retrieved(desk, window, moment)
    order = ranker.order(retrieved)
    backing = backing_of(desk.retriever, CORROBORATED, retrieved)
    past = [*checked(past_answers(window, order.hits), window, order.hits, backing)]
    candidates = ranker.ranked(window, past, retrieved)
    best = next((each for each in candidates if each.passed), candidates[0] if candidates else None)
    # Where no past answer passed its checks the product writes no draft; here one is made of what was found.
    evidence = (order.best(past) or retrieved.hits)[:EVIDENCE_FOR_DRAFT]
    started = perf_counter()
    reply = next(checked(composed(window, evidence, retrieved.near), window, order.hits, backing), None)
    seconds = perf_counter() - started
    draft = drafted(reply_model, window, evidence)
    *_, without = ("", *reply_model.write(window.turns, ()))
    return {
        "verbatim": best.text if best else "",
        "verbatim passed": bool(best and best.passed),
        "without": without,
        "written": draft.text if draft else "",
        "written passed": bool(draft and draft.passed),
        "refined": reply.text if reply else "",
        "passed": bool(reply and reply.passed),
        "failed": failures(reply.checks) if reply else [],
        "details": [asdict(check) for check in reply.checks if not check.passed] if reply else [],
        "passages": len(reply.evidence_ids) if reply else 0,
        "seconds": seconds,
    }


def _retrieved(desk: Desk, window: Window, moment: Moment) -> Retrieved:
    """What ``chatbot.dialogue.retrieve`` finds, but of the question's past only."""
    retriever = desk.retriever
    vector = desk.vectors([window.question])
    own = frozenset({moment.conversation_id})
    filters = [
        Filters(kinds=frozenset([kind]), before=moment.created, exclude_sources=own)
        for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)
    ]
    moments, articles = retriever.search_each([window.question] * 2, vector.repeat(2, axis=0), MOMENTS, filters)
    return Retrieved(vector[0], tuple(moments), tuple(articles[:ARTICLES]), retriever.answer_vectors(moments))
