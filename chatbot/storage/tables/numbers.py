"""Tables of what is measured and cannot be read off the conversations: attention, and people's word on answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class Figure(StrEnum):
    """What is measured; docs/numbers.md says how."""

    FIRST_PERSON = "first_person"
    FIRST_ANY = "first_any"
    REPLY = "reply"
    RESOLUTION = "resolution"
    HANDLE = "handle"
    AUTOMATION = "automation"
    WRONG = "wrong"
    SHOWN = "shown"
    USED = "used"
    AS_IS = "as_is"
    EDIT_SIZE = "edit_size"
    FACTS = "facts"
    COMPLETION = "completion"
    KEPT = "kept"
    CSAT = "csat"
    RATED = "rated"


class By(StrEnum):
    """What figures are told apart by."""

    TOPIC = "topic"
    AGENT = "agent"
    LANGUAGE = "language"


class FocusRow(Base):
    """So many seconds somebody had a conversation before them, in the hour that began at ``hour`` (UTC)."""

    __tablename__ = "focus"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(100), primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcTime(), primary_key=True, index=True)
    seconds: Mapped[int] = mapped_column(Integer)


class AnswerJudgementRow(Base):
    """What somebody said of an answer that the bot gave a customer: good, wrong or unsure."""

    __tablename__ = "answer_judgement"

    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    said: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcTime())
