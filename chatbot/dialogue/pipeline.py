"""The way of one message: read, recall, write, check, rank, decide. One line a step; the steps are beside.

Works without a voice (retrieval only) and keeps a trace of everything it weighed. Synchronous; called from
the one thread that owns the models.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from chatbot.dialogue import phrases, writer
from chatbot.dialogue.answer import (
    Answer,
    Candidate,
    Decision,
    candidate_to_json,
    evidence_of,
    evidence_to_json,
    shortened,
)
from chatbot.dialogue.policy import Policy, Verdict
from chatbot.dialogue.ranker import GAIN_WEIGHT, Ranker, confidence
from chatbot.dialogue.recall import recall
from chatbot.dialogue.window import Window, read
from chatbot.engine import never
from chatbot.errors import NoModelError
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.dialogue.completion import Completer, Completion
    from chatbot.dialogue.voice import Voice
    from retrieval.retriever import Hit, Retriever

EVIDENCE_SHOWN = 5
EVIDENCE_REACH = 0.25
"""Evidence for a draft is at most this much less similar than the best."""
_TYPED_AT_ONCE = 16
"""Conversations whose evidence is kept while somebody types an answer."""


class Pipeline:
    """Answers, ranks, suggests and completes with one index and, where there is one, one model version."""

    def __init__(
        self,
        retriever: Retriever,
        voice: Voice | None = None,
        policy: Policy | None = None,
        *,
        versions: Mapping[str, str | None] | None = None,
        gain_weight: float = GAIN_WEIGHT,
        completer: Completer | None = None,
    ) -> None:
        self._retriever = retriever
        self._voice = voice
        self._policy = policy or Policy()
        self._ranker = Ranker(retriever, voice, gain_weight=gain_weight)
        self._versions = dict(versions or {})
        self._completer = completer
        self._while_typing = lru_cache(maxsize=_TYPED_AT_ONCE)(partial(_read_for_typing, retriever, self._ranker))

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Answer:
        """Answer the conversation or hand it over.

        ``on_delta`` gets checked sentences of a draft while it is written; the draft may still lose to a past
        answer, so ``Answer.reply`` is what counts. ``should_stop`` ends the writing early.
        """
        window = read(turns)
        verdict = self._policy.at_once(window)
        if verdict is not None:
            return self._outcome(window, verdict)
        recalled = recall(window, self._retriever)
        candidates = self._ranker.scored(window, writer.verbatim(window, recalled.hits), recalled)
        best = _best(candidates)
        # A draft can only be as good as its evidence: without a sure past answer none is written.
        if self._voice is not None and best is not None and self._policy.sure(confidence(best)):
            draft = writer.refined(
                self._voice,
                window,
                evidence_for(candidates, recalled.hits),
                on_delta=on_delta,
                should_stop=should_stop,
            )
            if draft is not None:
                candidates = [*candidates, *self._ranker.scored(window, [draft], recalled)]
                best = self._preferred(best, candidates[-1])
        sureness = confidence(best) if best else 0.0
        return self._outcome(
            window, self._policy.on(candidates, best, sureness), sureness, best, candidates, recalled.hits
        )

    def rank(self, turns: Sequence[Turn], candidates: Sequence[str]) -> list[float]:
        """Score candidate replies, in their order; higher is more likely ours."""
        return self._ranker.scores(read(turns), candidates)

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        """Up to k replies for an agent to choose from, best first.

        Whatever the confidence is; replies that failed a check (a slot to fill in, say) come last, with the
        failure in their checks.
        """
        return _suggested(read(turns), self._retriever, self._ranker)[:k]

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        """The likely rest of the sentence in which an agent's ``draft`` of a reply breaks off, or nothing.

        What the desk knows of the question is looked up once while the dialogue and the index stay as they are.

        Raises:
            NoModelError: no model serves, or none that can complete.

        """
        if self._completer is None:
            raise NoModelError("No model serves that can complete a draft: `understudy train` makes one.")
        said = tuple((turn.role, turn.text) for turn in turns)
        window, evidence = self._while_typing(said, self._retriever.live.view.change)
        return self._completer.complete(window.turns, draft, evidence)

    def _preferred(self, past: Candidate, draft: Candidate) -> Candidate:
        # No benefit of the doubt: with 0.3 of tolerance a young model sent nonsense in 5 of 85 Thunderbird answers.
        good = draft.passed and self._policy.sure(confidence(draft)) and draft.score >= past.score
        return draft if good else past

    def _outcome(
        self,
        window: Window,
        verdict: Verdict,
        sureness: float = 0.0,
        best: Candidate | None = None,
        candidates: Sequence[Candidate] = (),
        hits: Sequence[Hit] = (),
    ) -> Answer:
        answered = verdict.decision is Decision.ANSWER and best is not None
        language = phrases.language_of(window.latest, window.customer)
        if answered and best is not None:
            reply, mode = best.text, best.origin
            cited = [hit for hit in hits if hit.passage.id in best.evidence_ids]
        else:
            reply = phrases.sentence(verdict.occasion, language)
            mode = "hand_over" if verdict.decision is Decision.HAND_OVER else "phrase"
            cited = list(hits[:EVIDENCE_SHOWN])
        if not answered and verdict.decision is not Decision.HAND_OVER:
            sureness = 1.0
        evidence = tuple(evidence_of(hit) for hit in cited)
        trace: dict[str, Any] = {
            "question": shortened(window.question, 1000),
            "language": language,
            "evidence": [evidence_to_json(evidence_of(hit)) for hit in hits[:EVIDENCE_SHOWN]],
            "candidates": [candidate_to_json(candidate) for candidate in candidates],
            "decision": {**asdict(verdict), "confidence": round(sureness, 4), "mode": mode},
            "threshold": self._policy.answer_threshold,
            "versions": {"model": self._voice.name if self._voice else None, **self._versions},
        }
        return Answer(
            reply=reply,
            decision=verdict.decision,
            confidence=sureness,
            mode=mode,
            reason=verdict.reason,
            detail=verdict.detail,
            evidence=evidence,
            suggestion=best.text if best is not None and not answered else None,
            trace=trace,
        )


def _suggested(window: Window, retriever: Retriever, ranker: Ranker) -> list[Candidate]:
    """Past answers and article passages, best first; those that failed a check come last."""
    if not window.has_words:
        return []
    recalled = recall(window, retriever)
    candidates = ranker.scored(window, writer.verbatim(window, recalled.hits), recalled)
    return sorted(candidates, key=lambda candidate: not candidate.passed)


def _read_for_typing(
    retriever: Retriever, ranker: Ranker, said: tuple[tuple[Role, str], ...], change: int
) -> tuple[Window, tuple[str, ...]]:
    """The window of a conversation and what its agent is likely to draw on, as the index is after ``change``."""
    del change  # it stands in the key of what is kept: what was deleted since must not be completed
    window = read([Turn(role, text) for role, text in said])
    found = _suggested(window, retriever, ranker)
    near = max((candidate.features["similarity"] for candidate in found), default=0.0) - EVIDENCE_REACH
    texts = [candidate.text for candidate in found if candidate.features["similarity"] >= near]
    return window, tuple(texts[: writer.EVIDENCE_FOR_DRAFT])


def _best(candidates: Sequence[Candidate]) -> Candidate | None:
    """The first that passed: candidates come best first."""
    return next((candidate for candidate in candidates if candidate.passed), None)


def evidence_for(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> list[Hit]:
    """The hits behind the best candidates that passed, best first: what a draft is written from."""
    by_id = {hit.passage.id: hit for hit in hits}
    passed = [by_id[name] for candidate in candidates if candidate.passed for name in candidate.evidence_ids]
    near = max((hit.similarity for hit in passed), default=0.0) - EVIDENCE_REACH
    return [hit for hit in passed if hit.similarity >= near][: writer.EVIDENCE_FOR_DRAFT]
