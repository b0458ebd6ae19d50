"""Articles by each part of the search, and in the order in which the product reads them; for recall.py."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from data.transcripts import Role, Turn
from retrieval.index.bm25 import Lexical
from retrieval.index.filters import Filters
from retrieval.index.postings import Postings
from retrieval.passages import PassageKind
from retrieval.search.retriever import Retriever, SearchWeights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from retrieval.index.view import View

NOTHING = SearchWeights(words=0.0, votes=0.0, tuned=0.0, outcome=0.0, count=0.0, age=0.0)


def article_runs(
    plain: Retriever, tuned: Retriever, asked: Mapping[str, str], vectors: NDArray[np.float32]
) -> dict[str, dict[str, list[str]]]:
    """For each way to search the slugs that each question finds, best first; ``vectors`` are the questions'."""
    full = SearchWeights()
    rows: list[tuple[str, Retriever, SearchWeights]] = [
        ("MiniLM alone", plain, NOTHING),
        ("hybrid (meaning + words)", plain, replace(NOTHING, words=full.words)),
        ("hybrid + votes", plain, replace(full, tuned=0.0)),
        ("tuned: everything", tuned, full),
        ("  without words", tuned, replace(full, words=0.0)),
        ("  without votes", tuned, replace(full, votes=0.0)),
        ("  without outcome, count, age", tuned, replace(full, outcome=0.0, count=0.0, age=0.0)),
    ]
    found = {"BM25 alone": _by_words(plain.live.view, asked)}
    for name, retriever, weights in rows:
        weighed = Retriever(retriever.live, retriever.encoder, retriever.adapter, weights)
        found[name] = _searched(weighed, asked, vectors)
    for name, retriever, behind in (("untuned", plain, "hybrid + votes"), ("tuned", tuned, "tuned: everything")):
        found[f"parts of articles, {name}"] = _read_in_parts(retriever, asked, found[behind])
    return found


def _searched(retriever: Retriever, asked: Mapping[str, str], vectors: NDArray[np.float32]) -> dict[str, list[str]]:
    """Slugs by their best passage."""
    filters = [Filters(kinds=frozenset([PassageKind.ARTICLE]))] * len(asked)
    found = retriever.search_each(list(asked.values()), vectors, 100, filters)
    return {
        name: list(dict.fromkeys(hit.passage.source_id for hit in hits))
        for name, hits in zip(asked, found, strict=True)
    }


def _read_in_parts(
    retriever: Retriever, asked: Mapping[str, str], searched: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Slugs as the product orders them, by the best of their parts; behind those what the search found further off."""
    found = {}
    for name, text in asked.items():
        retrieved = retrieve(read([Turn(Role.CUSTOMER, text)]), retriever)
        near = [hit.passage.source_id for hit in (*retrieved.articles, *retrieved.beside)]
        found[name] = list(dict.fromkeys([*near, *searched[name]]))
    return found


def _by_words(view: View, asked: Mapping[str, str]) -> dict[str, list[str]]:
    """Slugs by BM25 over the articles' passages alone."""
    places = np.flatnonzero(view.shown & view.of_kind(PassageKind.ARTICLE))
    passages = [view.passage(place) for place in places.tolist()]
    words = Lexical([Postings.build(passage.question for passage in passages)])
    ranked = {name: np.argsort(-words.scores(text), kind="stable")[:300] for name, text in asked.items()}
    return {name: list(dict.fromkeys(passages[row].source_id for row in rows)) for name, rows in ranked.items()}
