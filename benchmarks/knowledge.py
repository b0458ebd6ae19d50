"""Knowledge found for a question in a dialogue: DSTC11 track 5 (dev), reviews and FAQs of hotels and restaurants.

    python benchmarks/knowledge.py --home DIR [--datasets DIR] [--dialogues 300] [--places 40]

Each FAQ and each review is an article; right is one that the gold answer was written from. Nothing of the track was
trained on. Ways: BM25, the encoder's cosine, both by the last message and by the question as the product reads it in
its dialogue, and the product's order of parts (``dialogue/match.py``). "All" searches everything; "of the place" only
what is known of the hotels and restaurants that the gold answer speaks of, as the track's own baseline does: that finds
them by their names first, and a model that was trained on the track's 14,768 dialogues then chooses among theirs
(precision 0.795, recall 0.884 on the same file, by its README). ``--places`` keeps so many of the
143 hotels and restaurants, and the questions about them. Vectors are kept under DIR. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from follow_ups import dstc11, latest, spread
from ranking import ranking_figures

from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from data.transcripts import Article
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind, passages_of_article
from retrieval.search.retriever import Retriever, SearchWeights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from follow_ups import Asked

    from retrieval.search.hits import Hit

MEANING = SearchWeights(words=0.0, votes=0.0, tuned=0.0, outcome=0.0, count=0.0, age=0.0)
MOST = 1000
"""Passages that are ranked."""


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--home", type=Path, required=True, help="keeps vectors and the index")
    parser.add_argument("--dialogues", type=int, default=300)
    parser.add_argument("--places", type=int, default=0, help="only so many hotels and restaurants; 0 is all")
    options = parser.parse_args()
    asked, texts = dstc11(options.datasets, sys.maxsize)
    kept = set(spread(sorted({_place(slug) for slug in texts}), options.places or sys.maxsize))
    texts = {slug: text for slug, text in texts.items() if _place(slug) in kept}
    asked = spread([each for each in asked if {_place(slug) for slug in each.answers} <= kept], options.dialogues)
    retriever = opened(options.home, texts)
    figures = {scope: measured(retriever, asked, texts, scope == "all") for scope in ("all", "of the place")}
    for name, rows in figures.items():
        print(f"\n{name}: an answer's source at 1 / 5 / 10, {len(asked)} questions, {len(texts)} texts")
        for way, found in rows.items():
            print(f"  {way:<40}" + "  ".join(f"{found[f'success@{k}']:.3f}" for k in (1, 5, 10)))
    print(json.dumps({"benchmark": "knowledge", "questions": len(asked), "texts": len(texts), **figures}))


def opened(home: Path, texts: Mapping[str, str]) -> Retriever:
    """A desk that has these texts as articles, and no past."""
    articles = [Article(slug, *text.split("\n", 1)) for slug, text in texts.items()]
    passages = [passage for article in articles for passage in passages_of_article(article)]
    encoder = SentenceEncoder.load()
    VectorCache(home / "embeddings", encoder).fill([t for each in passages for t in (each.question, each.answer)])
    build_index(passages, encoder, home / "indexes" / "knowledge", home / "embeddings")
    return Retriever(PassageIndex.open(home / "indexes" / "knowledge", encoder), encoder)


def measured(
    retriever: Retriever, asked: Sequence[Asked], slugs: Collection[str], anywhere: bool
) -> dict[str, dict[str, float]]:
    """Where a text that answers stands, by each way; ``slugs`` are those of all texts."""
    runs: dict[str, dict[str, list[str]]] = {}
    for number, each in enumerate(asked):
        places = {_place(slug) for slug in each.answers}
        others = frozenset(slug for slug in slugs if not anywhere and _place(slug) not in places)
        for way, found in ranked(retriever, each, others).items():
            runs.setdefault(way, {})[str(number)] = found
    relevant = {str(number): each.answers for number, each in enumerate(asked)}
    return {way: ranking_figures(run, relevant) for way, run in runs.items()}


def ranked(retriever: Retriever, asked: Asked, others: frozenset[str]) -> dict[str, list[str]]:
    """The texts but ``others`` in each order, best first."""
    window, last = read(asked.turns), latest(asked.turns)
    bare = Retriever(retriever.live, retriever.encoder, None, MEANING)
    known = Filters(kinds=frozenset([PassageKind.ARTICLE]), exclude_sources=others)
    hybrid = retriever.search(window.question, MOST, known)
    parts = retrieve(window, retriever, known)
    return {
        "words, the last message": _by_words(retriever, last, others),
        "words, as the product reads it": _by_words(retriever, window.question, others),
        "MiniLM, the last message": _slugs(bare.search(last, MOST, known)),
        "MiniLM, as the product reads it": _slugs(bare.search(window.question, MOST, known)),
        "the search (meaning and words)": _slugs(hybrid),
        "the product's parts of articles": _slugs([*parts.articles, *parts.beside, *hybrid]),
    }


def _by_words(retriever: Retriever, text: str, others: frozenset[str]) -> list[str]:
    view = retriever.live.view
    order = np.argsort(-view.lexical_question.scores(text), kind="stable").tolist()
    slugs = dict.fromkeys(view.passage(place).source_id for place in order)
    return [slug for slug in slugs if slug not in others]


def _slugs(hits: Iterable[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.passage.source_id for hit in hits))


def _place(slug: str) -> str:
    """The hotel or restaurant that a text is about: its domain and number."""
    return "/".join(slug.split("/")[:2])


if __name__ == "__main__":
    main()
