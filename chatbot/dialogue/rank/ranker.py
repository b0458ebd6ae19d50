"""Ranks replies, and gives each candidate its features and its probability.

    score = retrieval's score + GAIN_WEIGHT x gain

Any texts (`understudy rank`) are scored by ``reply_scores`` of retrieval: likeness to the question and to what was
answered to its neighbours. Candidates for an answer are too, until a contract serves: then it is known how often what
most agents said is right, and consensus orders them (``rank/consensus.py``). gain is GPT-2's likelihood gain in nats a
token (``ReplyModel.pmi``), clipped to +-``GAIN_LIMIT``.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.rank.consensus import Order, agreed, consensus_order, desk_bar, passage_worth
from chatbot.dialogue.rank.features import features
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.scope import FEATURE, Scope
from chatbot.dialogue.timing import step
from retrieval.search.reply_scores import ReplyWeights, chosen, parts, score_candidates, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.retriever import Retriever

GAIN_WEIGHT = 0.0
"""Weight of GPT-2's gain; 0 does not ask GPT-2 at all. On 200 questions of the end of Thunderbird's train that training
held out, 0.1 was the best of nine by 0.002 of MRR, which is noise at a second a question, and more did harm
(the replies of `benchmarks/voice.py` sweep it anew). A better base deserves a new sweep."""
GAIN_LIMIT = 1.0
"""A very rare word can gain several nats; beyond this a gain says nothing more."""

_DRAW = 1.0
"""Strength of the L2 penalty on the weights of standardised parts."""
_EVEN = 1e-9
"""A part that differs less than this between the replies to one question gets no weight."""


class Ranker:
    """Ranks replies to one window with what is loaded: retrieval alone, or GPT-2 as well."""

    def __init__(
        self,
        retriever: Retriever,
        reply_model: ReplyModel | None = None,
        *,
        gain_weight: float = GAIN_WEIGHT,
        weights: ReplyWeights | None = None,
        probability_model: ProbabilityModel | None = None,
        scope: Scope | None = None,
        usual: bool = False,
    ) -> None:
        """Join what is loaded. ``usual``: candidates are ordered by how many agents said the same, else as any text."""
        self._retriever = retriever
        self._reply_model = reply_model
        self._gain_weight = gain_weight
        self._weights = weights or chosen(retriever)
        self._probability_model = probability_model or ProbabilityModel.default()
        self._scope = scope
        self._usual = usual
        # The same parts of articles are candidates for many questions. 384 numbers each: 3 MB at most.
        self._written = lru_cache(maxsize=2048)(lambda text: retriever.encoder.encode([text])[0])

    def scores(self, window: Window, texts: Sequence[str]) -> list[float]:
        """Score texts from anywhere as replies, in their order; higher is more likely ours, a blank one is last."""
        scores = score_candidates(self._retriever, window.question, texts, weights=self._weights)
        return [
            combined(score, gain, self._gain_weight)
            for score, gain in zip(scores, self._pmi(window, texts), strict=True)
        ]

    @cached_property
    def _bar(self) -> float:
        return desk_bar(self._retriever)

    @step("rank")
    def order(self, retrieved: Retrieved) -> Order:
        """The order in which what was found is considered as replies."""
        if self._usual:
            return consensus_order(retrieved, self._retriever, self._bar)
        return Order(retrieved.hits, {name: hit.score for name, hit in retrieved.by_id.items()})

    @step("rank")
    def ranked(
        self, window: Window, candidates: Sequence[Candidate], retrieved: Retrieved, liked: Sequence[str] = ()
    ) -> list[Candidate]:
        """The candidates with their scores, features and probabilities, best first; of equals the composed one.

        What articles say keeps its order, which is that of the parts, what GPT-2 wrote keeps its own, and what agents
        said has one, before which come the texts that are ``liked``: of those that are first the likeliest goes ahead.
        """
        if not candidates:
            return []
        vectors = self._vectors(candidates, retrieved)
        texts = [candidate.text for candidate in candidates]
        found = parts(self._retriever, window.question, retrieved.question, texts, vectors, retrieved.moments)
        agreement = agreed(vectors, retrieved, self._bar)
        scores: NDArray[Any] = summed(found, self._weights)
        if self._usual:
            worth = {name: passage_worth(hit) for name, hit in retrieved.by_id.items()}
            scores = agreement + [max(worth[name] for name in each.evidence_ids) for each in candidates]
        gains = self._pmi(window, texts)
        table = features(self._retriever, window, candidates, retrieved, found, vectors, agreement.tolist())
        scope = {} if self._scope is None else {FEATURE: float(self._scope.log_odds(retrieved.question[None])[0])}
        rated = []
        for candidate, score, gain, row in zip(candidates, scores, gains, table, strict=True):
            known = {**candidate.features, **row, **scope, **({} if gain is None else {"gain": gain})}
            rated.append(
                replace(
                    candidate,
                    score=combined(float(score), gain, self._gain_weight),
                    features=known,
                    probability=self._probability_model.probability(known),
                )
            )
        places = {text: place for place, text in enumerate(liked)}
        kinds = ["" if each.text in places else each.origin for each in rated]
        told = [each for each, kind in zip(rated, kinds, strict=True) if kind == "excerpt"]
        own = [each for each, kind in zip(rated, kinds, strict=True) if kind == "written"]
        said = sorted(
            (each for each, kind in zip(rated, kinds, strict=True) if kind not in {"excerpt", "written"}),
            key=lambda each: (places.get(each.text, len(places)), -each.score, each.origin == "verbatim"),
        )
        return _merged(told, said, own)

    def _pmi(self, window: Window, texts: Sequence[str]) -> Sequence[float | None]:
        asked = self._reply_model is not None and self._gain_weight and texts
        return self._reply_model.pmi(window.turns, texts) if self._reply_model and asked else [None] * len(texts)

    def _vectors(self, candidates: Sequence[Candidate], retrieved: Retrieved) -> NDArray[np.float32]:
        """A vector for each candidate, (c, d). A verbatim one's passage has its vector in the index already."""
        rows = [
            self._retriever.answer_vectors([retrieved.by_id[candidate.evidence_ids[0]]])[0]
            if candidate.origin == "verbatim"
            else self._written(candidate.text)
            for candidate in candidates
        ]
        return np.stack(rows)


