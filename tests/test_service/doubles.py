"""A pipeline that answers at once and by rule, a clock that ticks, and ids that can be read."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chatbot.clock import Clock
from chatbot.dialogue.answer import Answer, Candidate, CheckResult, Decision, Evidence
from chatbot.dialogue.check.drafted import Doubt
from chatbot.dialogue.complete.completer import Completion
from chatbot.engine.protocol import BusyError, never
from chatbot.errors import NoModelError
from chatbot.service.serving.loaded import Loaded
from retrieval.passages import Passage, PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.transcripts import Turn

MOMENT = Passage(
    id="t1:1",
    kind=PassageKind.MOMENT,
    question="Where is my parcel?",
    answer="It is on its way.",
    source_id="t1",
    title=None,
    url=None,
    language="en",
    created="2025-01-01",
)


@dataclass
class RulePipeline:
    """Answers "You said: …" word by word; "person" hands over, "break" raises.

    Having written, it waits until ``released`` is set, or until it is told to stop. ``asked`` and ``finished`` count.
    """

    released: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    finished: int = 0

    @classmethod
    def at_once(cls) -> RulePipeline:
        """One that waits for nothing."""
        pipeline = cls()
        pipeline.released.set()
        return pipeline

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Answer:
        self.asked.append(tuple(turn.text for turn in turns))
        words = turns[-1].text
        if "break" in words:
            raise ValueError(words)
        if "person" in words:
            return Answer("A colleague will answer.", Decision.HAND_OVER, 0.1, "hand_over", "wants_person")
        reply = f"You said: {words}"
        for piece in reply.split(" "):
            if on_delta:
                on_delta(piece + " ")
        while not self.released.wait(0.005) and not should_stop():
            pass
        self.finished += 1
        evidence = (
            Evidence("t1:1", "moment", 0.9, "somebody else's words"),
            Evidence("help#0", "article", 0.8, "text", "How to return", "https://help.example/return"),
            Evidence("help#1", "article", 0.7, "more text", "How to return", "https://help.example/return"),
        )
        return Answer(
            reply, Decision.ANSWER, 0.9, "verbatim", "confident", evidence=evidence, trace={"question": words}
        )

    def rank(self, turns: Sequence[Turn], candidates: Sequence[str]) -> list[float]:
        return [float(len(candidate)) for candidate in candidates]

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        warning = CheckResult("numbers", passed=False, detail="12 is not in the evidence")
        features = {"similarity": 0.9, "agreement": 0.5, "support": 0.5, "margin": 0.1}
        found = [
            Candidate("It is on its way.", "verbatim", ("t1:1",), features=features, score=1.2, probability=0.8),
            Candidate(
                "In 12 days.", "verbatim", ("gone",), features=features, checks=(warning,), score=0.4, probability=0.3
            ),
        ]
        return found[:k]

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        if draft == "no model":
            raise NoModelError("No model serves.")
        if draft == "busy":
            raise BusyError(6.2)
        return Completion(" soon.", 0.5) if draft.endswith("it comes") else Completion("", 0.0)

    def doubts(self, turns: Sequence[Turn], draft: str) -> list[Doubt]:
        """Knows of 14 days alone."""
        at = draft.find("40 days")
        return [Doubt(at, at + 7, "quantity", ("14 days",))] if at >= 0 else []


@dataclass
class StandInLoader:
    """Loads the pipeline it was given; what it wants and what is missing can be changed by a test."""

    pipeline: RulePipeline | None = field(default_factory=RulePipeline.at_once)
    version: str = "one"

    def wanted(self) -> str:
        return self.version

    def load(self) -> Loaded:
        if self.pipeline is None:
            return Loaded(pipeline=None, missing=("No index.",))
        return Loaded(pipeline=self.pipeline, notes=("No model.",), index=self.version, find={MOMENT.id: MOMENT}.get)


@dataclass
class Promising(StandInLoader):
    """Serves under a contract."""

    contract: str | None = "c1"

    def load(self) -> Loaded:
        return replace(super().load(), contract=self.contract)


def ticking() -> Clock:
    """A clock that goes on by a second at each look, and ids that count."""
    counter, clock = itertools.count(1), itertools.count(0)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return Clock(
        now=lambda: start + timedelta(seconds=next(clock)),
        new_id=lambda prefix: f"{prefix}_{next(counter)}",
        chance=lambda: 0.5,
    )
