"""figures: attention, people's word on answers, and indexes by time

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

TURNS = sa.text("kind IN ('conversation.closed', 'handover.requested', 'rating.given')")
TURN = ['conversation_id', 'seq', 'kind', 'created_at']


def upgrade() -> None:
    op.create_table('focus',
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=100), nullable=False),
    sa.Column('hour', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_focus_conversation_id_conversation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'agent', 'hour', name=op.f('pk_focus'))
    )
    op.create_index(op.f('ix_focus_hour'), 'focus', ['hour'], unique=False)
    op.create_table('answer_judgement',
    sa.Column('message_id', sa.String(length=40), nullable=False),
    sa.Column('said', sa.String(length=16), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_answer_judgement_message_id_message'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('message_id', name=op.f('pk_answer_judgement'))
    )
    op.create_index('ix_message_created_at', 'message', ['created_at', 'conversation_id'], unique=False)
    op.create_index('ix_event_turns', 'event', TURN, unique=False, sqlite_where=TURNS, postgresql_where=TURNS)


def downgrade() -> None:
    op.drop_index('ix_event_turns', table_name='event')
    op.drop_index('ix_message_created_at', table_name='message')
    op.drop_table('answer_judgement')
    op.drop_index(op.f('ix_focus_hour'), table_name='focus')
    op.drop_table('focus')
