"""who has a conversation, its episodes, and who is at the answer

Revision ID: 0006
Revises: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0006'
down_revision = '0003'
branch_labels = None
depends_on = None

NEW: tuple[sa.Column[Any], ...] = (
    sa.Column('agent', sa.String(length=100), nullable=True),
    sa.Column('episode', sa.Integer(), server_default='1', nullable=False),
    sa.Column('episode_seq', sa.Integer(), server_default='1', nullable=False),
    sa.Column('contact', sa.String(length=254), nullable=True),
    sa.Column('handover_expected', sa.Text(), nullable=True),
    sa.Column('handover_opens_at', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('lease', sa.String(length=40), nullable=True),
    sa.Column('lease_until', schema.UtcTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    for column in NEW:
        op.add_column('conversation', column._copy())
    op.add_column('message', sa.Column('author', sa.String(length=100), nullable=True))
    op.create_table('agent',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('seen_at', schema.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_agent'))
    )


def downgrade() -> None:
    op.drop_table('agent')
    op.drop_column('message', 'author')
    for column in reversed(NEW):
        op.drop_column('conversation', column.name)
