"""The tables. Plain columns and keys that SQLite and PostgreSQL share; no relationships are walked.

A change here needs a migration; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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


class ChangeKind(StrEnum):
    """What a change of the corpus is about."""

    CONVERSATION = "conversation"
    ARTICLE = "article"
    RETIREMENT = "retirement"


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone. SQLite forgets zones, so what is stored is UTC and what comes out says so."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and store the others as UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        del dialect
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Names every constraint by rule, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table(row: type[Base]) -> Table:
    """The table behind a class, for statements that need no objects."""
    return Base.metadata.tables[row.__tablename__]


class TranscriptRow(Base):
    """An imported conversation, whole; ``body`` is the canonical JSON line.

    ``digest`` covers the whole line (has it changed?), ``content`` roles and words only (is it a double
    under another id?).
    """

    __tablename__ = "transcript"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(500), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)


class ArticleRow(Base):
    """An imported help article; ``body`` is the canonical JSON line."""

    __tablename__ = "article"
    __table_args__ = (UniqueConstraint("language", "slug"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    language: Mapped[str] = mapped_column(String(40))
    slug: Mapped[str] = mapped_column(String(500), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)


class CorpusChangeRow(Base):
    """One entry of the corpus' log: what was imported, learnt, edited, deleted, retired or restored, in order.

    It names what changed and not how: whoever follows the log looks at what is there now. An index knows up to which
    ``seq`` it was built. The keys are source and id of a conversation, language and slug of an article, and nothing and
    the id of a passage.
    """

    __tablename__ = "corpus_change"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's way; a number never comes again

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    first_key: Mapped[str] = mapped_column(String(200))
    second_key: Mapped[str] = mapped_column(String(600))
    at: Mapped[datetime] = mapped_column(UtcTime(), server_default=func.current_timestamp())


class RetirementRow(Base):
    """A passage that may no longer be shown or learnt from, although its source stays."""

    __tablename__ = "retirement"

    passage_id: Mapped[str] = mapped_column(String(600), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime(), server_default=func.current_timestamp())


class InboxRow(Base):
    """One place where customers write from: which pages may do so, and what they have to show."""

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
    """Whoever writes to an inbox. ``subject`` is what the inbox's own system calls him; None for an anonymous one.

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


class ConversationRow(Base):
    """One live conversation. ``owner`` is the lease: who may reply now; ``last_seq`` counts its events.

    ``visitor_id`` says whose it is; without one (no program writes that) nobody can open it.
    """

    __tablename__ = "conversation"
    __table_args__ = (Index(None, "owner", "status"), Index(None, "visitor_id", "created_at"))

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
    contact: Mapped[str | None] = mapped_column(String(254))
    lease: Mapped[str | None] = mapped_column(String(40))  # the server process that is at the bot's answer
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime())
    rating: Mapped[int | None] = mapped_column(Integer)
    rating_comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    updated_at: Mapped[datetime] = mapped_column(UtcTime())


class MessageRow(Base):
    """One message. ``seq`` is the event that brought it; an answer names the message it answers, once."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("in_reply_to"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(16))
    author: Mapped[str | None] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(String(100))
    in_reply_to: Mapped[str | None] = mapped_column(ForeignKey("message.id"))
    decision: Mapped[str | None] = mapped_column(String(16))
    mode: Mapped[str | None] = mapped_column(String(16))
    confidence: Mapped[float | None] = mapped_column()
    evidence: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    feedback: Mapped[int | None] = mapped_column(Integer)  # 1 helped, -1 did not, by the customer
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class EventRow(Base):
    """One entry of a conversation's log: gap-free numbers from 1, written with the change it tells of."""

    __tablename__ = "event"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class AgentRow(Base):
    """A person who answers, by name, and when they were there last."""

    __tablename__ = "agent"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime())


class ApiKeyRow(Base):
    """A key of another system; only its hash is kept."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    hint: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime())


class IdempotencyRow(Base):
    """The answer a write got, kept so that the same write again gets the same answer."""

    __tablename__ = "idempotency"

    scope: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    response: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)
