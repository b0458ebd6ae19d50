"""What a connector would write for the tickets that came last, beside what was answered there: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service.answering import decisions
from chatbot.service.connectors.noting import worth_saying
from chatbot.service.suggested.sets import warnings_of
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatbot.service.connectors.protocol import Remark, Theirs
    from chatbot.service.serving.loaded import Loaded
    from retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be written in one ticket. ``alone``: as an answer, where the connector may; without words: nothing.

    ``answered`` is what the customer was told there.
    """

    ticket: str
    url: str
    subject: str
    question: str
    words: str | None
    alone: bool
    confidence: float
    evidence: tuple[Passage, ...]
    warnings: tuple[str, ...]
    answered: str | None


def rehearsed(newest: Sequence[Theirs], loaded: Loaded) -> Iterator[Rehearsed]:
    """What would be written, ticket by ticket; those in which no customer said anything are passed over."""
    assert loaded.pipeline is not None
    for theirs in newest:
        asked, answered = _exchange(theirs)
        if not asked:
            continue
        turns = tuple(Turn(Role(each.role), each.text) for each in asked)
        answer = decisions.decide(loaded.pipeline, turns)
        alone = decisions.refusal(decisions.Question(turns), answer, loaded.contract) is None
        best = next(iter(loaded.pipeline.suggest(turns, 1)), None)
        words = best.text if best is not None and worth_saying(best.probability) else None
        names = (best.evidence_ids if best else ()) if not alone else tuple(each.id for each in answer.evidence)
        yield Rehearsed(
            ticket=theirs.id,
            url=theirs.url,
            subject=theirs.subject,
            question=asked[-1].text,
            words=answer.reply if alone else words,
            alone=alone,
            confidence=answer.confidence if alone else best.probability if best else 0.0,
            evidence=tuple(found for name in names if (found := loaded.find(name)) is not None),
            warnings=() if alone or best is None else tuple(warnings_of(best)),
            answered=answered.text if answered else None,
        )


def _exchange(theirs: Theirs) -> tuple[list[Remark], Remark | None]:
    """What was said up to the customer's last message that was answered, and the answer; else up to their last."""
    public = [each for each in theirs.remarks if each.audience == "customer"]
    pairs = [
        place for place in range(1, len(public)) if public[place - 1].from_customer and not public[place].from_customer
    ]
    if pairs:
        return public[: pairs[-1]], public[pairs[-1]]
    last = max((place for place, each in enumerate(public, 1) if each.from_customer), default=0)
    return public[:last], None
