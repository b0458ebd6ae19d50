"""Tables of connectors: help desks that are called from here, and what was written there, or would have been."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class Level(StrEnum):
    """What a connector may do in the help desk.

    ``removed``: it is none any more. Its row stays, so that its name is given to no other help desk, whose tickets have
    the same numbers, and what was written there is known where it is connected again.
    """

    SHADOW = "shadow"
    NOTE = "note"
    DRAFT = "draft"
    ANSWER = "answer"
    REMOVED = "removed"


class NoteState(StrEnum):
    """How far a note or a reply is. ``writing``: the help desk was asked, and has not said that it has it.

    ``overtaken``: a reply of the bot that was not sent, as somebody over there was first. ``failed``: one that was
    given up. ``before``: a customer's message that lay there before the connector, and gets nothing.
    """

    SHADOW = "shadow"
    WRITING = "writing"
    WRITTEN = "written"
    OVERTAKEN = "overtaken"
    FAILED = "failed"
    BEFORE = "before"


class ConnectorRow(Base):
    """One help desk. ``id`` is the system's name in external references and the channel of its tickets.

    ``credential`` and ``secret`` (which rings the bell) are encrypted. ``author`` is who we are over there.
    ``replies``: what people answer here is written to the customer there.
    """

    __tablename__ = "connector"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(2000))
    credential: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(10))
    replies: Mapped[bool] = mapped_column(Boolean, server_default=false())
    author: Mapped[str | None] = mapped_column(String(200))
    synced_at: Mapped[datetime | None] = mapped_column(UtcTime())  # everything was read, for the last time
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcTime())


class ConnectorNoteRow(Base):
    """What was written for one message of a customer, once; in shadow what would have been.

    ``message`` is the customer's, by its name there; or one of ours to the customer, by its id here; ``remark`` is what
    was written, by its name there. ``tries`` counts how often it was asked for in vain.
    """

    __tablename__ = "connector_note"

    connector_id: Mapped[str] = mapped_column(ForeignKey("connector.id", ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(200), primary_key=True)
    message: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime())
    remark: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
