"""Whether the bot may answer by itself: a switch for an emergency, which every answer meets where it is stored.

Switched off, everything goes to people, with what the bot would have said kept for them in the trace; a set phrase, to
thanks say, is still said. It counts for every process at once, and for what is being written just then as well.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.text import set_phrases
from chatbot.service.audit import Act, record
from chatbot.storage.queries import desk as stored

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.dialogue.answer import Answer
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session

STOPPED = "stopped"
_NAME = "alone"
_SENT = {Decision.ANSWER, Decision.ASK_BACK}


@dataclass(frozen=True, slots=True)
class Alone:
    """Whether it is on; who switched it last, when and why, where somebody has."""

    on: bool = True
    by: str | None = None
    at: datetime | None = None
    why: str = ""

    def shown(self) -> dict[str, Any]:
        """As the team may read it."""
        return {**asdict(self), "at": self.at and self.at.isoformat()}


async def is_on(session: Session) -> bool:
    """Whether the bot may answer by itself at all."""
    value = await stored.value(session, _NAME)
    return value is None or bool(json.loads(value)["on"])


async def told(session: Session) -> Alone:
    """The same with who switched it."""
    row = await stored.row(session, _NAME)
    return Alone() if row is None else Alone(by=row.by, at=row.at, **json.loads(row.value))


async def switch(clock: Clock, session: Session, actor: Actor, *, on: bool, why: str = "") -> Alone:
    """Switch answering alone off, or on again; recorded."""
    at = clock.now()
    why = why.strip()
    await stored.lay_down(session, _NAME, json.dumps({"on": on, "why": why}), by=actor.name, at=at)
    await record(session, at, actor, Act.ALONE_SWITCHED, "on" if on else "off", why=why)
    return Alone(on=on, by=actor.name, at=at, why=why)


async def allowed(session: Session, answer: Answer) -> Answer:
    """The answer, or the hand-over that takes its place while answering alone is switched off."""
    if answer.decision not in _SENT or answer.mode == "phrase" or await is_on(session):
        return answer
    became: dict[str, Any] = {
        "decision": Decision.HAND_OVER,
        "reason": STOPPED,
        "detail": f"Answering alone is switched off. Otherwise: {answer.detail}",
        "mode": "hand_over",
    }
    return replace(
        answer,
        **became,
        reply=set_phrases.sentence("handover", str(answer.trace.get("language") or "en")),
        evidence=(),
        suggestion=answer.suggestion or answer.reply,
        trace={**answer.trace, "decision": {**answer.trace.get("decision", {}), **became}},
    )
