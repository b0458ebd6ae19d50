"""The brief of who takes a conversation over: what was asked, what the bot said, what was named, why it stopped.

Extractive: each line is somebody's own words and names the message that they stand in. Writes nothing itself, and asks
no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

SHORT = 280
"""Characters that are shown of a message."""
_READ = 40
_ASKED, _TRIED, _DETAILS = 3, 3, 8
_SPOKE = frozenset({"answer", "ask_back", "stopped"})
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
    report = next((each for each in decided if each["decision"] not in _SPOKE), {})  # else the customer asked for it
    return {
        "seq": asked_at,
        "asked": [_line(row) for row in _asked(theirs)],
        "tried": [_line(row) for row in said if row.role == "bot" and row.decision in _SPOKE][-_TRIED:],
        "details": _details(theirs),
        "reason": report.get("reason") or conversation.handover_reason,
        "detail": report.get("detail") or None,
        "message_id": report.get("message_id"),
        "language": conversation.language,
    }


def _asked(theirs: Sequence[MessageRow]) -> list[MessageRow]:
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


def _details(theirs: Sequence[MessageRow]) -> list[dict[str, Any]]:
    """What the customer named, each once; what is never written in a chat shows its kind alone."""
    masker = Masker(others=False)
    masker.mask_all([row.text[:2000] for row in theirs])
    found: dict[str, dict[str, Any]] = {}
    for span in masker.spans:
        if span.kind in _NAMED:
            row, hidden = theirs[span.text], span.kind in PRIVATE
            value = None if hidden else span.value
            told = {"kind": span.kind.lower(), "value": value, "message_id": row.id, "seq": row.seq}
            found.setdefault(span.placeholder, told)
    return list(found.values())[:_DETAILS]
