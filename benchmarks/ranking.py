"""How good a ranking is: recall, success and reciprocal rank, through ir-measures.

Thin, typed, and the only place that knows that library. A *run* maps each query's name to its ranked document
names, best first; the *relevant* map to the documents that should be found. A query without a run counts as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def ranking_figures(
    runs: Mapping[str, Sequence[str]], relevant: Mapping[str, Collection[str]], *, cutoffs: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """Means over the queries of ``relevant``, each of which must name at least one document.

    Returns:
        ``recall@k`` (share of a query's relevant documents among the first k), ``success@k`` (1 where any of
        them is) for each cutoff, and ``mrr`` (1 / rank of the first one; 0 where it is not in the run).

    Raises:
        ValueError: no query, or a query without a relevant document.

    """
    import ir_measures

    if not relevant or not all(relevant.values()):
        raise ValueError("recall needs queries, each with at least one relevant document")
    measures = {ir_measures.RR: "mrr"}
    for k in cutoffs:
        measures |= {ir_measures.R @ k: f"recall@{k}", ir_measures.Success @ k: f"success@{k}"}
    qrels = {query: dict.fromkeys(documents, 1) for query, documents in relevant.items()}
    scored = {
        query: {document: 1.0 / rank for rank, document in enumerate(dict.fromkeys(runs.get(query, ())), start=1)}
        for query in relevant
    }
    found = ir_measures.calc_aggregate(list(measures), qrels, scored)
    return {name: float(found[measure]) for measure, name in measures.items()}


def rank_of_first(scores: Sequence[float]) -> int:
    """The place, from 1, of the first score among all: one more than how many others are at least as high.

    A tie counts against it, so that a scorer which says the same of all is not rewarded.
    """
    return 1 + sum(score >= scores[0] for score in scores[1:])
