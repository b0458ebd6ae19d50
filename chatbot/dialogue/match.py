"""Matches a question to the parts of the desk's articles: the paragraph, the steps, the item or the row that answers.

A desk's answers are few, and most of them stand in its articles. Each part of the articles that were found is weighed
by four signals, none of which is enough alone (docs/results/retrieval.md, "Which part of an article answers"): the
nearest words (``retrieval.search.late``), the likeness of the whole, the votes of past replies (each reply to a like
question votes for the part that it is nearest to in meaning, so that what customers ask finds what agents answered
with), and how well the rest of the article fits. A question that a lead added to an article counts for all of
it. Where agents link articles, the links in the answers to like questions order the articles as well (ADR 9); how well
a part fits stays what its text says. Knows parts and numbers; writes nothing and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.blocks import blocks_of
from retrieval.passages import as_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from data.blocks import Block
    from retrieval.encoder.token_states import TokenStates
    from retrieval.search.hits import Hit
    from retrieval.search.late import LateInteraction, Word

VOTERS = 40
"""The nearest past answers that vote."""
LIKENESS, VOTES, ARTICLE_VOTES, WORDS, REST = 0.5, 0.3, 0.3, 0.05, 0.5
"""What each signal counts beside late interaction. Chosen on the open half of the sample shop's exam."""
LINKS, FEW_LINKS = 0.6, 0.03
"""What each factor e of links counts for their article, above so few of them that they count for nothing: exp(-3.5), a
neighbour at a cosine of 0.77. Chosen on the end of Thunderbird's train, among those that leave the exam as it was."""
MISSED = 0.55
"""Below this cosine a word of the question has nothing like it in a part."""
_BEST_OF_REST = 3
_SHARP_QUESTIONS, _SHARP_ANSWERS = 10.0, 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of an article: its passage, which block of it, and how well it fits; ``signals`` by name.

    ``covers`` is how much of each token of the question it holds, (tokens), at most the token's weight; ``words`` are
    the question's.
    """

    hit: Hit
    place: int
    block: Block
    score: float
    signals: Mapping[str, float]
    covers: NDArray[np.float32]
    words: tuple[Word, ...] = ()

    @property
    def slug(self) -> str:
        """Of its article."""
        return self.hit.passage.source_id


def matched(
    question: str,
    asked: TokenStates,
    moments: Sequence[Hit],
    answers: NDArray[np.float32],
    articles: Sequence[Hit],
    late: LateInteraction,
    shares: Callable[[Sequence[str]], NDArray[np.float64]],
    links: Mapping[str, float],
    *,
    told: Callable[[str], str] = str,
) -> list[Part]:
    """The parts of ``articles``, the best first.

    ``asked`` is what the encoder makes of the question, ``answers`` (n, d) the vectors of the moments' answers;
    ``shares`` tells which share of the desk's texts holds each word, ``links`` how much the answers to like questions
    link each article. ``told`` puts a part in the words of the question, where it is in others.
    """
    cut = [(hit, place, block) for hit in articles for place, block in enumerate(blocks_of(hit.passage.answer))]
    if not cut:
        return []
    texts = [told(as_read(hit.passage, block)) for hit, _, block in cut]
    found = late.matched(question, asked, texts, shares)
    slugs = np.unique([hit.passage.source_id for hit, _, _ in cut], return_inverse=True)[1]
    votes = _votes(moments[:VOTERS], answers[:VOTERS], found.whole)
    of_article = np.bincount(slugs, votes)[slugs]
    words = np.array([hit.why.get("words", 0.0) for hit, _, _ in cut])
    added = np.array([hit.why.get("added", 0.0) for hit, _, _ in cut])
    alone = (
        found.scores
        + LIKENESS * (found.whole @ asked.whole)
        + VOTES * votes
        + ARTICLE_VOTES * of_article
        + WORDS * words / max(float(words.max()), 1e-9)
        + added
    )
    scores = alone + REST * _best_few(alone, slugs)
    lead = scores - _best_elsewhere(scores, slugs)
    linked = LINKS * np.log1p(np.array([links.get(hit.passage.source_id, 0.0) for hit, _, _ in cut]) / FEW_LINKS)
    # What a question that was added says, the article answers, in whatever words.
    near = np.where(added > 0, [hit.similarity for hit, _, _ in cut], -np.inf)
    nearest = np.maximum(found.scores, near)
    missed = np.minimum(found.missed(MISSED), 1 - near)
    parts = [
        Part(
            *cut[row],
            score=float(scores[row] + linked[row]),
            signals={
                "late": float(nearest[row]),
                "missed": float(missed[row]),
                "part_votes": float(of_article[row]),
                "part_lead": float(lead[row]),
                "part_score": float(scores[row]),
            },
            covers=found.nearest[row] * found.weights,
            words=found.words,
        )
        for row in range(len(cut))
    ]
    return sorted(parts, key=lambda part: -part.score)


def vote_shares(hits: Sequence[Hit]) -> NDArray[np.float64]:
    """How much each of some hits counts by its nearness, exp(10 x similarity), 1 in all; shape (n), n above 0."""
    similarities = np.array([hit.similarity for hit in hits])
    weights = np.exp(_SHARP_QUESTIONS * (similarities - similarities.max()))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _votes(moments: Sequence[Hit], answers: NDArray[np.float32], parts: NDArray[np.float32]) -> NDArray[np.float64]:
    """The share of the past answers, weighed by nearness, that say what each part says, (parts); 0 without any."""
    if not moments:
        return np.zeros(len(parts))
    alike = answers @ parts.T
    soft = np.exp(_SHARP_ANSWERS * (alike - alike.max(axis=1, keepdims=True)))
    return np.asarray(vote_shares(moments) @ (soft / soft.sum(axis=1, keepdims=True)), dtype=np.float64)


def _best_few(scores: NDArray[np.float64], slugs: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each part the mean of the best few of its article."""
    means = np.array([np.sort(scores[slugs == slug])[-_BEST_OF_REST:].mean() for slug in range(int(slugs.max()) + 1)])
    return np.asarray(means[slugs], dtype=np.float64)


def _best_elsewhere(scores: NDArray[np.float64], slugs: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each part the best score of any other article; the lowest of all where there is no other."""
    best = np.array([scores[slugs == slug].max() for slug in range(int(slugs.max()) + 1)])
    others = [np.delete(best, slug).max(initial=float(scores.min())) for slug in range(len(best))]
    return np.asarray(others, dtype=np.float64)[slugs]
