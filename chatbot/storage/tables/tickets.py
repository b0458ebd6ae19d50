"""The table of tickets: what a conversation has beyond a chat. A ticket is a conversation; nothing is here twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime

CHAT = "chat"
"""The channel of a conversation that is no ticket: the widget."""


class Priority(StrEnum):
    """How much it matters, the most first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class TicketRow(Base):
    """One row for each conversation that came as a ticket, or that somebody gave a subject, a priority and such.

    ``status`` is the desk's name for where it stands; whether that is done says the conversation. ``system`` and
    ``external_id`` name it in another help desk; ``digest`` is of what that desk told last (SHA-256), so that the same
    told again changes nothing. One that was merged lives on in another conversation.
    """

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("system", "external_id"),)

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str | None] = mapped_column(String(500))
    status: Mapped[str | None] = mapped_column(String(60))
    priority: Mapped[str | None] = mapped_column(String(10), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime())
    system: Mapped[str | None] = mapped_column(String(40))
    external_id: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(String(200))
    digest: Mapped[str | None] = mapped_column(String(64))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"))
