"""Tables of webhooks: where other systems are told of what happens, and each thing that they are told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class DeliveryState(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookRow(Base):
    """One endpoint of another system. ``position`` is the last number of the desk's feed that it has deliveries of.

    ``secret`` and ``old_secret`` are encrypted. ``failing_since`` is the first try that failed after one that did not.
    """

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200))
    types: Mapped[list[str]] = mapped_column(JSON)  # none: of everything
    secret: Mapped[str] = mapped_column(Text)
    old_secret: Mapped[str | None] = mapped_column(Text)
    old_until: Mapped[datetime | None] = mapped_column(UtcTime())
    on: Mapped[bool] = mapped_column("is_on", Boolean)
    off_because: Mapped[str | None] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer)  # in a row
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime())
    warned_at: Mapped[datetime | None] = mapped_column(UtcTime())
    slowed: Mapped[int] = mapped_column(Integer)  # how often in a row it asked for less
    not_before: Mapped[datetime | None] = mapped_column(UtcTime())
    delivered_at: Mapped[datetime | None] = mapped_column(UtcTime())
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class WebhookDeliveryRow(Base):
    """One thing that one endpoint is told. Those of one ``lane`` go in the order of their numbers, one at a time.

    ``body`` is what is sent and signed, to the byte, in every try. The lease is a server process' that is at it now.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_due", "webhook_id", "state", "lane", "number"),
        Index("ix_webhook_delivery_listed", "webhook_id", "number"),
        Index(None, "settled_at"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(String(40), unique=True)  # the `webhook-id`
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(60))
    conversation_id: Mapped[str | None] = mapped_column(String(40))
    lane: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    next_at: Mapped[datetime] = mapped_column(UtcTime())
    failures: Mapped[int] = mapped_column(Integer)
    tries: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answer: Mapped[str | None] = mapped_column(Text)  # the beginning of the last one
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime())
    settled_at: Mapped[datetime | None] = mapped_column(UtcTime())
