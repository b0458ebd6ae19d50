"""What people read of a conversation: its newest messages first, what happened beside them, and who writes.

For the team alone. The customer's own view is ``opening.snapshot``, which holds the whole of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.conversations.brief import SHORT, brief
from chatbot.service.conversations.team_views import held_shown, message_shown, note_shown
from chatbot.service.conversations.views import conversation_view, standing, status_word
from chatbot.service.realtime.event import EventKind
from chatbot.service.visitors.visitors import TICKET_INBOX
from chatbot.storage.queries import drafts, notes, tickets, visitors, worklist
from chatbot.storage.queries import threads as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.queries.threads import Past
    from chatbot.storage.tables.conversations import ConversationRow, MessageRow

_MESSAGES = frozenset(
    {
        EventKind.STARTED,
        EventKind.MESSAGE_CREATED,
        EventKind.MESSAGE_DONE,
        EventKind.NOTED,
        EventKind.HELD,
        EventKind.WITHDRAWN,
    }
)
_MOST_LINES = 200


async def thread(
    session: Session, conversation: ConversationRow, *, before: int | None, limit: int, now: datetime
) -> dict[str, Any]:
    """One page of a conversation, the newest or what is ``before`` an event, as of its event number ``seq``.

    The newest has the brief of who takes it over with it. ``lines`` are the events beside the messages of the page.
    """
    end = min(before or conversation.last_seq + 1, conversation.last_seq + 1)
    found = await stored.messages_before(session, conversation.id, end, limit=limit + 1)
    shown: Sequence[Any] = found[-limit:]
    further = len(found) > limit
    begin = shown[0].seq if further else 0
    lines = await stored.entries(
        session, conversation.id, after=begin, before=end, without=_MESSAGES, limit=_MOST_LINES
    )
    return {
        **conversation_view(conversation, ()),
        "messages": await _placed(session, conversation, shown, begin=begin, end=end),
        "lines": [
            {"seq": line.seq, "kind": line.kind, "at": line.at.isoformat(), "payload": line.payload} for line in lines
        ],
        "before": begin or None,
        "total": await stored.count_messages(session, conversation.id, up_to=conversation.last_seq),
        "customer": await visitors.name_of(session, conversation.visitor_id) if conversation.visitor_id else None,
        "subject": await tickets.subject(session, conversation.id),
        "tags": (await worklist.tags(session, [conversation.id]))[conversation.id],
        "topic": conversation.topic,
        "language": conversation.language,
        "rating_comment": conversation.rating_comment,
        **standing(conversation, now),
        "brief": await brief(session, conversation) if before is None else None,
    }


async def _placed(
    session: Session, conversation: ConversationRow, messages: Sequence[MessageRow], *, begin: int, end: int
) -> list[dict[str, Any]]:
    """A page's messages with the notes among them; the newest ends with what is held, which has no place yet."""
    reached = conversation.last_seq
    shown = [{**message_shown(row), "seq": row.seq} for row in messages]
    written = await notes.notes(session, conversation.id, after=begin, up_to=end - 1)
    shown = sorted([*shown, *({**note_shown(row), "seq": row.seq} for row in written)], key=lambda each: each["seq"])
    held = await drafts.held(session, conversation.id) if end > reached else []
    return [*shown, *({**held_shown(row), "seq": reached} for row in held)]


async def customer(
    session: Session, conversation: ConversationRow, *, before: tuple[datetime, str] | None, limit: int
) -> tuple[dict[str, Any], tuple[datetime, str] | None]:
    """Who writes, with their other conversations; and the point after which the next page of these begins."""
    found = await stored.earlier(session, conversation, before=before, limit=limit + 1)
    shown = found[:limit]
    row = await stored.visitor(session, conversation.visitor_id)
    told = {
        "name": row and row.name,
        "email": row and row.email,
        "verified": row is not None and row.subject is not None and row.inbox_id != TICKET_INBOX,
        "subject": row and row.subject,
        "inbox": row and row.inbox_id,
        "contact": conversation.contact,
        "since": (row.created_at if row else conversation.created_at).isoformat(),
        "earlier": [_past(each) for each in shown],
    }
    return told, (shown[-1].row.created_at, shown[-1].row.id) if len(found) > limit else None


def _past(past: Past) -> dict[str, Any]:
    row = past.row
    return {
        "id": row.id,
        "created_at": row.created_at.isoformat(),
        "status": status_word(row),
        "agent": row.agent,
        "topic": row.topic,
        "decided": row.decided,
        "rating": row.rating,
        "first": past.first and past.first[:SHORT],
    }
