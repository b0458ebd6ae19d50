"""Orders replies by consensus: how many of the past answers to like questions say the same.

What many agents answered to nearly this question is likelier the right reply than the single answer to the nearest
question, which may be an aside, a thank you, or one agent's guess. Choosing it is minimum Bayes risk decoding (Kumar
and Byrne 2004, "Minimum Bayes-Risk Decoding for Statistical Machine Translation") with past answers, weighed by
nearness, in place of a model's samples; the gain is whether two say the same. Knows vectors, not texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.match import vote_shares
from chatbot.dialogue.rank.agreement import MAX_BAR, same_above
from chatbot.dialogue.retrieve import ARTICLES, NEAR
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.retrieve import Retrieved
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

SCORE_WEIGHT = 0.5
"""How much the score of a passage counts beside how many agree. Chosen on Thunderbird's past and the sample shop
(docs/results/trust.md): with 0 replies of far-off questions are chosen, with 1 less is right."""
TUNED_WEIGHT = 1.0
"""How much what the encoder learnt of the desk counts, beyond its part in that score and in the same units."""
_STEEPNESS = 20.0
_BAR_MOMENTS = 5000


def desk_bar(retriever: Retriever) -> float:
    """The cosine from which two of this desk's answers say the same, from a fixed sample of its moments."""
    view = retriever.live.view
    places = np.flatnonzero(view.shown & view.of_kind(PassageKind.MOMENT))
    if len(places) > _BAR_MOMENTS:
        places = np.sort(np.random.default_rng(0).choice(places, _BAR_MOMENTS, replace=False))
    if not len(places):
        return 1.0
    sources = view.column("source", places)
    return same_above(view.question_vectors(places), view.answer_vectors(places), sources)


def agreed(vectors: NDArray[np.float32], retrieved: Retrieved, bar: float) -> NDArray[np.float64]:
    """The share of past answers, weighed by nearness, that say what replies of these vectors (c, d) say; shape (c).

    Half a vote at the desk's ``bar``, more above it, less below: a logistic curve, so that a reply slightly off the bar
    is not as wrong as one about something else. A reply's own past answer votes too. 0 where there are no moments.
    """
    if not retrieved.moments:
        return np.zeros(len(vectors))
    same = 1 / (1 + np.exp(-_STEEPNESS * (vectors @ retrieved.answers.T - min(bar, MAX_BAR))))
    return np.asarray(same @ vote_shares(retrieved.moments), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Order:
    """In which order what was found is considered: ``hits``, and what each is worth as a reply, by passage id."""

    hits: Sequence[Hit]
    worth: Mapping[str, float]

    def best(self, candidates: Sequence[Candidate]) -> list[Hit]:
        """The hits behind past answers that passed their checks, those worth most first: what may be composed of."""
        by_id = {hit.passage.id: hit for hit in self.hits}
        passed = [candidate.evidence_ids[0] for candidate in candidates if candidate.passed]
        return [by_id[name] for name in sorted(by_id.keys() & passed, key=lambda name: (-self.worth[name], name))]


def consensus_order(retrieved: Retrieved, retriever: Retriever, bar: float) -> Order:
    """What most agents said and what is nearest, alternately, each the best first.

    Both, because vectors hardly tell "descale the kettle" from "descale the lamp": what is usually said may be about
    something else, which the checks find, and then the nearest is still there.
    """
    hits = [*retrieved.moments, *retrieved.articles]
    if not hits:
        return Order([], {})
    vectors = np.concatenate([retrieved.answers, retriever.answer_vectors(retrieved.articles)])
    worth = agreed(vectors, retrieved, bar) + np.array([passage_worth(hit) for hit in hits])
    usual = [hits[place] for place in np.argsort(-worth, kind="stable")[: NEAR + ARTICLES].tolist()]
    both = {
        hit.passage.id: hit for pair in zip_longest(usual, retrieved.hits[: NEAR + ARTICLES]) for hit in pair if hit
    }
    return Order(list(both.values()), {hit.passage.id: float(value) for hit, value in zip(hits, worth, strict=True)})


def passage_worth(hit: Hit) -> float:
    """What a reply from this passage is worth beside how many agree with it."""
    return SCORE_WEIGHT * hit.score + TUNED_WEIGHT * hit.why.get("tuned", 0.0)
