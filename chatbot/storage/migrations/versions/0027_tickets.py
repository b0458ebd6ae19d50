"""tickets: what a conversation has beyond a chat

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'ticket',
        sa.Column('conversation_id', sa.String(length=40), nullable=False),
        sa.Column('channel', sa.String(length=40), nullable=False),
        sa.Column('subject', sa.String(length=500), nullable=True),
        sa.Column('status', sa.String(length=60), nullable=True),
        sa.Column('priority', sa.String(length=10), nullable=True),
        sa.Column('fields', sa.JSON(), nullable=False),
        sa.Column('due_at', schema.UtcTime(timezone=True), nullable=True),
        sa.Column('system', sa.String(length=40), nullable=True),
        sa.Column('external_id', sa.String(length=200), nullable=True),
        sa.Column('url', sa.Text(), nullable=True),
        sa.Column('etag', sa.String(length=200), nullable=True),
        sa.Column('digest', sa.String(length=64), nullable=True),
        sa.Column('merged_into', sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ['conversation_id'], ['conversation.id'], name=op.f('fk_ticket_conversation_id_conversation'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['merged_into'], ['conversation.id'], name=op.f('fk_ticket_merged_into_conversation'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_ticket')),
        sa.UniqueConstraint('system', 'external_id', name=op.f('uq_ticket_system_external_id')),
    )
    op.create_index(op.f('ix_ticket_channel'), 'ticket', ['channel'], unique=False)
    op.create_index(op.f('ix_ticket_priority'), 'ticket', ['priority'], unique=False)


def downgrade() -> None:
    op.drop_table('ticket')
