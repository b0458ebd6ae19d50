"""The one ranking: how likely a reply is ours, for choosing among candidates and for `understudy rank`.

    score = retrieval part + GAIN_WEIGHT x gain

The retrieval part is ``score_candidates`` of the retriever (likeness to the question and to what was answered to its
neighbours); gain is GPT-2's likelihood gain in nats a token (``Voice.gains``), held within +-``GAIN_LIMIT``. Also gives
the confidence that the policy decides on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.replies import ReplyWeights, chosen, parts, score_candidates, summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.recall import Recalled
    from chatbot.dialogue.voice import Voice
    from chatbot.dialogue.window import Window
    from retrieval.retriever import Retriever

GAIN_WEIGHT = 0.0
"""Weight of GPT-2's gain; 0 does not ask GPT-2 at all. On 200 questions of the end of Thunderbird's train that training
held out, 0.1 was the best of nine by 0.002 of MRR, which is noise at a second a question, and more did harm
(the replies of `benchmarks/voice.py` sweep it anew). A better base deserves a new sweep."""
GAIN_LIMIT = 1.0
"""A very rare word can gain several nats; beyond this a gain says nothing more."""
CROWD = 5
"""How many of the nearest past answers are asked whether they agree."""

_PLAIN = ReplyWeights(neighbours=1.0, crowding=-0.75, words=0.0)
"""What "retrieval" in the confidence is made of: the parts it was fitted with, whatever orders the candidates now."""
_WEIGHTS = {"similarity": 6.0, "retrieval": 3.5, "margin": 2.5, "support": 1.0}
_EVEN = 6.4


class Ranker:
    """Ranks replies to one window with what is loaded: retrieval alone, or GPT-2 as well."""

    def __init__(self, retriever: Retriever, voice: Voice | None = None, *, gain_weight: float = GAIN_WEIGHT) -> None:
        self._retriever = retriever
        self._voice = voice
        self._gain_weight = gain_weight

    def scores(self, window: Window, texts: Sequence[str]) -> list[float]:
        """Score texts from anywhere as replies, in their order; higher is more likely ours, a blank one is last."""
        scores = score_candidates(self._retriever, window.question, texts)
        return [
            combined(score, gain, self._gain_weight)
            for score, gain in zip(scores, self._gains(window, texts), strict=True)
        ]

    def scored(self, window: Window, candidates: Sequence[Candidate], recalled: Recalled) -> list[Candidate]:
        """The candidates with their scores and features, best first."""
        if not candidates:
            return []
        vectors = self._vectors(candidates, recalled)
        texts = [candidate.text for candidate in candidates]
        found = parts(self._retriever, window.question, recalled.question, texts, vectors, recalled.moments)
        scores, plain = summed(found, chosen(self._retriever)), summed(found, _PLAIN)
        gains = self._gains(window, texts)
        shared = {"agreement": _agreement(recalled), "margin": _margin(recalled)}
        rated = [
            replace(
                candidate,
                score=combined(float(score), gain, self._gain_weight),
                features={
                    **candidate.features,
                    **shared,
                    "support": support,
                    "retrieval": float(part),
                    **({} if gain is None else {"gain": gain}),
                },
            )
            for candidate, score, part, gain, support in zip(
                candidates, scores, plain, gains, _supports(vectors, recalled), strict=True
            )
        ]
        return sorted(rated, key=lambda candidate: -candidate.score)

    def _gains(self, window: Window, texts: Sequence[str]) -> Sequence[float | None]:
        asked = self._voice is not None and self._gain_weight and texts
        return self._voice.gains(window.turns, texts) if self._voice and asked else [None] * len(texts)

    def _vectors(self, candidates: Sequence[Candidate], recalled: Recalled) -> NDArray[np.float32]:
        """A vector for each candidate, (c, d). A verbatim one's passage has its vector in the index already."""
        by_id = {hit.passage.id: hit for hit in recalled.hits}
        rows = [
            self._retriever.answer_vectors([by_id[candidate.evidence_ids[0]]])[0]
            if candidate.origin == "verbatim"
            else self._retriever.encoder.encode([candidate.text])[0]
            for candidate in candidates
        ]
        return np.stack(rows)


def combined(retrieval: float, gain: float | None, weight: float = GAIN_WEIGHT) -> float:
    """The ranking formula; without a gain, retrieval alone."""
    return retrieval + weight * min(max(gain or 0.0, -GAIN_LIMIT), GAIN_LIMIT)


def confidence(candidate: Candidate) -> float:
    """How sure we are of a candidate, above 0 and below 1; 0.5 is where the default policy begins to answer.

    A logistic function of four features: the similarity of the question to the past one (or the passage) that
    the candidate comes from, its retrieval score, the margin of the nearest moment over those behind the crowd,
    and the candidate's likeness to the nearest past answers. It orders well; as a probability it is NOT
    calibrated: 0.8 does not mean right in eight of ten cases.

    The weights are a logistic regression, rounded by hand, on the sample desk: right = the candidate's article is
    the question's. Questions: 200 first questions of transcripts asked without their own conversation, the 28
    answerable ones of questions.jsonl, and to be refused its other 12, 200 of banking77 and 200 of clinc150 (seed 0).
    Cross-validated AUC 0.84, no more than similarity alone; what the others buy is fewer wrong answers among those
    given. Agreement among the neighbours gained nothing beside likeness to them, so it stands in the trace only; nor
    did word overlap, which is left out. `benchmarks/first_light_decisions.py` prints what each threshold does.
    """
    features = candidate.features
    score = sum(weight * features.get(name, 0.0) for name, weight in _WEIGHTS.items()) - _EVEN
    return 1 / (1 + math.exp(-score))


def _supports(vectors: NDArray[np.float32], recalled: Recalled) -> list[float]:
    """Mean cosine of each vector, (c, d), with the nearest past answers; 0 where there are none."""
    answers = recalled.answers[:CROWD]
    return [float(value) for value in (vectors @ answers.T).mean(axis=1)] if len(answers) else [0.0] * len(vectors)


def _agreement(recalled: Recalled) -> float:
    """Mean cosine of the nearest past answers among themselves; 0 where there are not two."""
    answers = recalled.answers[:CROWD]
    count = len(answers)
    return float(((answers @ answers.T).sum() - count) / (count * (count - 1))) if count > 1 else 0.0


def _margin(recalled: Recalled) -> float:
    """How much nearer the nearest moment is than those behind the crowd; 0 where there are none."""
    similarities = sorted((hit.similarity for hit in recalled.moments), reverse=True)
    behind = similarities[CROWD:]
    return similarities[0] - sum(behind) / len(behind) if behind else 0.0
