"""The way of one message: read, recall, write, check, rank, decide. One line a step; the steps are beside.

Works without a voice (retrieval only) and keeps a trace of everything it weighed. Synchronous; called from
the one thread that owns the models.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol

from chatbot.dialogue.answer import (
    Answer,
    Candidate,
    Decision,
    candidate_to_json,
    evidence_of,
    evidence_to_json,
    shortened,
)
from chatbot.dialogue.decide.policy import Policy, PolicyVerdict, is_out_of_scope
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.ranker import GAIN_WEIGHT, Ranker
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.text import set_phrases
from chatbot.dialogue.window import Window, read
from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT, refined, verbatim
from chatbot.dialogue.write.clarifying import Question, asking_to_json, usual_question
from chatbot.engine.protocol import never
from chatbot.errors import NoModelError
from data.transcripts import Role, Turn
from retrieval.search.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.dialogue.complete.completer import Completer, Completion
    from chatbot.dialogue.rank.scope import Scope
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.hits import Hit
    from retrieval.search.reply_scores import ReplyWeights
    from retrieval.search.retriever import Retriever

EVIDENCE_SHOWN = 5
EVIDENCE_REACH = 0.25
"""Evidence for a draft is at most this much less similar than the best."""
_TYPED_AT_ONCE = 16
"""Conversations whose evidence is kept while somebody types an answer."""


class TopicOf(Protocol):
    """What the pipeline needs of topics."""

    def topic_of(self, vector: NDArray[np.float32]) -> str | None:
        """The id of the topic that a question's vector (d) belongs to."""


@dataclass(frozen=True, slots=True)
class Considered:
    """What was found for one message, and what was made of it."""

    window: Window
    candidates: tuple[Candidate, ...] = ()
    best: Candidate | None = None
    probability: float = 0.0
    topic: str | None = None
    question: Question | None = None
    hits: tuple[Hit, ...] = ()

    @property
    def language(self) -> str:
        """The language we speak to this customer."""
        return set_phrases.language_of(self.window.latest, self.window.customer)

    def sent(self, decision: Decision) -> Candidate | None:
        """The candidate that goes to the customer under a decision, if one does."""
        if decision is Decision.ASK_BACK:
            return self.question.candidate if self.question else None
        return self.best if decision is Decision.ANSWER else None