def _merged(*lists: list[Candidate]) -> list[Candidate]:
    """All lists in one, each in its own order, the likeliest of their heads first; of equals that of the first list."""
    merged = []
    while left := [each for each in lists if each]:
        merged.append(max(left, key=lambda each: each[0].probability).pop(0))
    return merged


def combined(retrieval: float, gain: float | None, weight: float = GAIN_WEIGHT) -> float:
    """The ranking formula; without a gain, retrieval alone."""
    return retrieval + weight * min(max(gain or 0.0, -GAIN_LIMIT), GAIN_LIMIT)


def fit_ranking(questions: Sequence[Mapping[str, NDArray[np.float32]]]) -> ReplyWeights:
    """Weights of the parts that make the true replies come first.

    Conditional logit (McFadden 1974): the probability that a reply was the true one is the softmax of the weighted
    parts over the candidates of its question; weights of the standardised parts are drawn to 0 by an L2 penalty.
    The same as a listwise ranking loss (Cao et al. 2007, "ListNet") with one relevant reply.

    ``questions`` are for each the ``reply_scores.parts``, each of shape (c), the true reply first; the parts are the
    same for all, the number of candidates may differ.

    Raises:
        ValueError: there are no questions, or none with two candidates.

    """
    from scipy.optimize import minimize

    usable = [parts for parts in questions if len(next(iter(parts.values()), ())) > 1]
    if not usable:
        raise ValueError("expected questions with a true reply and at least one other")
    names = sorted(usable[0])
    tables = [np.stack([np.asarray(parts[name], dtype=np.float64) for name in names], axis=1) for parts in usable]
    # Only differences within a question count, so only they set the scale.
    scale = np.sqrt(np.mean([table.var(axis=0) for table in tables], axis=0))
    scale[scale < _EVEN] = np.inf
    scaled = [(table - table[0]) / scale for table in tables]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.5 * _DRAW * float(weights @ weights), _DRAW * weights
        for table in scaled:
            scores = table @ weights
            shares = np.exp(scores - scores.max())
            total += float(np.log(shares.sum()) + scores.max())
            slope = slope + shares @ table / shares.sum()
        return total, slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x / scale
    weights = dict.fromkeys(asdict(ReplyWeights()), 0.0) | dict(zip(names, map(float, found), strict=True))
    return ReplyWeights(**weights)
