"""The table of files that customers and agents attach: what is known of each. Their bytes lie in the home, by hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class FileRow(Base):
    """One file of one conversation.

    ``sender`` is the agent who uploaded it, empty for the customer; ``audience`` who may open it. ``taken_by`` is what
    it goes with: the id of a message, a held reply or a note, or the kind of its sender's draft; without, none of them.
    """

    __tablename__ = "file"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    taken_by: Mapped[str | None] = mapped_column(String(40), index=True)
    client_id: Mapped[str] = mapped_column(String(100))
    sender: Mapped[str] = mapped_column(String(100))
    audience: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
