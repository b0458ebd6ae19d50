"""First-light recall: does retrieval find the linked article, and does it know the true reply among 100?

Thunderbird: the index holds train and articles, the questions come from dev. Prints a table and one JSON line
last. ``--tune N`` instead asks the last N conversations of train against those before them and prints the grid
from which the weights of ``retrieval.retriever`` were chosen; dev is not read then.

    python benchmarks/first_light_recall.py --datasets ../shared/datasets [--home DIR] [--limit 1500]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.home import Home
from data.intake import Accepted, take
from data.moments import moments_of
from data.transcripts import Article, Conversation
from retrieval.encoder import SentenceEncoder
from retrieval.evaluate import rank_figures, rank_of_first, ranking_figures
from retrieval.index import PassageIndex, build_index
from retrieval.passages import PassageKind, passages_of_article, passages_of_conversation, question_text
from retrieval.retriever import CHOSEN, Retriever, ScoreWeights, blend
from retrieval.vectors import VectorCache

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.transcripts import Turn
    from retrieval.retriever import Hit

OTHERS = 99
SEED = 0


@dataclass(frozen=True, slots=True)
class ReplyQuestion:
    """A dialogue up to its first answer, the question it asks, and the answer it got."""

    id: str
    turns: tuple[Turn, ...]
    question: str
    reply: str


Scorer = Callable[[ReplyQuestion, Sequence[str]], Sequence[float]]
"""Gives each candidate reply a number; higher is likelier."""


def reply_questions(conversations: Sequence[Conversation]) -> list[ReplyQuestion]:
    """The first answered question of each conversation that has one."""
    firsts = (next(moments_of(conversation), None) for conversation in conversations)
    found = [ReplyQuestion(m.conversation_id, m.context, question_text(m.context), m.answer) for m in firsts if m]
    return [question for question in found if question.question]


def reply_ranking(questions: Sequence[ReplyQuestion], scorer: Scorer) -> dict[str, float]:
    """Rank each true reply among 100: itself and 99 other questions' replies, drawn with one seed.

    The draw depends on the questions alone, so that scorers that are given the same ones meet the same pools.
    Returns ``hit@1``, ``hit@10``, ``mrr``.
    """
    replies = sorted({question.reply for question in questions})
    draw = random.Random(SEED)
    ranks = []
    for question in questions:
        others = [reply for reply in draw.sample(replies, min(OTHERS + 1, len(replies))) if reply != question.reply]
        ranks.append(rank_of_first(scorer(question, [question.reply, *others[:OTHERS]])))
    return rank_figures(ranks)


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default), help="folder that holds thunderbird/")
    parser.add_argument("--home", type=Path, help="use this home's current index, or build one there")
    parser.add_argument("--limit", type=int, help="at most so many conversations of train and of dev (the latest)")
    parser.add_argument("--tune", type=int, metavar="N", help="print the grid on the last N conversations of train")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.datasets / "thunderbird", Home(options.home or Path(scratch)).create(), options.limit)
        figures = bench.tune(options.tune) if options.tune else bench.measure()
    print(json.dumps(figures))


class Bench:
    """One run: the encoder, the home folder, and the seconds each step took."""

    def __init__(self, folder: Path, home: Home, limit: int | None) -> None:
        self.folder = folder
        self.home = home
        self.limit = limit
        self.seconds: dict[str, float] = {}
        self.encoder = SentenceEncoder.load()
        self.cache = VectorCache(home.embeddings, self.encoder)

    def measure(self) -> dict[str, Any]:
        """Train and articles against dev; a table on standard output and the figures."""
        index = self.index()
        dev = self.conversations("dev")
        if {passage.source_id for passage in index.passages} & {conversation.id for conversation in dev}:
            sys.exit("the index holds conversations of dev: measure in a home that has only train and the articles")
        retriever = Retriever(index, self.encoder)
        articles = self.article_recall(retriever, dev)
        questions = reply_questions(dev)
        cosine, scored = self.reply_figures(retriever, questions)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        table(
            [
                ("linked article, any in the top 1 / 5 / 10", articles, ("success@1", "success@5", "success@10")),
                ("linked articles, recall at 1 / 5 / 10", articles, ("recall@1", "recall@5", "recall@10")),
                ("true reply among 100 at 1 / 10: cosine", cosine, ("hit@1", "hit@10")),
                ("true reply among 100 at 1 / 10: score_candidates", scored, ("hit@1", "hit@10")),
            ]
        )
        return {
            "benchmark": "first_light_recall",
            "passages": index.manifest.counts,
            "questions": {"articles": int(articles.pop("queries")), "replies": len(questions)},
            "articles": articles,
            "reply_cosine": cosine,
            "reply_score_candidates": scored,
            "seconds": {step: round(spent, 2) for step, spent in self.seconds.items()},
            "peak_mib": round(peak),
            "bf16": self.encoder.bf16,
        }

    def tune(self, last: int) -> dict[str, Any]:
        """The grid of score_candidates on the end of train: the last conversations ask those before them."""
        conversations = sorted(self.conversations("train"), key=lambda conversation: conversation.created or "")
        past, asked = conversations[:-last], reply_questions(conversations[-last:])
        passages = [passage for conversation in past for passage in passages_of_conversation(conversation)]
        build_index(passages, self.encoder, self.home.indexes / "tune", self.home.embeddings, progress)
        retriever = Retriever(PassageIndex.open(self.home.indexes / "tune", self.encoder), self.encoder)
        known = self.prepared(retriever, asked, 50)
        best: dict[str, Any] = {}
        for numbers in product((10, 20, 50), (0.0, 0.5, 1.0), (10.0, 20.0), (0.0, 0.5, 0.75, 1.0)):
            weights = ScoreWeights(*numbers)
            row = {**asdict(weights), **reply_ranking(asked, known.scorer(weights))}
            print(json.dumps({key: round(value, 4) for key, value in row.items()}))
            best = max(best, row, key=lambda row: row.get("mrr", 0.0))
        return {"benchmark": "first_light_recall --tune", "past": len(past), "asked": len(asked), "best": best}

    def conversations(self, name: str) -> list[Conversation]:
        """One file through the product's own intake: checked, cleaned, masked."""
        started = time.perf_counter()
        items = (found.item for found in take([self.folder / f"{name}.jsonl.gz"]) if isinstance(found, Accepted))
        kept = [item for item in items if isinstance(item, Conversation)]
        self.seconds[f"read {name}"] = time.perf_counter() - started
        return kept[-self.limit :] if self.limit else kept

    def articles(self) -> list[Article]:
        """The help centre."""
        found = take([self.folder / "articles.jsonl.gz"])
        return [each.item for each in found if isinstance(each, Accepted) and isinstance(each.item, Article)]

    def index(self) -> PassageIndex:
        """The home's current index, or one built there from train and the articles."""
        name = self.home.current().index
        if name is None:
            name = "first-light-recall"
            train = self.conversations("train")
            started = time.perf_counter()
            passages = [passage for conversation in train for passage in passages_of_conversation(conversation)]
            passages += [passage for article in self.articles() for passage in passages_of_article(article)]
            build_index(passages, self.encoder, self.home.indexes / name, self.home.embeddings, progress)
            self.seconds["index"] = time.perf_counter() - started
        started = time.perf_counter()
        opened = PassageIndex.open(self.home.indexes / name, self.encoder)
        self.seconds["open index"] = time.perf_counter() - started
        return opened

    def article_recall(self, retriever: Retriever, dev: Sequence[Conversation]) -> dict[str, float]:
        """Articles ranked by their best passage for the first customer message."""
        known = {p.source_id for p in retriever.index.passages if p.kind is PassageKind.ARTICLE}
        linked = {c.id: known.intersection(c.labels.get("kb_links") or ()) for c in dev}
        asked = {c.id: question_text(c.turns[:1]) for c in dev if linked[c.id]}
        started = time.perf_counter()
        found = retriever.search_many(list(asked.values()), 100, kinds=[PassageKind.ARTICLE])
        self.seconds["find articles"] = time.perf_counter() - started
        runs = {
            name: list(dict.fromkeys(hit.passage.source_id for hit in hits))
            for name, hits in zip(asked, found, strict=True)
        }
        return {**ranking_figures(runs, {name: linked[name] for name in asked}), "queries": len(asked)}

    def reply_figures(
        self, retriever: Retriever, questions: Sequence[ReplyQuestion]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Ranks of the true reply by cosine alone and by the formula of score_candidates."""
        known = self.prepared(retriever, questions, CHOSEN.neighbours)
        started = time.perf_counter()
        cosine = reply_ranking(questions, known.scorer(ScoreWeights(neighbour=0.0, crowding=0.0)))
        scored = reply_ranking(questions, known.scorer(CHOSEN))
        self.seconds["rank replies"] = time.perf_counter() - started
        return cosine, scored

    def prepared(self, retriever: Retriever, questions: Sequence[ReplyQuestion], neighbours: int) -> Known:
        """Everything encoded and searched once."""
        started = time.perf_counter()
        texts = sorted({text for question in questions for text in (question.question, question.reply)})
        self.cache.fill(texts, progress)
        matrix = self.cache.read(texts)
        self.seconds["embed questions and replies"] = time.perf_counter() - started
        started = time.perf_counter()
        vectors = dict(zip(texts, matrix, strict=True))
        asked = [question.question for question in questions]
        kinds = [PassageKind.MOMENT]
        hits = retriever.search_vectors(asked, np.stack([vectors[text] for text in asked]), neighbours, kinds=kinds)
        crowding = dict(zip(texts, retriever.crowding(matrix).tolist(), strict=True))
        self.seconds["find moments"] = time.perf_counter() - started
        return Known(retriever, vectors, crowding, dict(zip((q.id for q in questions), hits, strict=True)))


@dataclass(frozen=True, slots=True)
class Known:
    """What ``score_candidates`` would compute again for each pool: vectors and crowding by text, hits by question."""

    retriever: Retriever
    vectors: dict[str, NDArray[np.float32]]
    crowding: dict[str, float]
    hits: dict[str, list[Hit]]

    def scorer(self, weights: ScoreWeights) -> Scorer:
        """``score_candidates`` with these weights, from what is known."""
        index = self.retriever.index

        def score(question: ReplyQuestion, candidates: Sequence[str]) -> list[float]:
            asked = self.hits[question.id][: weights.neighbours]
            scores: list[float] = blend(
                self.vectors[question.question],
                np.stack([self.vectors[candidate] for candidate in candidates]),
                self.retriever.answer_vectors(asked) - index.typical_answer,
                np.array([hit.similarity for hit in asked], dtype=np.float32),
                np.array([self.crowding[candidate] for candidate in candidates], dtype=np.float32),
                weights,
            ).tolist()
            return scores

        return score


def table(rows: Sequence[tuple[str, dict[str, float], tuple[str, ...]]]) -> None:
    """One line a figure."""
    for title, figures, names in rows:
        print(f"{title:<52}" + " / ".join(f"{figures[name]:.3f}" for name in names))


def progress(step: str, done: int, total: int | None) -> None:
    """One line that overwrites itself, on standard error."""
    if sys.stderr.isatty():
        print(f"\r{step} {done}/{total or '?'}", end="" if done != total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
