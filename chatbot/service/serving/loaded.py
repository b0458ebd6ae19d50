"""The pipeline that serves, with what is missing and what it does without. Loads nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chatbot.engine.protocol import never

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from chatbot.dialogue.answer import Answer, Candidate
    from chatbot.dialogue.check.drafted import Doubt
    from chatbot.dialogue.complete.completer import Completion
    from chatbot.engine.engine import Engine
    from data.transcripts import Turn
    from retrieval.passages import Passage
    from retrieval.search.retriever import Retriever


class Replies(Protocol):
    """What the server needs of a dialogue pipeline. Called on one thread only."""

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Answer:
        """Answer a conversation that ends in the customer's words."""

    def rank(self, turns: Sequence[Turn], candidates: Sequence[str]) -> list[float]:
        """One score a candidate, higher is better."""

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        """At most ``k`` replies, best first."""

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        """The likely rest of a draft; ``NoModelError`` where nothing is loaded that can complete."""

    def doubts(self, turns: Sequence[Turn], draft: str) -> list[Doubt]:
        """Facts of a draft that the evidence says otherwise."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What serves. ``missing`` says what keeps it from answering, ``notes`` what it does without.

    ``find`` looks a passage up in what the pipeline searches now.
    """

    pipeline: Replies | None
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    index: str | None = None
    model: str | None = None
    contract: str | None = None
    find: Callable[[str], Passage | None] = field(default=lambda _: None)
    retriever: Retriever | None = None
    engine: Engine | None = None


class PipelineLoader(Protocol):
    """Where a pipeline comes from; the server asks ``wanted`` often and ``load`` when it changed."""

    def wanted(self) -> Hashable:
        """What should serve now."""

    def load(self) -> Loaded:
        """Load it."""
