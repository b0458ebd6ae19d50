"""The table of what a lead has laid down for the desk, each thing by its name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class DeskRow(Base):
    """One thing, such as the opening hours, as text; ``by`` and ``at`` say who laid it down last."""

    __tablename__ = "desk"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(140))
    at: Mapped[datetime] = mapped_column(UtcTime())
