"""Tables of inboxes, their keys, visitors and their tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class InboxRow(Base):
    """One place where customers write from: which pages may do so, and whether only signed identities."""

    __tablename__ = "inbox"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    origins: Mapped[list[str]] = mapped_column(JSON)
    frame_ancestors: Mapped[list[str]] = mapped_column(JSON)
    verified_only: Mapped[bool] = mapped_column()
    rate: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class InboxKeyRow(Base):
    """A key that vouches for an inbox's visitors; ``sealed`` is encrypted under the desk's secret.

    ``expires_at`` is set when another takes its place, ``revoked_at`` when it is no longer to be believed.
    """

    __tablename__ = "inbox_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"), index=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime())


class VisitorRow(Base):
    """A person who writes to an inbox. ``subject`` is what the inbox's own system calls them; None if anonymous.

    Name and address are there only where they were signed.
    """

    __tablename__ = "visitor"
    __table_args__ = (UniqueConstraint("inbox_id", "subject"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    inbox_id: Mapped[str] = mapped_column(ForeignKey("inbox.id"))
    subject: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class VisitorTokenRow(Base):
    """A visitor's token; only its hash is kept. Tokens renewed from one another share a ``session``.

    ``key_id`` is the key that vouched; revoking it ends the sessions it began.
    """

    __tablename__ = "visitor_token"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    visitor_id: Mapped[str] = mapped_column(ForeignKey("visitor.id"), index=True)
    session: Mapped[str] = mapped_column(String(40), index=True)
    key_id: Mapped[str | None] = mapped_column(ForeignKey("inbox_key.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcTime())
    expires_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)
