"""Between stored conversations and the dialogue: whose turn it is, what was said, and what an answer becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Answer, Decision
from chatbot.service.conversations.conversations import ASKED, FAILURE, HANDOVER_SENTENCE, UNSURE, Reply
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from chatbot.storage.queries.conversations import StoredTurn

# The customer is told why in three words; the bot's own reason codes are for the team.
_ASKED_BY = {"wants_person": ASKED}


def turn_of(message: StoredTurn) -> Turn:
    """A message as the dialogue reads it."""
    return Turn(Role(message.role), message.text, at=message.created_at.isoformat())


def reply_of(answer: Answer, message_id: str, in_reply_to: str) -> Reply:
    """An answer, ready to be stored; whatever does not speak to the customer hands over."""
    speaks = answer.decision in {Decision.ANSWER, Decision.ASK_BACK}
    return Reply(
        message_id=message_id,
        in_reply_to=in_reply_to,
        text=answer.reply or HANDOVER_SENTENCE,
        decision=str(answer.decision),
        mode=answer.mode,
        confidence=answer.confidence,
        evidence=[
            {"id": item.id, "kind": item.kind, "score": item.score, "title": item.title, "url": item.url}
            for item in answer.evidence
        ],
        trace=answer.trace,
        report={
            "decision": str(answer.decision),
            "confidence": answer.confidence,
            "reason": answer.reason,
            "detail": answer.detail,
            "suggestion": answer.suggestion,
        },
        hand_over=None if speaks else _ASKED_BY.get(answer.reason, UNSURE),
    )


def failed(message_id: str, in_reply_to: str) -> Reply:
    """What is stored where the dialogue broke: a person takes over."""
    return Reply(
        message_id=message_id,
        in_reply_to=in_reply_to,
        text=HANDOVER_SENTENCE,
        decision=str(Decision.HAND_OVER),
        mode="hand_over",
        confidence=0.0,
        evidence=(),
        trace={"failed": True},
        report={"decision": str(Decision.HAND_OVER), "reason": "The bot failed on this message; see the log."},
        hand_over=FAILURE,
    )
