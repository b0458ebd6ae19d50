"""What other systems are told: the types of events and their bodies, ids and codes alone. Sends nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.service.realtime.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chatbot.storage.queries.events import Numbered

TEST = "webhook.test"
MEANING = {
    "conversation.created": "a customer began a conversation",
    "conversation.handed_over": "a person was asked for, by the customer or by the bot; `reason` says why",
    "conversation.assigned": "somebody took it or was given it (`agent`)",
    "conversation.unassigned": "whoever had it has it no more (`agent`)",
    "conversation.routed": "it was given to a team, a person or to nobody in particular (`team`, `agent`)",
    "conversation.snoozed": "it was put off (`until`)",
    "conversation.woken": "it is no longer put off",
    "conversation.tagged": "its tags changed",
    "conversation.closed": "it was closed",
    "conversation.reopened": "it was opened again",
    "conversation.rated": "its customer rated it (`score`)",
    "message.created": "a message was written (`message_id`) by a customer, the bot or an agent (`role`)",
    "message.rated": "a customer said whether an answer helped (`message_id`, `value`)",
    "note.created": "a note for the team was written (`note_id`)",
    "ticket.updated": "its subject, status, priority, team, due time or fields changed",
    "ticket.merged": "it lives on in another one (`into`), or another one in it (`from`)",
    TEST: "somebody asked for a test",
}
_TOLD: dict[str, tuple[str, dict[str, str]]] = {
    EventKind.STARTED: ("conversation.created", {}),
    EventKind.HANDOVER_REQUESTED: ("conversation.handed_over", {"reason": "reason"}),
    EventKind.AGENT_JOINED: ("conversation.assigned", {"agent": "name"}),
    EventKind.AGENT_LEFT: ("conversation.unassigned", {"agent": "name"}),
    EventKind.ASSIGNED: ("conversation.routed", {"team": "team", "agent": "agent"}),
    EventKind.SNOOZED: ("conversation.snoozed", {"until": "until"}),
    EventKind.WOKEN: ("conversation.woken", {}),
    EventKind.TAGGED: ("conversation.tagged", {}),
    EventKind.CLOSED: ("conversation.closed", {}),
    EventKind.REOPENED: ("conversation.reopened", {}),
    EventKind.RATED: ("conversation.rated", {"score": "score"}),
    EventKind.MESSAGE_CREATED: ("message.created", {"message_id": "id", "role": "role"}),
    EventKind.MESSAGE_DONE: ("message.created", {"message_id": "id", "role": "role", "decision": "decision"}),
    EventKind.FEEDBACK: ("message.rated", {"message_id": "message_id", "value": "value"}),
    EventKind.TICKET_CHANGED: ("ticket.updated", {}),
    EventKind.TICKET_MERGED: ("ticket.merged", {"into": "into", "from": "from"}),
    EventKind.NOTED: ("note.created", {"note_id": "id"}),
}
"""The type of each kind of event, and which fields of its payload are told under which name: all that leaves."""


def checked(types: Iterable[str]) -> list[str]:
    """Types by name, each once and in order.

    Raises:
        InputError: there is none of this name.

    """
    wanted = set(types)
    if unknown := sorted(wanted - set(MEANING)):
        raise InputError(f"There is no event type {', '.join(unknown)}; there are {', '.join(MEANING)}.")
    return [name for name in MEANING if name in wanted]


def told(event: Numbered, types: Iterable[str]) -> tuple[str, str] | None:
    """Type and body of an event of the feed; None where it is not told, or not of ``types`` (none: of everything)."""
    name, fields = _TOLD.get(event.entry.kind, (None, {}))
    if name is None or (types and name not in types):
        return None
    payload = event.entry.payload
    data = {
        "conversation_id": event.conversation_id,
        "seq": event.number,
        "conversation_seq": event.entry.seq,
        **{called: payload.get(field) for called, field in fields.items()},
    }
    return name, body(name, event.entry.at, data)


def body(name: str, at: datetime, data: dict[str, Any]) -> str:
    """A body as it is signed and sent, to the byte."""
    return json.dumps({"type": name, "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))
