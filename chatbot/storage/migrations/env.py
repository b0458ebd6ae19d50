"""Alembic's entry point: runs the migrations on the connection that the program hands over."""

from __future__ import annotations

from alembic import context

from chatbot.storage.tables import (  # noqa: F401 - all are compared
    access,
    connectors,
    conversations,
    corpus,
    desk,
    drafts,
    files,
    macros,
    numbers,
    people,
    suggestions,
    tickets,
    visitors,
    webhooks,
    worklist,
)
from chatbot.storage.tables.schema import Base


def _compared(name: str | None, *_: object) -> bool:
    """Whether a table or index stands in our tables; what finds words (FTS5, GIN) is made by a migration alone."""
    return not (name or "").startswith(f"{worklist.MessageWordsRow.__tablename__}_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    user_module_prefix="schema.",
    include_name=_compared,
)
with context.begin_transaction():
    context.run_migrations()
