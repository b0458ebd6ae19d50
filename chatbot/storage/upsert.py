"""``INSERT … ON CONFLICT``, which SQLAlchemy has for each database apart. Knows no table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from chatbot.storage.database import Session
    from chatbot.storage.tables.schema import Base


def insert(session: Session, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert into the table of this row, in the words of the session's database."""
    made = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return made(row)
