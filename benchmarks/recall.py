"""Recall: does a question find what solved it? Each part of the search alone, together, and without each part.

Thunderbird: train and the articles are indexed, questions come from dev; "parts of articles" is the order in which the
product reads them (``dialogue/match.py``). Firefox and STAR: the same code and settings on other desks; the last fifth
by date, or a fifth by hash, asks the rest. banking77 and clinc150: intents by nearest questions, and what is out of
scope. Weights were chosen on the end of Thunderbird's train, never on what is measured here. JSON comes last.

    python benchmarks/recall.py --home DIR [--only thunderbird,firefox,star,banking,clinc] [--limit N] [--minutes 5]

``--limit`` indexes only the latest N conversations of each past (0 is all). Those before them that link an article take
part all the same on Thunderbird: they are few, and links are what a desk keeps longest. Vectors are kept under DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ranking import ranking_figures
from recall_articles import article_runs
from recall_intents import accuracy, intents, nearest_mean, relative_mahalanobis, scope_figures
from recall_replies import replies
from replies_among_100 import ReplyQuestion, reply_questions
from time_split import split_by_time

from chatbot.learning.encoder_tuning import divided, pairs_of
from data.intake import Accepted, take
from data.split import held_out
from data.transcripts import Article, Conversation
from retrieval.adapter.pairs import Pairs
from retrieval.adapter.towers import TuneSettings
from retrieval.adapter.tuning import tune
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.bm25 import Lexical
from retrieval.index.build import build_index
from retrieval.index.postings import Postings
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_article, passages_of_conversation, question_text
from retrieval.search.retriever import Retriever, SearchWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval.adapter.adapter import DeskAdapter
    from retrieval.passages import Passage

SETS = ("thunderbird", "firefox", "star", "banking", "clinc")


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--home", type=Path, required=True, help="keeps vectors and indexes between runs")
    parser.add_argument("--only", default=",".join(SETS), help="which sets, with commas")
    parser.add_argument("--limit", type=int, default=0, help="the latest N conversations of each past; 0 is all")
    parser.add_argument(
        "--replies", type=int, default=0, help="only the latest N first questions rank replies; 0 is all"
    )
    parser.add_argument("--skip-articles", action="store_true", help="rank replies only")
    parser.add_argument("--skip-replies", action="store_true", help="find articles only")
    parser.add_argument("--minutes", type=float, default=5.0, help="time budget of tuning")
    options = parser.parse_args()
    bench = Bench(options)
    wanted = options.only.split(",")
    figures = {name: getattr(bench, name)() for name in SETS if name in wanted}
    print(json.dumps({"benchmark": "recall", "limit": options.limit, "seconds": bench.seconds, **figures}))


class Bench:
    """One run: the encoder, the vector cache, and the seconds each step took."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.home: Path = options.home
        self.encoder = SentenceEncoder.load()
        self.cache = VectorCache(self.home / "embeddings", self.encoder)
        self.seconds: dict[str, float] = {}

    def thunderbird(self) -> dict[str, Any]:
        """Articles and replies of Thunderbird's dev."""
        folder = self.options.datasets / "thunderbird"
        train = sorted(self.conversations(folder / "train.jsonl.gz"), key=lambda item: item.created or "")
        articles = [p for item in self.read(folder / "articles.jsonl.gz", Article) for p in passages_of_article(item)]
        slugs = {passage.source_id for passage in articles}
        past = passages_of(train[-self.options.limit :])
        if self.options.limit:
            earlier = passages_of(train[: -self.options.limit])
            past += [passage for passage in earlier if slugs.intersection(passage.links)]
        dev = self.conversations(folder / "dev.jsonl.gz")
        plain, tuned = self.desk("thunderbird", past, articles)
        return {
            "moments": len(past),
            "articles": None if self.options.skip_articles else self.articles(plain, tuned, dev),
            "replies": None
            if self.options.skip_replies
            else self.replies(tuned, reply_questions(dev)[-self.options.replies :]),
        }

    def firefox(self) -> dict[str, Any]:
        """Replies of the last fifth of Firefox; settings as for Thunderbird."""
        everything = self.conversations(self.options.datasets / "firefox" / "dialogues.jsonl.gz")
        past, asking = split_by_time(everything, 0.2)
        moments = passages_of(past[-self.options.limit :])
        _, tuned = self.desk("firefox", moments, [])
        return {
            "moments": len(moments),
            "replies": self.replies(tuned, reply_questions(asking)[-self.options.replies :]),
        }

    def star(self) -> dict[str, Any]:
        """Replies of a fifth of STAR's dialogues by hash, for they have no dates; settings as for Thunderbird."""
        everything = self.conversations(self.options.datasets / "star" / "dialogues.jsonl.gz")
        past = [each for each in everything if not held_out(each.id, 0.2, salt="trust")]
        asking = [each for each in everything if held_out(each.id, 0.2, salt="trust")]
        moments = passages_of(past[: self.options.limit or None])
        _, tuned = self.desk("star", moments, [])
        return {
            "moments": len(moments),
            "replies": self.replies(tuned, reply_questions(asking)[-self.options.replies :]),
        }

    def banking(self) -> dict[str, Any]:
        """The intent of a fifth of banking77's train, kept out by hash, from its nearest other questions."""
        rows = intents(self.options.datasets / "banking77" / "train.jsonl.gz")
        known = [row for row in rows if not held_out(row[0], 0.2)]
        asked = [row for row in rows if held_out(row[0], 0.2)]
        zero, tuned = self.intents_found(known, asked)
        table("banking77, intent right", [("MiniLM and words", {"accuracy": zero}), ("tuned", {"accuracy": tuned})])
        return {"known": len(known), "asked": len(asked), "zero_shot": zero, "tuned": tuned}

    def clinc(self) -> dict[str, Any]:
        """clinc150: how well the likeness to known questions tells in-scope from out-of-scope questions of dev."""
        train = [row for row in intents(self.options.datasets / "clinc150" / "train.jsonl.gz") if row[1] != "oos"]
        dev = intents(self.options.datasets / "clinc150" / "dev.jsonl.gz")
        inside = np.array([intent != "oos" for _, intent in dev])
        known = self.vectors([text for text, _ in train])
        asked = self.vectors([text for text, _ in dev])
        labels = np.array([intent for _, intent in train])
        scores = {
            "nearest question": nearest_mean(asked, known, 1),
            "mean of the 5 nearest": nearest_mean(asked, known, 5),
            "relative Mahalanobis": relative_mahalanobis(asked, known, labels),
        }
        found = {name: scope_figures(score, inside) for name, score in scores.items()}
        table("clinc150 dev, in scope or not", list(found.items()))
        return found

    def desk(self, name: str, past: list[Passage], articles: list[Passage]) -> tuple[Retriever, Retriever]:
        """The desk's retriever without an adapter, and with one that was tuned on its past."""
        passages = [*past, *articles]
        started = time.perf_counter()
        self.cache.fill([text for each in passages for text in (each.question, each.answer)], progress)
        folder = self.home / "indexes" / f"recall-{name}-{self.options.limit}"
        build_index(passages, self.encoder, folder, self.home / "embeddings", progress)
        self.seconds[f"index {name}"] = round(time.perf_counter() - started, 1)
        index = PassageIndex.open(folder, self.encoder)
        started = time.perf_counter()
        learnt, stopping, judging = divided(passages)
        settings = TuneSettings(minutes=self.options.minutes)
        tuned = tune(
            pairs_of([*learnt, *judging], articles, self.cache),
            pairs_of(stopping, (), self.cache),
            self.encoder.fingerprint,
            settings,
            progress,
        )
        self.seconds[f"tune {name}"] = round(time.perf_counter() - started, 1)
        print(f"{name}: tuned in {self.seconds[f'tune {name}']} s, {len(tuned.curve) - 1} epochs;", end=" ")
        print(f"held out before {tuned.before}, after {tuned.after}")
        return Retriever(index, self.encoder), Retriever(index, self.encoder, tuned.adapter)

    def articles(self, plain: Retriever, tuned: Retriever, dev: Sequence[Conversation]) -> dict[str, Any]:
        """The article that the helper linked, by the first customer message alone."""
        view = plain.live.view
        linked = {c.id: {s for s in c.labels.get("kb_links") or () if view.has_article(s)} for c in dev}
        asked = {c.id: question_text(c.turns[:1]) for c in dev if linked[c.id]}
        runs = article_runs(plain, tuned, asked, self.vectors(list(asked.values())))
        found = {name: ranking_figures(run, {each: linked[each] for each in asked}) for name, run in runs.items()}
        table(f"linked article in the top 1 / 5 / 10, {len(asked)} questions", list(found.items()), _ARTICLES)
        return {"questions": len(asked), **found}

    def replies(self, tuned: Retriever, questions: Sequence[ReplyQuestion]) -> dict[str, Any]:
        """The true reply among 100, by each scorer."""
        found = replies(self.vectors, tuned, questions)
        table(f"true reply among 100, {len(questions)} questions", list(found.items()), ("hit@1", "hit@10", "mrr"))
        return {"questions": len(questions), **found}

    def intents_found(self, known: list[tuple[str, str]], asked: list[tuple[str, str]]) -> tuple[float, float]:
        """Accuracy of the intent with the most weight among the nearest known questions, plain and tuned."""
        texts, labels = [text for text, _ in known], np.array([intent for _, intent in known])
        questions, truth = [text for text, _ in asked], np.array([intent for _, intent in asked])
        words = Lexical([Postings.build(texts)])
        matches = np.stack([words.scores(question) for question in questions])
        matches /= np.maximum(matches.max(axis=1, keepdims=True), 1e-9)
        left, right = self.vectors(questions), self.vectors(texts)
        plain = left @ right.T + SearchWeights().words * matches
        adapter = self.same_intent(known)
        tuned = plain + adapter.questions(questions, left) @ adapter.answers(texts, right).T
        return accuracy(plain, labels, truth), accuracy(tuned, labels, truth)

    def same_intent(self, known: list[tuple[str, str]]) -> DeskAdapter:
        """An adapter tuned on pairs of known questions of one intent; a tenth of them ends the training early."""
        draw = np.random.default_rng(0)
        by_intent: dict[str, list[str]] = {}
        for text, intent in known:
            by_intent.setdefault(intent, []).append(text)
        left = [text for text, _ in known for _ in range(4)]
        right = [by_intent[intent][draw.integers(len(by_intent[intent]))] for _, intent in known for _ in range(4)]
        names = [intent for _, intent in known for _ in range(4)]
        stop = np.array([held_out(text, 0.1, salt="stop") for text in left])

        def some(rows: NDArray[np.bool_]) -> Pairs:
            places = np.flatnonzero(rows)
            first, second = [left[place] for place in places], [right[place] for place in places]
            return Pairs(first, second, self.vectors(first), self.vectors(second), [names[place] for place in places])

        settings = TuneSettings(minutes=self.options.minutes, batch=512, epochs=15)
        return tune(some(~stop), some(stop), self.encoder.fingerprint, settings, progress).adapter

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, through the cache."""
        self.cache.fill(texts, progress)
        return self.cache.read(texts)

    def conversations(self, path: Path) -> list[Conversation]:
        """One file of conversations through the product's own intake: checked, cleaned, masked."""
        return self.read(path, Conversation)

    def read(self, path: Path, kind: Any) -> list[Any]:
        """Everything of a kind in a file."""
        return [found.item for found in take([path]) if isinstance(found, Accepted) and isinstance(found.item, kind)]


_ARTICLES = ("success@1", "success@5", "success@10")


def passages_of(conversations: Sequence[Conversation]) -> list[Passage]:
    """All moments of conversations."""
    return [passage for conversation in conversations for passage in passages_of_conversation(conversation)]


def table(title: str, rows: Sequence[tuple[str, dict[str, float]]], names: Sequence[str] | None = None) -> None:
    """A title and a line a row."""
    print(f"\n{title}")
    for row, figures in rows:
        print(f"  {row:<34}" + "  ".join(f"{name} {figures[name]:.3f}" for name in names or figures))
    sys.stdout.flush()


def progress(step: str, done: int, total: int | None) -> None:
    """One line that overwrites itself, on standard error."""
    if sys.stderr.isatty():
        print(f"\r{step} {done}/{total or '?'}", end="" if done != total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
