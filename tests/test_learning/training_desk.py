"""A desk that trains within seconds: words as vectors, a tiny random GPT-2 as its base."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import torch

from chatbot.home import Home
from chatbot.learning.training import training_run as training
from chatbot.learning.training.gate import Bar
from chatbot.storage.queries import corpus
from data.transcripts import Conversation, Role, Turn
from finetune.model.checkpoint import save_weights
from finetune.pretrain.pretrain import new_model, train_tokenizer
from finetune.training_settings import TrainSettings
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import passages_of_conversation
from retrieval.search.retriever import Retriever
from tests.test_retrieval.conftest import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

THINGS = ("parcel", "refund", "invoice", "kettle", "lamp", "voucher")
PLACES = ("Monday", "Tuesday", "Oslo", "Lyon", "Bremen")


def talk(number: int, *, asked: str = "", told: str = "", language: str | None = "en") -> Conversation:
    """One question and its answer; the higher the number, the later."""
    thing, place = THINGS[number % len(THINGS)], PLACES[number % len(PLACES)]
    return Conversation(
        f"t{number}",
        (
            Turn(Role.CUSTOMER, asked or f"Hello, where is my {thing} number {number}?"),
            Turn(Role.AGENT, told or f"Your {thing} comes from {place}."),
        ),
        language=language,
        labels={"created": (date(2025, 1, 1) + timedelta(days=number)).isoformat()},
    )


TALKS = tuple(talk(number) for number in range(60))
"""Of these, 51 are learnt from, 1 ends the training early and 8 are measured."""


async def opened(
    path: Path, database: Any, monkeypatch: Any, talks: Sequence[Conversation] = TALKS, *, change: int = 2**40
) -> Home:
    """A home with these talks imported and indexed, where "old" serves, a version whose files are gone.

    ``change`` is the last change of the corpus that the index holds; 0 has it catch up with every one.
    """
    home = Home(path).create()
    async with database.write() as session:
        await corpus.store_batch(session, talks)
    encoder = WordEncoder()
    passages = [passage for each in talks for passage in passages_of_conversation(each)]
    build_index(passages, encoder, home.indexes / "one", home.embeddings, change=change)
    home.promote(index="one", model="old")
    index = PassageIndex.open(home.indexes / "one", encoder)
    monkeypatch.setattr(training, "load_retriever", lambda _: Retriever(index, encoder))
    monkeypatch.setattr("chatbot.learning.training.evaluation.FEWEST_DRAFTS", 2)
    # What is evidence here is chance, and so is whether it helps; that bar is tested by itself.
    monkeypatch.setattr("chatbot.learning.training.gate._evidence", lambda _: Bar("evidence", passed=True, sentence=""))
    return home


def tiny_base(folder: Path, texts: Sequence[str] = ()) -> str:
    """A base as a user would have it on disk; returns its folder."""
    known = [turn.text for each in TALKS for turn in each.turns]
    tokenizer = train_tokenizer(texts or known, size=400)
    torch.manual_seed(0)
    save_weights(new_model(tokenizer, width=32, layers=1, heads=2), tokenizer, folder)
    return str(folder)


def settings_for(base: str, **changes: Any) -> TrainSettings:
    """Settings of a run that takes a second or two."""
    chosen = {"minutes": 0.5, "epochs": 1, "max_tokens": 96, "tracker": "none", "canaries": 0, **changes}
    return TrainSettings(base=base, **chosen)
