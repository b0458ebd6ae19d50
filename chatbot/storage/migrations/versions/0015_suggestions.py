"""suggestions: the sets that were made, what people did with them, what was sent

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('suggestion_set',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('message_id', sa.String(length=40), nullable=False),
    sa.Column('index_version', sa.String(length=100), nullable=True),
    sa.Column('model', sa.String(length=100), nullable=True),
    sa.Column('contract', sa.String(length=100), nullable=True),
    sa.Column('blind', sa.Boolean(), nullable=False),
    sa.Column('propensity', sa.Float(), nullable=False),
    sa.Column('suggestions', sa.JSON(), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('used', sa.String(length=48), nullable=True),
    sa.Column('edit_size', sa.Float(), nullable=True),
    sa.Column('facts', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('sent_id', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_suggestion_set_conversation_id_conversation'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_suggestion_set_message_id_message'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sent_id'], ['message.id'], name=op.f('fk_suggestion_set_sent_id_message'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggestion_set')),
    sa.UniqueConstraint('message_id', name=op.f('uq_suggestion_set_message_id'))
    )
    op.create_index(op.f('ix_suggestion_set_conversation_id'), 'suggestion_set', ['conversation_id'], unique=False)
    op.create_index(op.f('ix_suggestion_set_created_at_id'), 'suggestion_set', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_suggestion_set_sent_id'), 'suggestion_set', ['sent_id'], unique=False)
    op.create_table('suggestion_event',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('set_id', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('suggestion_id', sa.String(length=48), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('client_id', sa.String(length=100), nullable=False),
    sa.Column('reason', sa.String(length=16), nullable=True),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('offered', sa.Integer(), nullable=True),
    sa.Column('taken', sa.Integer(), nullable=True),
    sa.Column('kept', sa.Integer(), nullable=True),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['set_id'], ['suggestion_set.id'], name=op.f('fk_suggestion_event_set_id_suggestion_set'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggestion_event')),
    sa.UniqueConstraint('set_id', 'kind', 'suggestion_id', 'by', 'client_id', name=op.f('uq_suggestion_event_set_id_kind_suggestion_id_by_client_id'))
    )


def downgrade() -> None:
    op.drop_table('suggestion_event')
    op.drop_table('suggestion_set')
