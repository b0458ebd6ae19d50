"""Tables of the work list: the words of messages, tags, saved searches, and how far the desk's feed is numbered.

Beside ``message_words`` stands what finds a word quickly and has no columns of its own: on SQLite an FTS5 table that
follows it by triggers, on PostgreSQL a GIN index. Both are made by the migration. Words go with their conversation.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text, TypeDecorator, false
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Order(StrEnum):
    """In which order a list is: by the wait for a person, the longest first; else by the newest of a time."""

    WAIT = "wait"
    NEWEST = "newest"
    ACTIVITY = "activity"


class Words(TypeDecorator[list[str]]):
    """Words in their order (``words_of``): spaced text for FTS5, a tsvector with their places on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The type on this database."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        """As it is stored; words are of letters and digits, so that nothing in them needs a quote."""
        if dialect.name == "postgresql":
            return " ".join(f"'{word}':{place}" for place, word in enumerate(value or (), 1))
        return " ".join(value or ())


class MessageWordsRow(Base):
    """The words of one message."""

    __tablename__ = "message_words"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's way; FTS5 knows rows by this number

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    words: Mapped[list[str]] = mapped_column(Words())


class ConversationTagRow(Base):
    """One tag of a conversation."""

    __tablename__ = "conversation_tag"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


class SavedViewRow(Base):
    """A search that the desk keeps under a name."""

    __tablename__ = "saved_view"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    q: Mapped[str] = mapped_column(String(500))
    by: Mapped[str] = mapped_column(String(100))
    personal: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # seen by who saved it alone
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class TeamRow(Base):
    """Some of the people who answer, under a name; ``name_key`` is the name as it is compared."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)


class TeamMemberRow(Base):
    """Somebody in a team: by name, as conversations are owned."""

    __tablename__ = "team_member"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class DeskFeedRow(Base):
    """The number of the newest event in the desk's feed: one row. Whoever numbers holds it locked (ADR 40)."""

    __tablename__ = "desk_feed"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
