"""Stage "refined": drafts beside the reply that was really given, by chrF (sacrebleu) and the encoder's cosine.

The product's own steps: recall, verbatim candidates, their ranking, the evidence behind those that passed their checks,
the draft. A draft that fails a check ends there and is never sent: "as served" takes the past answer in its place.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sacrebleu.metrics import CHRF
from voice_desk import latest
from voice_models import SERVED
from voice_rows import Rows

from chatbot.dialogue import writer
from chatbot.dialogue.checks import failures
from chatbot.dialogue.pipeline import evidence_for
from chatbot.dialogue.ranker import Ranker
from chatbot.dialogue.recall import ARTICLES, MOMENTS, Recalled
from chatbot.dialogue.voice import Voice
from chatbot.dialogue.window import read
from chatbot.engine import never
from chatbot.engine.torch_runner import TorchGenerator
from retrieval.filters import Filters
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_desk import Desk
    from voice_models import Models

    from chatbot.dialogue.window import Window
    from data.moments import Moment

SECONDS = 120.0
"""For one draft; in serving it is less, but what is measured here is the text, not the machine."""


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Figures of each kind of reply, and how many drafts passed their checks."""
    asked = latest(desk.asked, desk.options.questions)
    voice = Voice(TorchGenerator(models.tuned(SERVED), name=SERVED), models.tokenizer, seconds=SECONDS)
    ranker = Ranker(desk.retriever)
    rows = Rows(desk.folder / "refined.jsonl")
    found = []
    for number, moment in enumerate(asked):
        found.append(rows.get(moment.id, lambda m=moment: _row(desk, voice, ranker, m)))
        desk.report("refine", number + 1, len(asked))
    real = [moment.answer for moment in asked]
    texts = {
        "verbatim top-1": [row["verbatim"] for row in found],
        "GPT-2 without evidence": [row["without"] for row in found],
        "GPT-2 refined": [row["refined"] for row in found],
        "refined, as served": [row["refined"] if row["passed"] else row["verbatim"] for row in found],
    }
    drafted = [row for row in found if row["refined"]]
    reasons = [name for row in drafted for name in row["failed"]]
    return {
        "questions": len(asked),
        "figures": {name: likeness(desk, replies, real) for name, replies in texts.items()},
        "drafted": len(drafted) / len(found),
        "drafts that pass": sum(row["passed"] for row in drafted) / max(len(drafted), 1),
        "verbatim that pass": sum(row["verbatim passed"] for row in found) / len(found),
        "failed checks": {name: reasons.count(name) for name in sorted(set(reasons))},
        "examples": [
            {"real": answer, **{name: replies[place] for name, replies in texts.items()}}
            for place, answer in enumerate(real[:20])
        ],
    }


def likeness(desk: Desk, replies: Sequence[str], real: Sequence[str]) -> dict[str, float]:
    """The chrF of all replies together (0 to 100), and the mean cosine with the real one, 0 where nothing is said."""
    given = [text.strip() for text in replies]
    left, right = desk.encoder.encode(given), desk.vectors(real)
    cosines = (left * right).sum(axis=1) * [bool(text) for text in given]
    return {"chrf": float(CHRF().corpus_score(given, [list(real)]).score), "cosine": float(cosines.mean())}


def _row(desk: Desk, voice: Voice, ranker: Ranker, moment: Moment) -> dict[str, Any]:
    window = read(moment.context)
    recalled = _recalled(desk, window, moment)
    candidates = ranker.scored(window, writer.verbatim(window, recalled.hits), recalled)
    best = next((each for each in candidates if each.passed), candidates[0] if candidates else None)
    # Where no past answer passed its checks the product writes no draft; here it writes one from what was found.
    evidence = evidence_for(candidates, recalled.hits) or recalled.hits[: writer.EVIDENCE_FOR_DRAFT]
    draft = writer.refined(voice, window, evidence, on_delta=None, should_stop=never)
    *_, without = ("", *voice.write(window.turns, ()))
    return {
        "verbatim": best.text if best else "",
        "verbatim passed": bool(best and best.passed),
        "without": without,
        "refined": draft.text if draft else "",
        "passed": bool(draft and draft.passed),
        "failed": failures(draft.checks) if draft else [],
        "details": [asdict(check) for check in draft.checks if not check.passed] if draft else [],
    }


def _recalled(desk: Desk, window: Window, moment: Moment) -> Recalled:
    """What ``chatbot.dialogue.recall`` finds, but of the question's past only."""
    retriever = desk.retriever
    vector = desk.vectors([window.question])
    own = frozenset({moment.conversation_id})
    filters = [
        Filters(kinds=frozenset([kind]), before=moment.created, exclude_sources=own)
        for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)
    ]
    moments, articles = retriever.search_each([window.question] * 2, vector.repeat(2, axis=0), MOMENTS, filters)
    return Recalled(vector[0], tuple(moments), tuple(articles[:ARTICLES]), retriever.answer_vectors(moments))