class Pipeline:
    """Answers, ranks, suggests and completes with one index and, where there is one, one model version."""

    def __init__(
        self,
        retriever: Retriever,
        reply_model: ReplyModel | None = None,
        policy: Policy | None = None,
        *,
        probability_model: ProbabilityModel | None = None,
        scope: Scope | None = None,
        ranking: ReplyWeights | None = None,
        topics: TopicOf | None = None,
        versions: Mapping[str, str | None] | None = None,
        gain_weight: float = GAIN_WEIGHT,
        completer: Completer | None = None,
        composes: bool | None = None,
    ) -> None:
        """Join what is loaded; ``probability_model``, ``scope``, ``ranking`` and the thresholds are the contract's.

        ``composes``: whether what agents agree on is preferred to what is nearest, and a reply composed of several past
        answers stands beside each as it is. None: where the probability was fitted, for nothing else says how often
        such replies are right.
        """
        self._retriever = retriever
        self._reply_model = reply_model
        self._policy = policy or Policy()
        self._probability_model = probability_model or ProbabilityModel.default()
        self._topics = topics
        self._composes = self._probability_model.fitted if composes is None else composes
        self._ranker = Ranker(
            retriever,
            reply_model,
            gain_weight=gain_weight,
            weights=ranking,
            probability_model=self._probability_model,
            scope=scope,
            usual=self._composes,
        )
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
        return self._decided(read(turns), Filters(), on_delta, should_stop)

    def backtest(self, turns: Sequence[Turn], *, before: str | None, exclude_source: str) -> Answer:
        """``answer`` as it would have been then: from passages created before a date, none of this conversation.

        Raises:
            ValueError: ``before`` is no date.

        """
        known = Filters(before=before, exclude_sources=frozenset([exclude_source]))
        return self._decided(read(turns), known, None, never)

    def _decided(
        self,
        window: Window,
        known: Filters,
        on_delta: Callable[[str], None] | None,
        should_stop: Callable[[], bool],
    ) -> Answer:
        verdict = self._policy.at_once(window)
        if verdict is not None:
            return self._outcome(Considered(window), verdict)
        retrieved = retrieve(window, self._retriever, known)
        topic = self._topics.topic_of(retrieved.question) if self._topics else None
        candidates = self._ranker.scored(window, verbatim(window, self._ranker.in_order(retrieved)), retrieved)
        best = _best(candidates)
        if self._composes and best is not None:
            draft = refined(
                window,
                evidence_for(candidates, retrieved.hits),
                on_delta=on_delta if self._policy.is_confident(best.probability, topic) else None,
                should_stop=should_stop,
                neighbours=retrieved.near,
            )
            if draft is not None:
                candidates = [*candidates, *self._ranker.scored(window, [draft], retrieved)]
                best = _preferred(best, candidates[-1])
        probability = best.probability if best else 0.0
        question = None if self._policy.is_confident(probability, topic) else usual_question(window, retrieved)
        out_of_scope = self._topics is not None and best is not None and is_out_of_scope(topic, best.features)
        verdict = self._policy.on(
            candidates, best, probability, topic=topic, out_of_scope=out_of_scope, question=question
        )
        considered = Considered(window, tuple(candidates), best, probability, topic, question, tuple(retrieved.hits))
        return self._outcome(considered, verdict)

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
            NoModelError: it was built without anything that can complete.

        """
        if self._completer is None:
            raise NoModelError("No model serves that can complete a draft: `understudy train` makes one.")
        said = tuple((turn.role, turn.text) for turn in turns)
        window, evidence = self._while_typing(said, self._retriever.live.view.change)
        return self._completer.complete(window.turns, draft, evidence)

    def _outcome(self, considered: Considered, verdict: PolicyVerdict) -> Answer:
        sent = considered.sent(verdict.decision)
        if sent is not None:
            reply, mode = sent.text, sent.origin
            cited = [hit for hit in considered.hits if hit.passage.id in sent.evidence_ids]
        else:
            reply = set_phrases.sentence(verdict.occasion, considered.language)
            speaks = verdict.decision in {Decision.ANSWER, Decision.ASK_BACK}
            mode = "phrase" if speaks else "hand_over"
            cited = list(considered.hits[:EVIDENCE_SHOWN])
        confidence = 1.0 if mode == "phrase" else considered.probability
        best = considered.best
        return Answer(
            reply=reply,
            decision=verdict.decision,
            confidence=confidence,
            mode=mode,
            reason=verdict.reason,
            detail=verdict.detail,
            evidence=tuple(evidence_of(hit) for hit in cited),
            suggestion=best.text if best is not None and verdict.decision is not Decision.ANSWER else None,
            trace=self._trace(considered, verdict, confidence, mode),
            best=best,
            topic=considered.topic,
        )

    def _trace(self, considered: Considered, verdict: PolicyVerdict, confidence: float, mode: str) -> dict[str, Any]:
        return {
            "question": shortened(considered.window.question, 1000),
            "language": considered.language,
            "topic": considered.topic,
            "evidence": [evidence_to_json(evidence_of(hit)) for hit in considered.hits[:EVIDENCE_SHOWN]],
            "candidates": [candidate_to_json(candidate) for candidate in considered.candidates],
            "probability": None if considered.best is None else self._reasons(considered.best),
            "asking": None if considered.question is None else asking_to_json(considered.question),
            "threshold": self._policy.told(considered.topic),
            "decision": {**asdict(verdict), "confidence": round(confidence, 4), "mode": mode},
            "versions": {"model": self._reply_model.name if self._reply_model else None, **self._versions},
        }

    def _reasons(self, best: Candidate) -> dict[str, Any]:
        """What the best candidate's probability is made of, in log-odds, the weightiest first."""
        parts = sorted(self._probability_model.contributions(best.features).items(), key=lambda part: -abs(part[1]))
        return {
            "value": round(best.probability, 4),
            "calibrated_on": self._probability_model.cases,
            "start": round(self._probability_model.intercept, 4),
            "adds": {name: round(value, 4) for name, value in parts if round(value, 4)},
        }


def _suggested(window: Window, retriever: Retriever, ranker: Ranker) -> list[Candidate]:
    """Past answers and article passages, best first; those that failed a check come last."""
    if not window.has_words:
        return []
    retrieved = retrieve(window, retriever)
    candidates = ranker.scored(window, verbatim(window, ranker.in_order(retrieved)), retrieved)
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
    return window, tuple(texts[:EVIDENCE_FOR_DRAFT])


def _preferred(past: Candidate, draft: Candidate) -> Candidate:
    # No benefit of the doubt: with 0.3 of tolerance a young model sent nonsense in 5 of 85 Thunderbird answers.
    return draft if draft.passed and draft.score >= past.score else past


def _best(candidates: Sequence[Candidate]) -> Candidate | None:
    """The first that passed: candidates come best first."""
    return next((candidate for candidate in candidates if candidate.passed), None)


def evidence_for(candidates: Sequence[Candidate], hits: Sequence[Hit]) -> list[Hit]:
    """The hits behind the best candidates that passed, best first: what a draft is written from."""
    by_id = {hit.passage.id: hit for hit in hits}
    passed = [by_id[name] for candidate in candidates if candidate.passed for name in candidate.evidence_ids]
    near = max((hit.similarity for hit in passed), default=0.0) - EVIDENCE_REACH
    return [hit for hit in passed if hit.similarity >= near][:EVIDENCE_FOR_DRAFT]
