"""An event of a conversation: its kinds and its shape. Stores and sends nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chatbot.storage.tables.conversations import Audience

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.queries.events import Entry


class EventKind(StrEnum):
    """What is logged, and (the last three) what is sent without being stored; of these the last to the team alone."""

    STARTED = "conversation.started"
    MESSAGE_CREATED = "message.created"
    MESSAGE_DONE = "message.done"
    ANSWER_TRACED = "answer.traced"
    HANDOVER_REQUESTED = "handover.requested"
    BOT_RESUMED = "bot.resumed"
    AGENT_JOINED = "agent.joined"
    AGENT_LEFT = "agent.left"
    CONTACT_GIVEN = "contact.given"
    CLOSED = "conversation.closed"
    REOPENED = "conversation.reopened"
    RATED = "rating.given"
    FEEDBACK = "feedback.given"
    SNOOZED = "conversation.snoozed"
    WOKEN = "conversation.woken"
    NOTED = "note.created"
    HELD = "reply.held"
    WITHDRAWN = "reply.withdrawn"
    TAGGED = "tags.changed"
    ASSIGNED = "conversation.assigned"
    TICKET_CHANGED = "ticket.changed"
    TICKET_MERGED = "ticket.merged"
    ACT_REFUSED = "act.refused"
    TYPING = "typing"
    DELTA = "message.delta"
    LOOKING = "looking"


@dataclass(frozen=True)
class Event:
    """One thing that happened. ``seq`` is None for what is not stored."""

    seq: int | None
    kind: str
    at: datetime
    payload: dict[str, Any]
    audience: Audience = Audience.CUSTOMER

    @classmethod
    def of(cls, entry: Entry) -> Event:
        """An entry of the log."""
        return cls(entry.seq, entry.kind, entry.at, entry.payload, entry.audience)

    @cached_property
    def text(self) -> str:
        """The event as one line of JSON; made once, however many listen."""
        return json.dumps({"seq": self.seq, "kind": self.kind, "at": self.at.isoformat(), "payload": self.payload})
