"""The one ranking: how likely a reply is ours, for choosing among candidates and for `understudy rank`.

    score = retrieval part + GAIN_WEIGHT x gain

The retrieval part is ``Retriever.score_candidates`` (likeness to the question and to what was answered to its
neighbours); gain is GPT-2's likelihood gain in nats a token (``Voice.gains``), held within +-``GAIN_LIMIT``. Also gives
the confidence that the policy decides on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.recall import Recalled
    from chatbot.dialogue.voice import Voice
    from chatbot.dialogue.window import Window
    from retrieval.retriever import Retriever

GAIN_WEIGHT = 0.5
"""Weight of GPT-2's gain; `python benchmarks/first_light_ranking.py --sweep` shows what others give."""
GAIN_LIMIT = 1.0
"""A very rare word can gain several nats; beyond this a gain says nothing more."""
CROWD = 5
"""How many of the nearest past answers are asked whether they agree."""

_WEIGHTS = {"similarity": 6.0, "retrieval": 3.5, "margin": 2.5, "support": 1.0}
_EVEN = 6.4


@dataclass(frozen=True, slots=True)
class Score:
    """A reply's score and its two parts; ``gain`` is None without a model."""

    total: float
    retrieval: float
    gain: float | None = None


class Ranker:
    """Ranks replies to one window with what is loaded: retrieval alone, or GPT-2 as well."""

    def __init__(self, retriever: Retriever, voice: Voice | None = None, *, gain_weight: float = GAIN_WEIGHT) -> None:
        self._retriever = retriever
        self._voice = voice
        self._gain_weight = gain_weight

    def scores(self, window: Window, texts: Sequence[str], recalled: Recalled | None = None) -> list[Score]:
        """Score each text as a reply; ``recalled`` where the neighbours are known already."""
        moments = None if recalled is None else recalled.moments
        parts = self._retriever.score_candidates(window.question, texts, moments)
        gains = self._voice.gains(window.turns, texts) if self._voice and texts else [None] * len(texts)
        return [
            Score(combined(part, gain, self._gain_weight), part, gain) for part, gain in zip(parts, gains, strict=True)
        ]

    def scored(self, window: Window, candidates: Sequence[Candidate], recalled: Recalled) -> list[Candidate]:
        """The candidates with their scores and features, best first."""
        shared = {"agreement": _agreement(recalled), "margin": _margin(recalled)}
        scores = self.scores(window, [candidate.text for candidate in candidates], recalled)
        rated = [
            replace(
                candidate,
                score=score.total,
                features={
                    **candidate.features,
                    **shared,
                    "support": support,
                    "retrieval": score.retrieval,
                    **({} if score.gain is None else {"gain": score.gain}),
                },
            )
            for candidate, score, support in zip(candidates, scores, self._supports(candidates, recalled), strict=True)
        ]
        return sorted(rated, key=lambda candidate: -candidate.score)

    def _supports(self, candidates: Sequence[Candidate], recalled: Recalled) -> list[float]:
        """Mean cosine of each candidate with the nearest past answers; a verbatim one's vector is in the index."""
        if not candidates or not recalled.moments:
            return [0.0] * len(candidates)
        by_id = {hit.passage.id: hit for hit in recalled.hits}
        vectors = [
            self._retriever.answer_vectors([by_id[candidate.evidence_ids[0]]])[0]
            if candidate.origin == "verbatim"
            else self._retriever.encoder.encode([candidate.text])[0]
            for candidate in candidates
        ]
        return [float(value) for value in (np.stack(vectors) @ recalled.answers[:CROWD].T).mean(axis=1)]


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
    answerable ones of questions.jsonl, and as refusals its other 12, 200 of banking77 and 200 of clinc150 (seed
    0). AUC 0.86; similarity alone 0.845. Agreement among the neighbours gained nothing beside likeness to them
    (its weight came out below 0), so it stands in the trace only. ``policy.ANSWER_THRESHOLD`` tells what 0.5 does.
    """
    features = candidate.features
    score = sum(weight * features.get(name, 0.0) for name, weight in _WEIGHTS.items()) - _EVEN
    return 1 / (1 + math.exp(-score))


def _agreement(recalled: Recalled) -> float:
    """Mean cosine of the nearest past answers among themselves; 0 where there are not two."""
    answers = recalled.answers[:CROWD]
    count = len(answers)
    return float(((answers @ answers.T).sum() - count) / (count * (count - 1))) if count > 1 else 0.0


def _margin(recalled: Recalled) -> float:
    """How much nearer the nearest moment is than those behind the crowd; 0 where there are none."""
    similarities = [hit.similarity for hit in recalled.moments]
    behind = similarities[CROWD:]
    return similarities[0] - sum(behind) / len(behind) if behind else 0.0
