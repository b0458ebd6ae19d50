"""what the team writes: notes, mentions, drafts, and replies that are held

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['conversation_id'], ['conversation.id'], name=op.f(f'fk_{table}_conversation_id_conversation'), ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table('note',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('author', sa.String(length=100), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('client_id', sa.String(length=100), nullable=False),
    sa.Column('mentions', sa.JSON(), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    conversation('note'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note')),
    sa.UniqueConstraint('conversation_id', 'client_id', name=op.f('uq_note_conversation_id_client_id')),
    sa.UniqueConstraint('conversation_id', 'seq', name=op.f('uq_note_conversation_id_seq'))
    )
    op.create_table('mention',
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    conversation('mention'),
    sa.PrimaryKeyConstraint('conversation_id', 'name', name=op.f('pk_mention'))
    )
    op.create_index(op.f('ix_mention_name'), 'mention', ['name'], unique=False)
    op.create_table('draft',
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('client_id', sa.String(length=100), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('saved_at', schema.UtcTime(timezone=True), nullable=False),
    conversation('draft'),
    sa.PrimaryKeyConstraint('conversation_id', 'agent', 'kind', name=op.f('pk_draft'))
    )
    op.create_table('held_reply',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=100), nullable=False),
    sa.Column('counts_as', sa.String(length=100), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('client_id', sa.String(length=100), nullable=False),
    sa.Column('held_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('release_at', schema.UtcTime(timezone=True), nullable=False),
    conversation('held_reply'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_held_reply')),
    sa.UniqueConstraint('conversation_id', 'client_id', name=op.f('uq_held_reply_conversation_id_client_id'))
    )
    op.create_index(op.f('ix_held_reply_release_at'), 'held_reply', ['release_at'], unique=False)


def downgrade() -> None:
    for table in ('held_reply', 'draft', 'mention', 'note'):
        op.drop_table(table)
