"""Alembic's entry point: runs the migrations on the connection that the program hands over."""

from __future__ import annotations

from alembic import context

from chatbot.storage.tables.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    user_module_prefix="schema.",
)
with context.begin_transaction():
    context.run_migrations()
