"""One question of an exam, asked as a customer would ask it, and what came of it. Plain data, and how it is made.

Knows nothing of what a good answer is: whoever changes what a question must hold need not ask it again.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from chatbot.dialogue.answer import Decision, shortened
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatbot.dialogue.answer import Evidence
    from chatbot.learning.exam.question import ExamQuestion
    from chatbot.service.serving.loaded import Loaded, Replies
    from retrieval.passages import Passage

_EVIDENCE = 5
_EVIDENCE_CHARACTERS = 400
_PHRASE = "phrase"


class Outcome(StrEnum):
    """What became of a question. ``SMALL_TALK`` is a fitting word of ours to a greeting or thanks."""

    ANSWERED = "answered"
    SMALL_TALK = "small_talk"
    ASKED_BACK = "asked_back"
    SUGGESTED = "suggested"
    HANDED_OVER = "handed_over"


_OUTCOMES = {
    Decision.ANSWER: Outcome.ANSWERED,
    Decision.ASK_BACK: Outcome.ASKED_BACK,
    Decision.SUGGEST: Outcome.SUGGESTED,
    Decision.HAND_OVER: Outcome.HANDED_OVER,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Evidence as the page shows it; ``article`` is the slug where it is a passage of one."""

    title: str
    text: str
    score: float
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the customer read (``said``), and what an agent would have been shown first where one was to answer.

    ``reason`` is the code and ``detail`` the sentence of the trace; ``seconds`` is processor time of the answer, over
    all its threads. ``evidence_ids`` name everything whose words are in here.
    """

    id: str
    outcome: Outcome
    said: str
    suggestion: str | None
    confidence: float
    reason: str
    detail: str
    seconds: float
    evidence: tuple[Shown, ...] = ()
    evidence_ids: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As one JSON line of a log."""
        return {**asdict(self), "evidence_ids": list(self.evidence_ids)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError: it is not one.

        """
        known = {
            **stored,
            "outcome": Outcome(stored["outcome"]),
            "evidence": tuple(Shown(**each) for each in stored["evidence"]),
            "evidence_ids": tuple(stored["evidence_ids"]),
        }
        return cls(**known)


def ask(loaded: Loaded, question: ExamQuestion) -> Asked:
    """Ask as a live message is asked: the turns before the question are the dialogue so far."""
    assert loaded.pipeline is not None
    began = time.process_time()
    answer = loaded.pipeline.answer(question.turns)
    seconds = time.process_time() - began
    outcome = _OUTCOMES[answer.decision]
    if answer.mode == _PHRASE:
        outcome = Outcome.SMALL_TALK
    suggested, source_ids = None, tuple[str, ...]()
    if outcome in {Outcome.SUGGESTED, Outcome.HANDED_OVER}:
        suggested, source_ids = _suggestion(loaded.pipeline, question)
    evidence = answer.evidence[:_EVIDENCE]
    return Asked(
        id=question.id,
        outcome=outcome,
        said=answer.reply,
        suggestion=suggested,
        confidence=round(answer.confidence, 4),
        reason=answer.reason,
        detail=answer.detail,
        seconds=round(seconds, 4),
        evidence=tuple(_shown(each, loaded.find) for each in evidence),
        evidence_ids=tuple(dict.fromkeys([*(each.id for each in evidence), *source_ids])),
    )


def _suggestion(pipeline: Replies, question: ExamQuestion) -> tuple[str | None, tuple[str, ...]]:
    """What an agent is shown first, and where it comes from."""
    first = next(iter(pipeline.suggest(question.turns, 1)), None)
    return (None, ()) if first is None else (first.text, first.evidence_ids)


def _shown(evidence: Evidence, find: Callable[[str], Passage | None]) -> Shown:
    passage = find(evidence.id)
    article = passage.source_id if passage is not None and passage.kind is PassageKind.ARTICLE else None
    title = evidence.title or article or "a past answer"
    return Shown(title, shortened(evidence.text, _EVIDENCE_CHARACTERS), evidence.score, article)
