"""First-light reply ranking: does the desk know its own reply among 100, by retrieval, by GPT-2, by both?

Thunderbird: the home holds train and the articles; each first answered question of dev ranks its true reply among
99 others, drawn with seed 0. The last line is JSON.

    python benchmarks/first_light_ranking.py --home DIR [--limit 300] [--model FOLDER] [--datasets ../shared/datasets]

``--sweep`` chooses ``chatbot.dialogue.ranker.GAIN_WEIGHT`` and never reads dev: the last conversations of train that
training held out ask all conversations before them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from replies_among_100 import ReplyQuestion, Scorer, reply_questions, reply_ranking

from chatbot.dialogue.ranker import GAIN_WEIGHT, combined
from chatbot.dialogue.voice import Voice
from chatbot.dialogue.window import read
from chatbot.engine.torch_runner import TorchGenerator
from chatbot.home import Home
from chatbot.service.loading import load_retriever
from chatbot.service.training import HELD_OUT
from data.intake import Accepted, take
from data.split import held_out
from data.transcripts import Article, Conversation
from finetune import checkpoint
from finetune.train import load_base
from retrieval.encoder import SentenceEncoder
from retrieval.index import PassageIndex, build_index
from retrieval.passages import PassageKind, passages_of_article, passages_of_conversation
from retrieval.replies import NEIGHBOURS, score_vectors
from retrieval.retriever import Retriever
from retrieval.vectors import VectorCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.passages import Passage

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
SWEPT = 3000
"""How many of train's last conversations the sweep looks at; it asks those of them that training held out."""


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default), help="folder that holds thunderbird/")
    parser.add_argument(
        "--home", type=Path, help="home with Thunderbird's index and model; without it an index is built"
    )
    parser.add_argument("--model", type=Path, help="a model version's folder; default: the home's, else the base")
    parser.add_argument("--limit", type=int, default=300, help="questions asked, the latest; 0 is all")
    parser.add_argument(
        "--sweep", action="store_true", help="print the figures for several weights, on the end of train"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(options.home or Path(scratch)).create()
        current = home.current().model
        folder = options.model or (home.models / current if current else None)
        thunderbird = options.datasets / "thunderbird"
        retriever, asked = _end_of_train(thunderbird, home) if options.sweep else _dev(thunderbird, home)
        ranking = Ranking(home, retriever, asked[-options.limit :], folder)
        figures = ranking.measure(WEIGHTS if options.sweep else (GAIN_WEIGHT, 0.1))
    print(json.dumps(figures))


class Ranking:
    """Scores of every pair of question and candidate by both judges, computed once; then any mix of them."""

    def __init__(self, home: Home, retriever: Retriever, asked: Sequence[ReplyQuestion], model: Path | None) -> None:
        self.asked = asked
        self.model = model.name if model else "base"
        network, tokenizer = checkpoint.load(model)[:2] if model else load_base(None)
        self.voice = Voice(TorchGenerator(network, name=self.model), tokenizer)
        self.seconds: dict[str, float] = {}
        self.retrieval = self._retrieval(home, retriever)
        self.passages = len(retriever)
        self.anywhere = cache(lambda text: self.voice.likelihoods((), [text])[0])
        self.known: dict[str, tuple[Sequence[float], list[float], list[float]]] = {}

    def measure(self, weights: Sequence[float]) -> dict[str, Any]:
        """A table on standard output, and the figures."""
        started = time.perf_counter()
        rows = {
            "retrieval": self.figures(lambda retrieval, _here, _gain: retrieval),
            "gpt2 likelihood": self.figures(lambda _retrieval, here, _gain: here),
            "gpt2 gain": self.figures(lambda _retrieval, _here, gain: gain),
        }
        self.seconds["score with GPT-2"] = time.perf_counter() - started
        for weight in weights:
            rows[f"retrieval + {weight} gain"] = self.figures(
                lambda retrieval, _here, gain, weight=weight: combined(retrieval, gain, weight)
            )
        for name, row in rows.items():
            print(f"{name:<24}" + "  ".join(f"{figure} {value:.3f}" for figure, value in row.items()))
        return {
            "benchmark": "first_light_ranking",
            "model": self.model,
            "passages": self.passages,
            "questions": len(self.asked),
            "figures": rows,
            "seconds": {step: round(spent, 1) for step, spent in self.seconds.items()},
        }

    def figures(self, mix: Any) -> dict[str, float]:
        """Rank with ``mix`` of a candidate's retrieval score, likelihood and gain."""
        return reply_ranking(self.asked, self._scorer(mix))

    def _retrieval(self, home: Home, retriever: Retriever) -> Scorer:
        """``score_candidates``, with everything embedded and searched once."""
        started = time.perf_counter()
        texts = sorted({text for question in self.asked for text in (question.question, question.reply)})
        vectors = VectorCache(home.embeddings, retriever.encoder)
        vectors.fill(texts, progress)
        known = dict(zip(texts, vectors.read(texts), strict=True))
        asked = [question.question for question in self.asked]
        kinds = (PassageKind.MOMENT,)
        hits = retriever.search_vectors(asked, np.stack([known[text] for text in asked]), NEIGHBOURS, kinds=kinds)
        near = dict(zip((question.id for question in self.asked), hits, strict=True))
        self.seconds["embed and search"] = time.perf_counter() - started

        def score(question: ReplyQuestion, candidates: Sequence[str]) -> list[float]:
            matrix = np.stack([known[text] for text in candidates])
            vector = known[question.question]
            found = score_vectors(retriever, question.question, vector, candidates, matrix, near[question.id])
            return [float(value) for value in found]

        return score

    def _scorer(self, mix: Any) -> Scorer:
        def score(question: ReplyQuestion, candidates: Sequence[str]) -> list[float]:
            return [mix(*parts) for parts in zip(*self._parts(question, candidates), strict=True)]

        return score

    def _parts(
        self, question: ReplyQuestion, candidates: Sequence[str]
    ) -> tuple[Sequence[float], list[float], list[float]]:
        if question.id not in self.known:
            here = self.voice.likelihoods(read(question.turns).turns, candidates)
            gains = [near - self.anywhere(text) for near, text in zip(here, candidates, strict=True)]
            self.known[question.id] = (self.retrieval(question, candidates), here, gains)
            progress("score with GPT-2", len(self.known), len(self.asked))
        return self.known[question.id]


def _dev(folder: Path, home: Home) -> tuple[Retriever, list[ReplyQuestion]]:
    dev = _conversations(folder, "dev")
    if home.current().index:
        retriever = load_retriever(home)
    else:
        articles = [item for item in _items(folder / "articles.jsonl.gz") if isinstance(item, Article)]
        past = _moments(_conversations(folder, "train"))
        passages = [*past, *(passage for article in articles for passage in passages_of_article(article))]
        retriever = _built(passages, home, "first-light-ranking")
    view = retriever.live.view
    if len(view.places_of_sources([(PassageKind.MOMENT, conversation.id) for conversation in dev])):
        sys.exit("the index holds conversations of dev: measure in a home that has only train and the articles")
    return retriever, reply_questions(dev)


def _end_of_train(folder: Path, home: Home) -> tuple[Retriever, list[ReplyQuestion]]:
    conversations = sorted(_conversations(folder, "train"), key=lambda conversation: conversation.created or "")
    past, late = conversations[:-SWEPT], conversations[-SWEPT:]
    unseen = [conversation for conversation in late if held_out(conversation.id, HELD_OUT)]
    return _built(_moments(past), home, "sweep"), reply_questions(unseen)


def _conversations(folder: Path, name: str) -> list[Conversation]:
    return [item for item in _items(folder / f"{name}.jsonl.gz") if isinstance(item, Conversation)]


def _items(path: Path) -> list[Conversation | Article]:
    """One file through the product's own intake: checked, cleaned, masked."""
    return [found.item for found in take([path]) if isinstance(found, Accepted)]


def _moments(conversations: Sequence[Conversation]) -> list[Passage]:
    return [passage for conversation in conversations for passage in passages_of_conversation(conversation)]


def _built(passages: Sequence[Passage], home: Home, name: str) -> Retriever:
    encoder = SentenceEncoder.load()
    build_index(passages, encoder, home.indexes / name, home.embeddings, progress)
    return Retriever(PassageIndex.open(home.indexes / name, encoder), encoder)


def progress(step: str, done: int, total: int | None) -> None:
    """One line that overwrites itself, on standard error."""
    if sys.stderr.isatty():
        print(f"\r{step} {done}/{total or '?'}", end="" if done != total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
