"""A desk as `voice.py` measures it: its parts, what finds evidence for them, and that evidence.

Indexing, tuning and searching are the product's own and are done once; what came out lies in the desk's folder.
"""

from __future__ import annotations

import json
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

from replies_among_100 import ReplyQuestion
from voice_corpus import TASKS, Parts, kept_parts
from voice_questions import carrying, first_moments, repeating

from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT
from chatbot.learning.encoder_tuning import FEWEST, divided, pairs_of
from data import sample
from data.moments import Moment, moments_of
from data.sample.material import load_material
from data.split import held_out
from retrieval.adapter.adapter import MANIFEST, DeskAdapter
from retrieval.adapter.towers import TuneSettings
from retrieval.adapter.tuning import tune
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_article, passages_of_conversation, question_text
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from data.progress import Report
    from data.transcripts import Conversation
    from retrieval.passages import Passage

DRINKS = (
    "americano", "black coffee", "cappuccino", "chai", "cocoa", "cortado", "espresso", "flat white", "hot chocolate",
    "latte", "macchiato", "matcha", "mocha", "steamer", "tea",
)  # fmt: skip
"""What a bar's customers order in small letters."""
STOPPING = 0.05
"""Share of the learnt conversations, by hash, that ends a fine-tuning early."""


class Desk:
    """One desk; each property is computed when it is first asked for and read from the folder the next time."""

    def __init__(self, name: str, options: argparse.Namespace, report: Report) -> None:
        self.name = name
        self.folder: Path = options.work / name
        self.options = options
        self.report = report
        self.embedded, self.embedding = 0, 0.0
        """Texts that had no vector yet, and the seconds they cost."""
        self.folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def parts(self) -> Parts:
        """All that was read of this desk."""
        options = self.options
        return kept_parts(self.folder / "conversations.jsonl", self.name, options.datasets, options.limit)

    @cached_property
    def learnt(self) -> list[Moment]:
        """Moments to fine-tune on; with ``--limit-train``, of so many conversations, the latest."""
        kept = [each for each in self.parts.learnt if not held_out(each.id, STOPPING, salt="early stopping")]
        return _moments(kept[-self.options.limit_train :])

    @cached_property
    def stopping(self) -> list[Moment]:
        """Moments that end a fine-tuning early."""
        kept = [each for each in self.parts.learnt if held_out(each.id, STOPPING, salt="early stopping")]
        return _moments(kept)[-200:]

    @cached_property
    def choosing(self) -> list[Moment]:
        """Answers of the end of the past, as ``asked``."""
        return self._answers(self.parts.choosing)

    @cached_property
    def asked(self) -> list[Moment]:
        """Answers that nothing was trained on or chosen by: first ones, of task dialogues one that carries a slot."""
        return self._answers(self.parts.asked)

    @cached_property
    def rewritten(self) -> list[Moment]:
        """Those that replies are written for; of the sample shop, answers that take up a slot of the dialogue."""
        return repeating(self.parts.asked, self.names) if self.name == "sample" else self.asked

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is a slot of this desk's replies however it is written: the shop's products, the drinks of a bar."""
        if self.name == "sample":
            return tuple(load_material().products)
        return DRINKS if self.name == "taskmaster4" else ()

    def _answers(self, conversations: Sequence[Conversation]) -> list[Moment]:
        if self.name in TASKS:
            return carrying(conversations, self.options.seed, self.names)
        return first_moments(conversations)

    @cached_property
    def evidence(self) -> dict[str, list[str]]:
        """The best passages' answers for each moment by its id, best first: of other conversations and of its past."""
        path = self.folder / "evidence.json"
        if not path.exists():
            learnt = [moment for moment in _moments(self.parts.learnt) if question_text(moment.context)]
            found = self._evidence(self.retriever, [*learnt, *self.asked])
            found |= self._evidence(self.early_retriever, self.choosing)
            path.write_text(json.dumps(found), encoding="utf-8")
        found = json.loads(path.read_text(encoding="utf-8"))
        return dict(found)

    @cached_property
    def retriever(self) -> Retriever:
        """Searches everything before what is measured."""
        return self._retriever("past", [*self.parts.learnt, *self.parts.choosing])

    @cached_property
    def early_retriever(self) -> Retriever:
        """Searches everything before what weights are chosen on."""
        return self._retriever("early", self.parts.learnt)

    @cached_property
    def encoder(self) -> SentenceEncoder:
        """The product's own."""
        return SentenceEncoder.load(threads=self.options.threads or None)

    @cached_property
    def cache(self) -> VectorCache:
        """Vectors kept between runs."""
        return VectorCache(self.options.embeddings or self.options.work / "embeddings", self.encoder)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, through the cache."""
        self._embed(texts)
        return self.cache.read(texts)

    def _embed(self, texts: Sequence[str]) -> None:
        if self.name == "sample":  # its vectors ship with it
            shipped = VectorCache(sample.VECTORS, self.encoder)
            missing = self.cache.missing(texts)
            unknown = {*shipped.missing(missing)}
            known = [text for text in missing if text not in unknown]
            self.cache.add(known, shipped.read(known))
        started = perf_counter()
        self.embedded += self.cache.fill(texts, self.report)
        self.embedding += perf_counter() - started

    def _evidence(self, retriever: Retriever, moments: Sequence[Moment]) -> dict[str, list[str]]:
        questions = [question_text(moment.context) for moment in moments]
        found: dict[str, list[str]] = {}
        for start in range(0, len(moments), 512):
            some, asked = moments[start : start + 512], questions[start : start + 512]
            filters = [
                Filters(exclude_sources=frozenset({moment.conversation_id}), before=moment.created) for moment in some
            ]
            hits = retriever.search_each(asked, self.vectors(asked), EVIDENCE_FOR_DRAFT, filters)
            for moment, best in zip(some, hits, strict=True):
                found[moment.id] = [hit.passage.answer for hit in best]
            self.report("find evidence", start + len(some), len(moments))
        return found

    def _retriever(self, name: str, conversations: Sequence[Conversation]) -> Retriever:
        folder = self.folder / f"index-{name}"
        if not (folder / "manifest.json").exists():
            articles = self._articles
            slugs = {passage.source_id for passage in articles}
            linking = [passage for passage in _passages(self.parts.earlier) if slugs.intersection(passage.links)]
            passages = [*linking, *_passages(conversations), *articles]
            self._embed([text for each in passages for text in (each.question, each.answer)])
            root = self.options.embeddings or self.options.work / "embeddings"
            build_index(passages, self.encoder, folder, root, self.report)
        return Retriever(PassageIndex.open(folder, self.encoder), self.encoder, self._adapter)

    @cached_property
    def _articles(self) -> list[Passage]:
        return [passage for article in self.parts.articles for passage in passages_of_article(article)]

    @cached_property
    def _adapter(self) -> DeskAdapter | None:
        """What the encoder learns of the conversations that are learnt from; None where they are too few."""
        folder = self.folder / "adapter"
        if not (folder / MANIFEST).exists():
            learnt, stopping, judging = divided(_passages(self.parts.learnt))
            if len(learnt) < FEWEST or not stopping:
                return None
            self._embed([text for each in (*learnt, *stopping, *judging) for text in (each.question, each.answer)])
            tuned = tune(
                pairs_of([*learnt, *judging], self._articles, self.cache),
                pairs_of(stopping, (), self.cache),
                self.encoder.fingerprint,
                TuneSettings(minutes=self.options.tune_minutes),
                self.report,
            )
            folder.mkdir(exist_ok=True)
            tuned.adapter.save(folder, {"before": tuned.before, "after": tuned.after})
        return DeskAdapter.load(folder, self.encoder.fingerprint)


def stage(desk: Desk) -> dict[str, Any]:
    """Stage "desk": make everything above; returns its counts."""
    evidence = desk.evidence
    asked = [moment for moment in desk.asked if evidence.get(moment.id)]
    return {
        "passages": len(desk.retriever),
        "tuned": desk.retriever.adapter is not None,
        "conversations": {name: len(getattr(desk.parts, name)) for name in Parts.__slots__},
        "moments": {name: len(getattr(desk, name)) for name in ("learnt", "stopping", "choosing", "asked")},
        "asked with evidence": len(asked),
        "embedded": {"texts": desk.embedded, "seconds": round(desk.embedding, 1)},
    }


def reply_question(moment: Moment) -> ReplyQuestion:
    """A moment as the shared ranking of replies asks it."""
    return ReplyQuestion(moment.id, moment.context, question_text(moment.context), moment.answer)


def latest(moments: Sequence[Moment], count: int) -> list[Moment]:
    """The latest so many; 0 is all."""
    return list(moments[-count:])


def _moments(conversations: Sequence[Conversation]) -> list[Moment]:
    return [moment for each in conversations for moment in moments_of(each) if moment.answer.strip()]


def _passages(conversations: Sequence[Conversation]) -> list[Passage]:
    return [passage for conversation in conversations for passage in passages_of_conversation(conversation)]
