"""Tickets as JSON, for the team and its other systems; each message says who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.conversations.team_views import message_shown, note_shown
from chatbot.service.conversations.views import standing, status_word
from chatbot.service.tickets import statuses as named
from chatbot.storage.queries import conversations, notes, teams, worklist
from chatbot.storage.queries import tickets as stored
from chatbot.storage.tables.conversations import Owner
from chatbot.storage.tables.tickets import CHAT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow
    from chatbot.storage.tables.tickets import TicketRow
    from chatbot.storage.tables.visitors import VisitorRow

MESSAGES = "messages"


async def shown(
    session: Session, rows: Sequence[ConversationRow], *, now: datetime, include: Collection[str] = ()
) -> list[dict[str, Any]]:
    """These conversations as tickets, in their order; ``include`` names what comes with each."""
    ids = [row.id for row in rows]
    tickets, tags = await stored.of(session, ids), await worklist.tags(session, ids)
    people = await stored.requesters(session, [row.visitor_id for row in rows])
    called = await teams.names(session, {row.team for row in rows})
    statuses = await named.known(session)
    told = []
    for row in rows:
        view = {
            **_ticket(row, tickets.get(row.id), statuses),
            "team": called.get(row.team or ""),
            "tags": tags[row.id],
            "requester": _requester(people.get(row.visitor_id or "")),
            **standing(row, now),
            "created_at": row.created_at.isoformat(),
            "updated_at": row.updated_at.isoformat(),
        }
        told.append({**view, MESSAGES: await messages(session, row)} if MESSAGES in include else view)
    return told


async def tickets_among(session: Session, ids: Collection[str]) -> set[str]:
    """Those of these conversations that are tickets, and no chats."""
    return {name for name, row in (await stored.of(session, ids)).items() if row.channel != CHAT}


async def messages(session: Session, row: ConversationRow) -> list[dict[str, Any]]:
    """Everything that was said in a conversation, the team's notes included, oldest first."""
    said = [
        (each.seq, message_shown(each)) for each in await conversations.messages(session, row.id, up_to=row.last_seq)
    ]
    said += [(each.seq, note_shown(each)) for each in await notes.notes(session, row.id, up_to=row.last_seq)]
    return [message(view, seq) for seq, view in sorted(said, key=lambda each: each[0])]


def message(view: dict[str, Any], seq: int) -> dict[str, Any]:
    """One message as the team sees it (``team_views``), as one of a ticket."""
    kept = ("id", "client_id", "role", "author", "text", "files", "at", "decision", "held_until")
    return {**{name: view[name] for name in kept}, "audience": view["visible_to"], "seq": seq}


def _ticket(row: ConversationRow, ticket: TicketRow | None, statuses: Sequence[named.Status]) -> dict[str, Any]:
    stands = named.shown(statuses, row, ticket)
    external = (
        ticket
        and ticket.external_id
        and {
            "system": ticket.system,
            "id": ticket.external_id,
            "url": ticket.url,
            "etag": ticket.etag,
        }
    )
    return {
        "id": row.id,
        "seq": row.last_seq,
        "channel": ticket.channel if ticket else CHAT,
        "subject": ticket and ticket.subject,
        "status": stands.name,
        "category": stands.category,
        "conversation": status_word(row),
        "priority": ticket and ticket.priority,
        "owner": "bot" if row.owner == Owner.BOT else row.agent if row.owner == Owner.AGENT else None,
        "fields": ticket.fields if ticket else {},
        "due_at": ticket.due_at.isoformat() if ticket and ticket.due_at else None,
        "external": external or None,
        "merged_into": ticket and ticket.merged_into,
        "topic": row.topic,
        "language": row.language,
        "decided": row.decided,
    }


def _requester(row: VisitorRow | None) -> dict[str, Any] | None:
    return None if row is None else {"id": row.id, "name": row.name, "email": row.email, "external_id": row.subject}
