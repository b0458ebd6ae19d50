"""Builds the answer from what was considered for one message, with its trace for the team."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import TRACE_CHARACTERS, Answer, Decision, candidate_to_json, evidence_of, shortened
from chatbot.dialogue.text import set_phrases
from chatbot.dialogue.text.language import language_name, language_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.ask import Question
    from chatbot.dialogue.decide.policy import Policy, PolicyVerdict
    from chatbot.dialogue.rank.probability import ProbabilityModel
    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit

EVIDENCE_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Considered:
    """What was found and made for one message; ``best`` is the best candidate that passed its checks."""

    window: Window
    candidates: tuple[Candidate, ...] = ()
    best: Candidate | None = None
    topic: str | None = None
    question: Question | None = None
    hits: tuple[Hit, ...] = ()
    told_in: str | None = None
    """The language of what was found, where it is not the customer's and they have to be told."""

    @property
    def probability(self) -> float:
        """That our agents would send the best candidate; 0 without one."""
        return self.best.probability if self.best else 0.0

    @property
    def language(self) -> str:
        """The language we speak to this customer."""
        return language_of(*self.window.spoken)

    def sent(self, decision: Decision) -> Candidate | None:
        """The candidate that goes to the customer under a decision, if one does."""
        if decision is Decision.ASK_BACK:
            return self.question.candidate if self.question else None
        return self.best if decision is Decision.ANSWER else None


def answer_of(
    policy: Policy,
    model: ProbabilityModel,
    versions: Mapping[str, str | None],
    considered: Considered,
    verdict: PolicyVerdict,
) -> Answer:
    """The answer under a verdict: its reply, its evidence and its trace."""
    sent, best = considered.sent(verdict.decision), considered.best
    if sent is not None:
        reply, mode = _said_so(sent.text, considered), sent.origin
        cited = [hit for hit in considered.hits if hit.passage.id in sent.evidence_ids]
    else:
        reply = set_phrases.sentence(verdict.occasion, considered.language)
        mode = "phrase" if verdict.decision in {Decision.ANSWER, Decision.ASK_BACK} else "hand_over"
        cited = list(considered.hits[:EVIDENCE_SHOWN])
    confidence = 1.0 if mode == "phrase" else considered.probability
    trace = {
        "question": shortened(considered.window.question, 1000),
        "language": considered.language,
        "topic": considered.topic,
        "evidence": [asdict(evidence_of(hit, TRACE_CHARACTERS)) for hit in considered.hits[:EVIDENCE_SHOWN]],
        "candidates": [candidate_to_json(candidate) for candidate in considered.candidates],
        "probability": None if best is None else _reasons(best, model),
        "asking": None if considered.question is None else _asking(considered.question),
        "threshold": policy.threshold_to_json(considered.topic),
        "decision": {**asdict(verdict), "confidence": round(confidence, 4), "mode": mode},
        "versions": dict(versions),
    }
    return Answer(
        reply=reply,
        decision=verdict.decision,
        confidence=confidence,
        mode=mode,
        reason=verdict.reason,
        detail=verdict.detail,
        evidence=tuple(evidence_of(hit) for hit in cited),
        suggestion=best.text if best is not None and verdict.decision is not Decision.ANSWER else None,
        trace=trace,
        best=best,
        topic=considered.topic,
        candidates=considered.candidates,
    )


def _said_so(text: str, considered: Considered) -> str:
    """A reply, with a word before it where it is in another language than the customer's."""
    if considered.told_in is None:
        return text
    named = language_name(considered.told_in, considered.language)
    return f"{set_phrases.sentence('other_language', considered.language, named=named)}\n\n{text}"


def _asking(question: Question) -> dict[str, Any]:
    asked = question.candidate
    return {"text": asked.text, "evidence": list(asked.evidence_ids), "share": round(question.share, 4)}


def _reasons(best: Candidate, model: ProbabilityModel) -> dict[str, Any]:
    """What the best candidate's probability is made of, in log-odds, the weightiest first."""
    parts = sorted(model.contributions(best.features).items(), key=lambda part: -abs(part[1]))
    return {
        "value": round(best.probability, 4),
        "calibrated_on": model.cases,
        "start": round(model.intercept, 4),
        "adds": {name: round(value, 4) for name, value in parts if round(value, 4)},
    }
