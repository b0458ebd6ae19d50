"""Tables of the corpus: conversations and articles, the log of their changes, retired and approved passages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Integer, String, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class ChangeKind(StrEnum):
    """What a change of the corpus is about."""

    CONVERSATION = "conversation"
    ARTICLE = "article"
    RETIREMENT = "retirement"


HARVESTED = "understudy"
"""The source of conversations that people had on this desk itself."""


class Standing(StrEnum):
    """What may be made of a conversation's answers.

    Those of an import are the desk's word. Those of a harvested one wait for people's judgement: ``REVIEWED`` is one
    of which none waits any more. What a customer closed is ``HELD``: kept, and used for nothing until a person looks.
    """

    IMPORTED = "imported"
    WAITING = "waiting"
    REVIEWED = "reviewed"
    HELD = "held"


class TranscriptRow(Base):
    """An imported or harvested conversation, whole; ``body`` is the canonical JSON line.

    ``digest`` covers the whole line (has it changed?), ``content`` roles and words only (is it a duplicate
    under another id?). ``masking`` is the version of the rules that masked it; 0 is to be
    masked anew.
    """

    __tablename__ = "transcript"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(500), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)
    standing: Mapped[str] = mapped_column(String(16), index=True, default="imported", server_default="imported")
    masking: Mapped[int] = mapped_column(Integer, server_default="1", index=True)


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


class ApprovalRow(Base):
    """A harvested answer that a person judged fit for everybody. ``digest`` is of the words that they judged."""

    __tablename__ = "approval"

    passage_id: Mapped[str] = mapped_column(String(600), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(500), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime(), server_default=func.current_timestamp())
