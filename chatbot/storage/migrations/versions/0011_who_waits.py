"""since when a customer waits for a person, when one answered, and whether the bot may go on meanwhile

Revision ID: 0011
Revises: 0010
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

NEW: tuple[sa.Column[Any], ...] = (
    sa.Column('handover_meanwhile', sa.Boolean(), nullable=True),
    sa.Column('person_asked_at', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('person_answered_at', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('acknowledged_at', schema.UtcTime(timezone=True), nullable=True),
)
INDEX = 'ix_conversation_person_answered_at_person_asked_at'


def upgrade() -> None:
    for column in NEW:
        op.add_column('conversation', column._copy())
    op.create_index(op.f(INDEX), 'conversation', ['person_answered_at', 'person_asked_at'], unique=False)
    # Who waits has done so at least since something last happened there.
    op.execute("UPDATE conversation SET person_asked_at = updated_at WHERE owner = 'nobody' AND status = 'open'")


def downgrade() -> None:
    op.drop_index(op.f(INDEX), table_name='conversation')
    for column in NEW:
        op.drop_column('conversation', column.name)
