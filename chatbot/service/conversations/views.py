"""What a customer gets to see of messages and conversations, as JSON.

Events carry the same shapes as the snapshot, so that a client which applies events ends where a fresh snapshot
would put it. Past conversations are somebody else's: of the evidence only published articles are shown, of other
replies no more than that there are some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.storage.tables.conversations import Owner, Status
from data.transcripts import web_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chatbot.dialogue.answer import Evidence
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow

_ARTICLE = "article"
_WAITING = {Owner.BOT: "open", Owner.NOBODY: "waiting", Owner.AGENT: "agent"}


def message_view(row: MessageRow) -> dict[str, Any]:
    """One message as the customer sees it."""
    evidence = (row.evidence or ()) if row.decision == "answer" else ()
    return {
        "id": row.id,
        "client_id": row.client_id,
        "role": row.role,
        "author": row.author,
        "text": row.text,
        "files": row.files or [],
        "at": row.created_at.isoformat(),
        "decision": row.decision,
        "feedback": row.feedback,
        "evidence": customer_evidence(evidence),
        "from_past_replies": any(item.get("kind") != _ARTICLE for item in evidence),
    }


def conversation_view(conversation: ConversationRow, messages: Sequence[MessageRow]) -> dict[str, Any]:
    """The whole conversation as of its event number ``seq``."""
    return {
        "id": conversation.id,
        "seq": conversation.last_seq,
        "status": status_word(conversation),
        "messages": [message_view(row) for row in messages],
        "handover": handover_view(conversation),
        "agent": conversation.agent,
        "contact": conversation.contact,
        "rating": conversation.rating,
        "created_at": conversation.created_at.isoformat(),
    }


def standing(conversation: ConversationRow, now: datetime) -> dict[str, str | None]:
    """Since when its customer waits for a person, and until when it is put off, where that is to come."""
    waits = conversation.person_asked_at if conversation.person_answered_at is None else None
    until = conversation.snoozed_until if conversation.snoozed_until and conversation.snoozed_until > now else None
    return {
        "waiting_since": waits.isoformat() if waits else None,
        "snoozed_until": until.isoformat() if until else None,
    }


def status_word(conversation: ConversationRow) -> str:
    """``open`` (the bot answers), ``waiting`` (for a person), ``agent`` (a person answers) or ``closed``."""
    return "closed" if conversation.status == Status.CLOSED else _WAITING[Owner(conversation.owner)]


def handover_view(conversation: ConversationRow) -> dict[str, Any] | None:
    """Why a person was asked for and what the customer was told; None where nobody was."""
    if conversation.handover_reason is None:
        return None
    opens_at = conversation.handover_opens_at
    return {
        "reason": conversation.handover_reason,
        "text": conversation.handover_text,
        "expected": conversation.handover_expected,
        "opens_at": opens_at and opens_at.isoformat(),
        "meanwhile": bool(conversation.handover_meanwhile),
    }


def customer_evidence(evidence: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The articles an answer rests on, each once: where to read them, or their words where that is nowhere."""
    shown: dict[tuple[Any, Any], dict[str, Any]] = {}
    for item in evidence:
        if item.get("kind") == _ARTICLE and item.get("title"):
            url = web_address(item.get("url"))
            article = {name: item.get(name) for name in ("id", "kind", "title")}
            shown.setdefault((item["title"], url), {**article, "url": url, "text": None if url else item.get("text")})
    return list(shown.values())


def stored_evidence(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """What is kept of an answer's evidence with its message: never what a past customer was told."""
    return [
        {
            **{name: getattr(item, name) for name in ("id", "kind", "score", "title", "url")},
            **({"text": item.text} if item.kind == _ARTICLE and not web_address(item.url) else {}),
        }
        for item in evidence
    ]
