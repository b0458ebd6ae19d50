"""Tables of live conversations: their messages, their event log, and the people who answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class Owner(StrEnum):
    """Who may reply in a conversation now; only ``bot`` lets the bot speak."""

    BOT = "bot"
    AGENT = "agent"
    NOBODY = "nobody"


class Status(StrEnum):
    """Whether a conversation takes messages."""

    OPEN = "open"
    CLOSED = "closed"


class Audience(StrEnum):
    """Who gets to see an event: customers see their own, agents see all."""

    CUSTOMER = "customer"
    AGENT = "agent"


SYSTEM = "system"
"""Who speaks in a message that neither a person nor the bot wrote: what the desk acknowledges by itself."""


TURNS = text("kind IN ('conversation.closed', 'handover.requested', 'rating.given')")
"""The few events by which figures are reckoned: the words of an index, so a query that shall use it says the same."""
_TURN = ("conversation_id", "seq", "kind", "created_at")
_UNNUMBERED = text("number IS NULL")


class ConversationRow(Base):
    """One live conversation. ``owner`` says who may reply now; ``last_seq`` counts its events.

    ``visitor_id`` says whose it is; without one (no program writes that) nobody can open it. The customer waits for a
    person from ``person_asked_at`` until ``person_answered_at``, also where the bot goes on meanwhile.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index(None, "owner", "status"),
        Index(None, "visitor_id", "created_at"),
        Index(None, "person_answered_at", "person_asked_at"),
        Index("ix_conversation_created_at", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    visitor_id: Mapped[str | None] = mapped_column(ForeignKey("visitor.id"))
    status: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(16))
    last_seq: Mapped[int] = mapped_column(Integer)
    agent: Mapped[str | None] = mapped_column(String(100))  # the person who has it, or had it when it was closed
    episode: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    episode_seq: Mapped[int] = mapped_column(Integer, default=1, server_default="1")  # the event that began it
    handover_reason: Mapped[str | None] = mapped_column(String(64))
    handover_text: Mapped[str | None] = mapped_column(Text)
    handover_expected: Mapped[str | None] = mapped_column(Text)
    handover_opens_at: Mapped[datetime | None] = mapped_column(UtcTime())
    handover_meanwhile: Mapped[bool | None] = mapped_column(Boolean)  # whether the bot may go on while they wait
    person_asked_at: Mapped[datetime | None] = mapped_column(UtcTime())
    person_answered_at: Mapped[datetime | None] = mapped_column(UtcTime())
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime())  # when who waits was last told that it is read
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcTime(), index=True)
    team: Mapped[str | None] = mapped_column(String(40), index=True)  # whose it is to take; the id of a team
    given_by: Mapped[str | None] = mapped_column(String(100))  # who gave it to the person who has it
    topic: Mapped[str | None] = mapped_column(String(100))  # these three as the bot saw it last
    language: Mapped[str | None] = mapped_column(String(16))
    decided: Mapped[str | None] = mapped_column(String(16))
    contact: Mapped[str | None] = mapped_column(String(254))
    lease: Mapped[str | None] = mapped_column(String(40))  # the server process that is at the bot's answer
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime())
    rating: Mapped[int | None] = mapped_column(Integer)
    rating_comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    updated_at: Mapped[datetime] = mapped_column(UtcTime())


class MessageRow(Base):
    """One message. ``seq`` is the event that brought it; an answer names the message it answers, once.

    ``author`` is the name that a person gave, ``counts_as`` whom the API key vouched for that they came with.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("in_reply_to"),
        Index("ix_message_created_at", "created_at", "conversation_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(16))
    author: Mapped[str | None] = mapped_column(String(100))
    counts_as: Mapped[str | None] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(String(100))
    in_reply_to: Mapped[str | None] = mapped_column(ForeignKey("message.id"))
    decision: Mapped[str | None] = mapped_column(String(16))
    mode: Mapped[str | None] = mapped_column(String(16))
    confidence: Mapped[float | None] = mapped_column()
    evidence: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))  # as ``file_view`` has them
    feedback: Mapped[int | None] = mapped_column(Integer)  # 1 helped, -1 did not, by the customer
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class EventRow(Base):
    """One entry of a conversation's log: gap-free numbers from 1, written with the change it tells of.

    ``number`` is its place in the feed of the whole desk, drawn after the commit by who reads that (ADR 40).
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "number", unique=True),
        Index("ix_event_unnumbered", "created_at", sqlite_where=_UNNUMBERED, postgresql_where=_UNNUMBERED),
        Index("ix_event_turns", *_TURN, sqlite_where=TURNS, postgresql_where=TURNS),
    )

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    number: Mapped[int | None] = mapped_column(BigInteger)


class AgentRow(Base):
    """A person who answers, by name, and when they were there last."""

    __tablename__ = "agent"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime())
