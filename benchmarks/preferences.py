"""Whether preferences can be learnt: direct preference optimisation on pairs made from outcomes, before and after.

    python benchmarks/preferences.py --home DIR [--base FOLDER] [--pairs 80] [--heldout 60] [--minutes 5]

DIR is a desk that is imported and indexed, whose transcripts say which answer solved a case (Thunderbird). A pair is
made of two like questions, of which one was solved: its answer is chosen, the other's rejected. Each two make two
pairs, one with either question, so that knowing which answer belongs to which question is worth nothing. Prints one
JSON line last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from chatbot.home import Home
from chatbot.learning.training.found_evidence import find_evidence
from chatbot.service.corpus.history import known_moments
from chatbot.service.serving.loader import load_retriever
from chatbot.storage.database import open_database
from data.progress import silent
from data.split import held_out
from finetune.examples import examples_of
from finetune.loop.preference import pair_of
from finetune.model.answer_model import plain
from finetune.model.loading import load_base
from finetune.train.prefer import prefer
from finetune.training_settings import TrainSettings
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.filters import Filters
from retrieval.passages import question_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.moments import Moment
    from retrieval.search.retriever import Retriever

_LIKE = 30
"""Nearest questions among which one that was not solved is looked for."""


def like_pairs(home: Home, retriever: Retriever, moments: Sequence[Moment]) -> Iterator[tuple[Moment, Moment]]:
    """Each answer that solved its case, with the answer to the likest question whose case is not solved."""
    by_id = {moment.id: moment for moment in moments}
    solved = [each for each in moments if each.outcome >= 1.0 and question_text(each.context)]
    cache = VectorCache(home.embeddings, retriever.encoder)
    for moment in solved:
        asked = [question_text(moment.context)]
        cache.fill(asked, silent)
        filters = [Filters(exclude_sources=frozenset({moment.conversation_id}))]
        (hits,) = retriever.search_each(asked, cache.read(asked), _LIKE, filters)
        others = (by_id.get(hit.passage.id) for hit in hits)
        other = next((each for each in others if each and each.labels.get("solved") is False), None)
        if other is not None and other.outcome <= 0:
            yield moment, other


def main() -> None:
    """Make pairs, learn from some, measure on the others."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--home", type=Path, required=True)
    options.add_argument("--base", default=None)
    options.add_argument("--pairs", type=int, default=80)
    options.add_argument("--heldout", type=int, default=60)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--max-tokens", type=int, default=256)
    options.add_argument("--rate", type=float, default=None)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    home = Home(chosen.home)

    async def moments() -> list[Moment]:
        async with open_database(home.database_url) as database:
            return await known_moments(database, waiting=False)

    known, retriever = asyncio.run(moments()), load_retriever(home)
    found = [*like_pairs(home, retriever, known)]
    with tempfile.TemporaryDirectory() as work:
        both = [each for pair in found for each in pair]
        rest = [each for each in known if held_out(each.conversation_id, 0.1)][:40]
        evidence = find_evidence(home, retriever, [*both, *rest], Path(work) / "evidence.jsonl", silent)
        model, tokenizer = load_base(chosen.base)
        learnt, heldout = [], []
        for better, worse in found:
            side = heldout if held_out(better.conversation_id, 0.4, salt="preferences") else learnt
            for asked in (better, worse):  # either question, the same two answers
                moment = type(better)(f"{asked.id}!", asked.conversation_id, 0, asked.context, better.answer)
                texts = evidence.texts(asked)
                side.append(pair_of(moment, worse.answer, texts, tokenizer, max_tokens=chosen.max_tokens))
        examples = list(examples_of(rest, evidence.texts, tokenizer, max_tokens=chosen.max_tokens))
        settings = TrainSettings(minutes=chosen.minutes, learning_rate=chosen.rate, tracker="none", bf16=False)
        began = time.monotonic()
        stage = prefer(
            plain(model),
            tokenizer,
            learnt[: chosen.pairs],
            heldout[: chosen.heldout],
            examples,
            settings,
            Path(work) / "run",
            lambda step, done, total: sys.stderr.write(f"\r{step} {done}/{total}"),
        )
    told = {"found": len(found), "seconds": round(time.monotonic() - began, 1), **stage.to_json()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
