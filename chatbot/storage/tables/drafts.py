"""Tables of what the team writes and customers do not read (yet): notes, mentions, drafts, replies that are held.

They stand apart from the messages, so that no query on those can give a customer, the bot or the archive any of it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class Kind(StrEnum):
    """What a draft becomes."""

    REPLY = "reply"
    NOTE = "note"


class NoteRow(Base):
    """What somebody wrote for the team. ``seq`` is the event that brought it, ``mentions`` who was named."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"), UniqueConstraint("conversation_id", "seq"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))  # as a message has them
    client_id: Mapped[str] = mapped_column(String(100))
    mentions: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class MentionRow(Base):
    """Somebody was mentioned in a conversation and has not looked since; deleted when they do."""

    __tablename__ = "mention"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class DraftRow(Base):
    """What somebody is writing: one of each kind in a conversation. An empty one keeps out saves that come late.

    ``client_id`` is that of the message it becomes; ``rev`` counts the saves, by whoever writes. Its files are those
    of this person that are ``taken_by`` its kind.
    """

    __tablename__ = "draft"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    rev: Mapped[int] = mapped_column(Integer)
    saved_at: Mapped[datetime] = mapped_column(UtcTime())
    acts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")


class HeldRow(Base):
    """A reply that goes to the customer at ``release_at``, unless it is taken back before. ``id`` is the message's.

    ``acts`` is what is done with the conversation then; ``leads``: by somebody who may give away what others have.
    """

    __tablename__ = "held_reply"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    agent: Mapped[str] = mapped_column(String(100))
    counts_as: Mapped[str | None] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))  # as the message will have them
    client_id: Mapped[str] = mapped_column(String(100))
    held_at: Mapped[datetime] = mapped_column(UtcTime())
    release_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)
    acts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    leads: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
