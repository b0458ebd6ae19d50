"""Scores replies by how much they look like what this desk answers to such questions: a weighted sum of features.

Numbers rank the replies to one question; they are no probabilities and not comparable between desks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.filters import Filters
from retrieval.passages import PassageKind
from retrieval.terms import known_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.index.bm25 import Lexical
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

NEIGHBOURS = 20
_SHARPNESS = 20.0
_CROWD = 10
_SMOOTHING = 0.3
_RARE = 1e-4


@dataclass(frozen=True, slots=True)
class ReplyWeights:
    """What each part counts; the parts are those of ``parts``.

    The defaults serve a desk that has trained nothing, the other set one with an adapter. Both were fitted on the end
    of Thunderbird's train file, never on dev (docs/results/retrieval.md). ``wording`` and ``length`` count only in
    weights that are fitted on the desk itself (``fit_ranking`` of the dialogue).
    """

    cosine: float = 1.0
    neighbours: float = 0.6
    crowding: float = -0.9
    words: float = 0.04
    tuned: float = 0.0
    tuned_neighbours: float = 0.0
    wording: float = 0.0
    length: float = 0.0


UNTUNED = ReplyWeights()
TUNED = ReplyWeights(cosine=0.0, neighbours=0.1, crowding=-0.2, words=0.017, tuned=1.0, tuned_neighbours=0.15)


def score_candidates(
    retriever: Retriever,
    question: str,
    candidates: Sequence[str],
    hits: Sequence[Hit] | None = None,
    weights: ReplyWeights | None = None,
) -> list[float]:
    """One score a candidate, higher is more like this desk's answers; blank ones score lowest.

    ``question`` is normally ``question_text`` of the dialogue, ``hits`` its neighbours if they are known already.
    """
    if not candidates:
        return []
    vectors = retriever.encoder.encode([question, *candidates])
    scores = score_vectors(retriever, question, vectors[0], candidates, vectors[1:], hits, weights)
    lowest = float(scores.min()) - 1.0
    return [lowest if not text.strip() else float(score) for text, score in zip(candidates, scores, strict=True)]


def score_vectors(
    retriever: Retriever,
    question: str,
    vector: NDArray[np.float32],
    candidates: Sequence[str],
    vectors: NDArray[np.float32],
    hits: Sequence[Hit] | None = None,
    weights: ReplyWeights | None = None,
) -> NDArray[np.float32]:
    """``score_candidates`` where the encoder's vectors of question (d) and candidates (c, d) are known; shape (c)."""
    if hits is None:
        moments = Filters(kinds=frozenset([PassageKind.MOMENT]))
        hits = retriever.search_each([question], vector[None], NEIGHBOURS, [moments])[0]
    return summed(parts(retriever, question, vector, candidates, vectors, hits), weights or chosen(retriever))


def chosen(retriever: Retriever) -> ReplyWeights:
    """The weights for a desk with or without an adapter."""
    return UNTUNED if retriever.adapter is None else TUNED


def summed(found: Mapping[str, NDArray[np.float32]], weights: ReplyWeights) -> NDArray[np.float32]:
    """The weighted sum of parts, shape (c)."""
    return np.asarray(sum(getattr(weights, name) * part for name, part in found.items()), dtype=np.float32)


def parts(
    retriever: Retriever,
    question: str,
    vector: NDArray[np.float32],
    candidates: Sequence[str],
    vectors: NDArray[np.float32],
    hits: Sequence[Hit],
) -> dict[str, NDArray[np.float32]]:
    """The parts of the sum, each of shape (c).

    cosine: of question and candidate. neighbours: how much nearer the candidate is to what was answered to the nearest
    past questions, weighed by their nearness, than to the desk's typical answer. crowding: the candidate's mean cosine
    with its nearest past questions, high for replies that suit any question; taking it off is the correction for hubs
    of CSLS (Conneau et al. 2018, "Word translation without parallel data"), on the candidates' side only. words: ln(1 +
    BM25) of the question's words in the candidate. tuned, tuned_neighbours: the first two in the adapter's space, whose
    typical answer is 0 already; absent without an adapter. wording: how much likelier the candidate's words are in what
    was answered to the nearest past questions than anywhere at this desk. length: ln(1 + the candidate's words).
    """
    view, adapter = retriever.live.view, retriever.adapter
    asked = [hit for hit in hits if hit.passage.kind is PassageKind.MOMENT][:NEIGHBOURS]
    answers = retriever.answer_vectors(asked)
    shares = _shares(asked)
    crowd = view.nearest(vectors, _CROWD, None, PassageKind.MOMENT)[0]
    found = {
        "cosine": vectors @ vector,
        "neighbours": vectors @ (shares @ (answers - view.typical_answer)) if asked else np.zeros(len(vectors)),
        "crowding": np.where(np.isfinite(crowd), crowd, 0).mean(axis=1) if crowd.shape[1] else np.zeros(len(vectors)),
        "words": np.log1p(view.lexical_answer.score_texts(question, candidates)),
        **_wording(view.lexical_answer, candidates, [hit.passage.answer for hit in asked], shares),
    }
    if adapter is not None:
        tuned = adapter.answers(candidates, vectors)
        found["tuned"] = tuned @ adapter.questions([question], vector[None])[0]
        if asked:
            seen = adapter.answers([hit.passage.answer for hit in asked], answers)
            found["tuned_neighbours"] = tuned @ (shares @ seen)
    return {name: np.asarray(part, dtype=np.float32) for name, part in found.items()}


def _wording(
    corpus: Lexical, candidates: Sequence[str], answers: Sequence[str], shares: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Parts "wording" and "length" of the candidates, each of shape (c).

    wording is the mean over the candidate's distinct terms of ln((s + m p) / (p + m p)), where s is the share of the
    neighbours, weighed, whose answer holds the term, p that of all texts and m the smoothing: a relevance model
    (Lavrenko and Croft 2001, "Relevance-Based Language Models") made of answers instead of documents.
    """
    said = [frozenset(known_terms(text)) for text in candidates]
    names = sorted(frozenset().union(*said))
    near = dict.fromkeys(names, 0.0)
    for share, answer in zip(shares.tolist(), answers, strict=True):
        for name in frozenset(known_terms(answer)):
            if name in near:
                near[name] += share
    usual = corpus.shares(names)
    smoothed = _SMOOTHING * usual + _RARE
    likelier = np.log((np.array(list(near.values())) + smoothed) / (usual + smoothed)) if answers else usual * 0
    places = {name: place for place, name in enumerate(names)}
    rows = [[places[name] for name in text] for text in said]
    return {
        "wording": np.array([likelier[row].mean() if row else 0.0 for row in rows], dtype=np.float32),
        "length": np.log1p(np.array([len(text.split()) for text in candidates], dtype=np.float32)),
    }


def _shares(hits: Sequence[Hit]) -> NDArray[np.float32]:
    """How much each neighbour counts, 1 in all: exp(sharpness x its cosine)."""
    if not hits:
        return np.empty(0, dtype=np.float32)
    similarities = np.array([hit.similarity for hit in hits], dtype=np.float32)
    shares = np.exp(_SHARPNESS * (similarities - similarities.max()))
    return np.asarray(shares / shares.sum(), dtype=np.float32)
