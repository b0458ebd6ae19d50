"""The features of a candidate reply, numbers by name: all that its probability is made of.

| name | what it is |
|---|---|
| similarity | cosine of the question and the past question (or passage) that the candidate comes from |
| retrieval | what ranks any replies on a desk that has tuned nothing: cosine + neighbours - 0.75 crowding, as below |
| cosine, neighbours, crowding, words, wording, length, tuned, tuned_neighbours | of ``reply_scores.parts`` |
| agreed | how many of the nearest hundred past answers say the same, weighed by nearness (``consensus.agreed``) |
| support | mean cosine of the candidate with the nearest past answers |
| agreement | mean cosine of the nearest past answers among themselves |
| margin | how much nearer the nearest moment is than those behind the crowd |
| lead | how much nearer the candidate's own past question is than the nearest one of another conversation |
| same | share of the near neighbours, by nearness, whose answer says the same (cosine above ``SAME``) |
| votes | of the near neighbours that link any article, the share, by nearness, that links one of the candidate's |
| count | ln of how many past questions got this very answer |
| age | years since the answer was given, as of the desk's newest passage (or the time asked at); absent for articles |
| outcome | how well the answer did (``data.outcome``) |
| article | 1 for parts of an article, 0 for a past answer |
| late, missed, part_score, part_lead, part_votes | of the best part of an article (``dialogue/match.py``) |
| own_case | 1 where the customer names an order, with parts of an article |
| parts, subject | how many parts are sent; 1 where they name the product that was asked about, or none is named |
| refined | 1 for a reply composed of several answers, 0 for one as it stands |
| written | 1 for a past answer with this conversation's facts, or GPT-2's own reply |
| likelihood, doubt | of one that it wrote: nats a token, and that our agents would say what nothing here says |
| question_length | ln(1 + words) |
| language | 1 where candidate and customer speak the same language, by frequent words; 0 where not |
| turns | ln(1 + the customer's messages so far): a first question or a later one |
| overlap | share of the question's content words that the past question or the answer has as well |
| coverage | share of the candidate's content words that the near neighbours' answers have as well |
| asks | 1 where the candidate is itself a question |
| scope | log-odds that the question is this desk's business (``dialogue/rank/scope.py``), where a contract knows it |
| gain | GPT-2's likelihood gain in nats a token, where it was asked |

A feature that cannot be known is absent, as votes are where no neighbour links anything. Knows no weights and decides
nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.ask import is_question
from chatbot.dialogue.text.language import language_of
from data.times import parse_time
from data.transcripts import Role
from retrieval.passages import PassageKind
from retrieval.search.reply_scores import ReplyWeights, summed
from retrieval.terms import known_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

CROWD = 5
"""How many of the nearest past answers are asked whether they agree."""
SAME = 0.85
"""Cosine above which two answers count as one."""
_SHARPNESS = 15.0
_YEAR = 365.25 * 24 * 3600  # seconds
_BUILT_IN = ReplyWeights(neighbours=1.0, crowding=-0.75, words=0.0)
"""What "retrieval" is made of: the parts that the built-in formula was fitted with, whatever orders candidates now."""


def features(
    retriever: Retriever,
    window: Window,
    candidates: Sequence[Candidate],
    retrieved: Retrieved,
    found: Mapping[str, NDArray[np.float32]],
    vectors: NDArray[np.float32],
    agreed: Sequence[float],
) -> list[dict[str, float]]:
    """The features of each candidate; ``found`` are their parts, ``vectors`` (c, d) and ``agreed`` (c) theirs."""
    neighbours = _Neighbours(retrieved)
    retrieval = summed(found, _BUILT_IN)
    common = {
        "agreement": _agreement(retrieved),
        "margin": _margin(retrieved),
        "question_length": math.log1p(len(window.question.split())),
        "turns": math.log1p(sum(turn.role is Role.CUSTOMER for turn in window.turns)),
    }
    now = _now(retriever, retrieved)
    language = language_of(*window.spoken)
    asked = frozenset(known_terms(window.question))
    supports = _supports(vectors, retrieved)
    rows = []
    for place, candidate in enumerate(candidates):
        hit = retrieved.by_id.get(candidate.evidence_ids[0]) if candidate.evidence_ids else None
        rows.append(
            {
                **common,
                "agreed": agreed[place],
                "support": supports[place],
                "retrieval": float(retrieval[place]),
                **{name: float(part[place]) for name, part in found.items()},
                "refined": float(candidate.origin == "refined"),
                "written": float(candidate.origin == "written"),
                "language": float(language_of(candidate.text) == language),
                "asks": float(is_question(candidate.text)),
                "same": neighbours.same(vectors[place]),
                "coverage": neighbours.coverage(candidate.text),
                **(_of_passage(hit, neighbours, asked, now) if hit is not None else {}),
            }
        )
    return rows


def _of_passage(hit: Hit, neighbours: _Neighbours, asked: frozenset[str], now: float) -> dict[str, float]:
    """What the passage behind a candidate tells."""
    passage = hit.passage
    article = passage.kind is PassageKind.ARTICLE
    said = frozenset((*known_terms(passage.question), *known_terms(passage.answer)))
    row = {
        "article": float(article),
        "outcome": passage.outcome,
        "count": math.log(passage.count),
        "lead": hit.similarity - neighbours.nearest_other(passage.source_id),
        "overlap": len(asked & said) / len(asked) if asked else 0.0,
    }
    votes = neighbours.votes(frozenset([passage.source_id]) if article else frozenset(passage.links))
    if votes is not None:
        row["votes"] = votes
    if not article and (created := parse_time(passage.created)):
        row["age"] = max(0.0, (now - created.timestamp()) / _YEAR)
    return row


def _now(retriever: Retriever, retrieved: Retrieved) -> float:
    """When the question is asked, in seconds: as late as what may be found allows."""
    limit = parse_time(retrieved.known.before)
    return limit.timestamp() if limit else float(retriever.live.view.newest)


class _Neighbours:
    """The nearest past moments and how much each counts."""

    def __init__(self, retrieved: Retrieved) -> None:
        self._hits = retrieved.near
        self._answers = retrieved.near_answers
        near = np.exp(_SHARPNESS * np.array([hit.similarity for hit in self._hits], dtype=np.float64))
        self._weights = near / near.sum() if len(near) else near
        self._linking = np.array([bool(hit.passage.links) for hit in self._hits], dtype=np.bool_)
        self._said = frozenset(term for hit in self._hits[:CROWD] for term in known_terms(hit.passage.answer))

    def same(self, vector: NDArray[np.float32]) -> float:
        return float(self._weights[self._answers @ vector > SAME].sum()) if len(self._hits) else 0.0

    def votes(self, slugs: frozenset[str]) -> float | None:
        voting = self._weights[self._linking].sum() if len(self._hits) else 0.0
        if not voting:
            return None
        agreeing = [not slugs.isdisjoint(hit.passage.links) for hit in self._hits]
        return float(self._weights[agreeing].sum() / voting)

    def nearest_other(self, source_id: str) -> float:
        return max((hit.similarity for hit in self._hits if hit.passage.source_id != source_id), default=0.0)

    def coverage(self, text: str) -> float:
        own = frozenset(known_terms(text))
        return len(own & self._said) / len(own) if own else 0.0


def _supports(vectors: NDArray[np.float32], retrieved: Retrieved) -> list[float]:
    """Mean cosine of each vector, (c, d), with the nearest past answers; 0 where there are none."""
    answers = retrieved.answers[:CROWD]
    return [float(value) for value in (vectors @ answers.T).mean(axis=1)] if len(answers) else [0.0] * len(vectors)


def _agreement(retrieved: Retrieved) -> float:
    """Mean cosine of the nearest past answers among themselves; 0 where there are not two."""
    answers = retrieved.answers[:CROWD]
    count = len(answers)
    return float(((answers @ answers.T).sum() - count) / (count * (count - 1))) if count > 1 else 0.0


def _margin(retrieved: Retrieved) -> float:
    """How much nearer the nearest moment is than those behind the crowd; 0 where there are none."""
    similarities = sorted((hit.similarity for hit in retrieved.near), reverse=True)
    behind = similarities[CROWD:]
    return similarities[0] - sum(behind) / len(behind) if behind else 0.0
