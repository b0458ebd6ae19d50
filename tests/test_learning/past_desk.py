"""A desk with a past that can be foretold: some questions always get the same answer, others a new one each time."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chatbot.home import Home
from chatbot.settings import Settings
from chatbot.storage.queries import corpus
from data.transcripts import Conversation, Role, Turn
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.index.build import build_index
from retrieval.passages import passages_of_conversation
from tests.test_retrieval.conftest import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

THINGS = ("kettle", "lamp", "grinder", "scale", "filter", "mug", "teapot", "tray")
ANSWERS = {thing: f"Please descale the {thing} twice with citric acid and rinse it before use." for thing in THINGS}
_SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "pi", "ra", "su", "te", "vo", "wi")


def talk(number: int) -> Conversation:
    """The higher the number the later; every fifth question is about a thing of its own, and so is its answer."""
    draw = random.Random(number)
    thing = draw.choice(THINGS)
    asked = f"my {thing} has limescale inside what should I do now it is my number {number}"
    answered = ANSWERS[thing]
    if number % 5 == 0:
        words = ["".join(draw.choices(_SYLLABLES, k=3)) for _ in range(16)]
        asked, answered = f"my {' '.join(words[:8])} is odd", f"Try the {' '.join(words[8:])} then."
    return Conversation(
        f"t{number}",
        (Turn(Role.CUSTOMER, asked), Turn(Role.AGENT, answered)),
        language="en",
        labels={"created": (date(2024, 1, 1) + timedelta(days=number)).isoformat()},
    )


async def opened(
    path: Path, database: Any, monkeypatch: Any, *, count: int = 400, talks: Sequence[Conversation] = (), **changes: Any
) -> Settings:
    """Settings of a home with these talks imported and indexed; words stand for vectors."""
    monkeypatch.setattr(SentenceEncoder, "load", lambda **_: WordEncoder())
    home = Home(path).create()
    past = list(talks) or [talk(number) for number in range(count)]
    async with database.write() as session:
        await corpus.store_batch(session, past)
    passages = [passage for each in past for passage in passages_of_conversation(each)]
    build_index(passages, WordEncoder(), home.indexes / "one", home.embeddings, change=2**40)
    home.promote(index="one")
    return Settings(home=path, torch_threads=1, **changes)
