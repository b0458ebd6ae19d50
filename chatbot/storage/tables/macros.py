"""The tables of macros: texts that the team writes again and again, and where each was used."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base


class MacroRow(Base):
    """A text with variables, under a name; ``acts`` is what is done with the conversation when it is sent.

    ``name_key`` is the name as it is compared, ``used`` counts uses. ``owner`` is whose own it is; None: the desk.
    """

    __tablename__ = "macro"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    text: Mapped[str] = mapped_column(Text)
    used: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    owner: Mapped[str | None] = mapped_column(String(100))
    acts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")


class MacroUseRow(Base):
    """A macro was used where this was the customer's last message. Forgotten with either."""

    __tablename__ = "macro_use"

    macro_id: Mapped[str] = mapped_column(ForeignKey("macro.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, index=True)
