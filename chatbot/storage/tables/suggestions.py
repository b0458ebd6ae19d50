"""Tables of suggestions: what was suggested for a customer's message, what people did with it, what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class SuggestionSetRow(Base):
    """What was suggested for one message of a customer, in the order in which it is shown; one a message.

    ``propensity`` is the probability of that order, which now and then is drawn otherwise; ``blind``: it is held back
    until somebody has answered. From ``outcome`` on it is what came of it: which of them was sent (``used``), how much
    the words were changed (``edit_size``, 0 to 1), and which facts.
    """

    __tablename__ = "suggestion_set"
    __table_args__ = (UniqueConstraint("message_id"), Index(None, "conversation_id"), Index(None, "created_at", "id"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    index_version: Mapped[str | None] = mapped_column(String(100))
    model: Mapped[str | None] = mapped_column(String(100))
    contract: Mapped[str | None] = mapped_column(String(100))
    blind: Mapped[bool] = mapped_column(Boolean)
    propensity: Mapped[float] = mapped_column(Float)
    suggestions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    outcome: Mapped[str | None] = mapped_column(String(16))
    used: Mapped[str | None] = mapped_column(String(48))
    edit_size: Mapped[float | None] = mapped_column(Float)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    sent_id: Mapped[str | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)


class SuggestionEventRow(Base):
    """Something that somebody did with a set, or with one of it; ``suggestion_id`` is "" where it is the set.

    ``client_id`` tells apart what one person did twice. The characters are those of completions that were offered,
    taken, and still there when the reply was sent.
    """

    __tablename__ = "suggestion_event"
    __table_args__ = (UniqueConstraint("set_id", "kind", "suggestion_id", "by", "client_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("suggestion_set.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    suggestion_id: Mapped[str] = mapped_column(String(48))
    by: Mapped[str] = mapped_column(String(100))
    client_id: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(String(16))
    words: Mapped[str | None] = mapped_column(Text)
    offered: Mapped[int | None] = mapped_column(Integer)
    taken: Mapped[int | None] = mapped_column(Integer)
    kept: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
