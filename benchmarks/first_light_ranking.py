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

from first_light_recall import Bench, ReplyQuestion, Scorer, progress, reply_questions, reply_ranking

from chatbot.dialogue.ranker import GAIN_WEIGHT, combined
from chatbot.dialogue.voice import Voice
from chatbot.dialogue.window import read
from chatbot.engine.torch_runner import TorchGenerator
from chatbot.home import Home
from chatbot.service.training import HELD_OUT
from data.split import held_out
from finetune import checkpoint
from finetune.train import load_base
from retrieval.index import PassageIndex, build_index
from retrieval.passages import passages_of_conversation
from retrieval.retriever import CHOSEN, Retriever

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.transcripts import Conversation

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
        bench = Bench(options.datasets / "thunderbird", home, None)
        retriever, asked = _end_of_train(bench) if options.sweep else _dev(bench)
        ranking = Ranking(bench, retriever, asked[-options.limit :], folder)
        figures = ranking.measure(WEIGHTS if options.sweep else (GAIN_WEIGHT, 0.1))
    print(json.dumps(figures))


class Ranking:
    """Scores of every pair of question and candidate by both judges, computed once; then any mix of them."""

    def __init__(self, bench: Bench, retriever: Retriever, asked: Sequence[ReplyQuestion], model: Path | None) -> None:
        self.asked = asked
        self.model = model.name if model else "base"
        network, tokenizer = checkpoint.load(model)[:2] if model else load_base(None)
        self.voice = Voice(TorchGenerator(network, name=self.model), tokenizer)
        self.retrieval = bench.prepared(retriever, asked, CHOSEN.neighbours).scorer(CHOSEN)
        self.seconds = bench.seconds
        self.passages = len(retriever.index)
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


def _dev(bench: Bench) -> tuple[Retriever, list[ReplyQuestion]]:
    index, dev = bench.index(), bench.conversations("dev")
    if {passage.source_id for passage in index.passages} & {conversation.id for conversation in dev}:
        sys.exit("the index holds conversations of dev: measure in a home that has only train and the articles")
    return Retriever(index, bench.encoder), reply_questions(dev)


def _end_of_train(bench: Bench) -> tuple[Retriever, list[ReplyQuestion]]:
    def date(conversation: Conversation) -> str:
        return conversation.created or ""

    conversations = sorted(bench.conversations("train"), key=date)
    past, late = conversations[:-SWEPT], conversations[-SWEPT:]
    passages = [passage for conversation in past for passage in passages_of_conversation(conversation)]
    folder = bench.home.indexes / "sweep"
    build_index(passages, bench.encoder, folder, bench.home.embeddings, progress)
    unseen = [conversation for conversation in late if held_out(conversation.id, HELD_OUT)]
    return Retriever(PassageIndex.open(folder, bench.encoder), bench.encoder), reply_questions(unseen)


if __name__ == "__main__":
    main()
