"""The brief of who takes a conversation over: what was asked, what the bot said, what was named, why it stopped.

Extractive: each line is somebody's own words and names the message that they stand in. Writes nothing itself, and asks
no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from chatbot.dialogue.answer import shortened
from chatbot.dialogue.text.set_phrases import wants_person
from chatbot.dialogue.text.small_talk import small_talk
from chatbot.service.realtime.event import EventKind
from chatbot.storage.queries import threads as stored
from data.masking.kinds import PRIVATE
from data.masking.mask import Masker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow


class Written(Protocol):
    """As much of a message as extracts are made of."""

    @property
    def text(self) -> str:
        """Its words."""


_Message = TypeVar("_Message", bound=Written)

SHORT = 280
"""Characters that are shown of a message."""
TRIED = 3
"""Replies that are shown."""
SPOKE = frozenset({"answer", "ask_back", "stopped"})
"""What the bot decided where it said something of its own."""
_READ = 40
_ASKED, _DETAILS = 3, 8
_NAMED = frozenset({"ORDER", "TRACKING", "EMAIL", "PHONE", "ADDRESS", "DATE", "CODE"}) | PRIVATE


async def brief(session: Session, conversation: ConversationRow) -> dict[str, Any] | None:
    """The brief of the last hand-over; None where nobody was asked for.

    It reads what was said up to the hand-over since a person answered last, or since the conversation was re-opened.
    """
    if conversation.handover_reason is None:
        return None
    name, end = conversation.id, conversation.last_seq + 1
    asked_at = await stored.last_of(session, name, EventKind.HANDOVER_REQUESTED, before=end)
    reopened = await stored.last_of(session, name, EventKind.REOPENED, before=asked_at)
    begin = max(reopened, await stored.last_reply(session, name, before=asked_at))
    said = await stored.messages_before(session, name, asked_at, limit=_READ, after=begin)
    theirs = [row for row in said if row.role == "customer"]
    traced = await stored.entries(session, name, after=asked_at - 2, before=asked_at, without=(), limit=1)
    decided = [each.payload for each in traced if each.kind == EventKind.ANSWER_TRACED]
    report = next((each for each in decided if each["decision"] not in SPOKE), {})  # else the customer asked for it
    return {
        "seq": asked_at,
        "asked": [_line(row) for row in asked(theirs)],
        "tried": [_line(row) for row in said if row.role == "bot" and row.decision in SPOKE][-TRIED:],
        "details": [{**named, "message_id": row.id, "seq": row.seq} for row, named in details(theirs)],
        "reason": report.get("reason") or conversation.handover_reason,
        "detail": report.get("detail") or None,
        "message_id": report.get("message_id"),
        "language": conversation.language,
    }


def asked(theirs: Sequence[_Message]) -> list[_Message]:
    """The customer's first words that ask something and the last ones; all they said where nothing asks."""
    asking = [row for row in theirs if small_talk(row.text) is None and not wants_person(row.text)] or list(theirs)
    return asking if len(asking) <= _ASKED else [asking[0], *asking[1 - _ASKED :]]


def _line(row: MessageRow) -> dict[str, Any]:
    return {
        "message_id": row.id,
        "seq": row.seq,
        "text": shortened(row.text, SHORT),
        "decision": row.decision,
        "at": row.created_at.isoformat(),
    }


def details(theirs: Sequence[_Message]) -> list[tuple[_Message, dict[str, Any]]]:
    """What the customer named, each once; what is never written in a chat shows its kind alone."""
    masker = Masker(others=False)
    masker.mask_all([row.text[:2000] for row in theirs])
    found: dict[str, tuple[_Message, dict[str, Any]]] = {}
    for span in masker.spans:
        if span.kind in _NAMED:
            value = None if span.kind in PRIVATE else span.value
            found.setdefault(span.placeholder, (theirs[span.text], {"kind": span.kind.lower(), "value": value}))
    return list(found.values())[:_DETAILS]
