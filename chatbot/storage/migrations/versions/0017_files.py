"""files that customers and agents attach

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('message', sa.Column('files', sa.JSON(none_as_null=True), nullable=True))
    op.create_table('file',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('message_id', sa.String(length=40), nullable=True),
    sa.Column('client_id', sa.String(length=100), nullable=False),
    sa.Column('sender', sa.String(length=100), nullable=False),
    sa.Column('audience', sa.String(length=16), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_file_conversation_id_conversation'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_file_message_id_message'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file')),
    sa.UniqueConstraint('conversation_id', 'client_id', name=op.f('uq_file_conversation_id_client_id'))
    )
    op.create_index(op.f('ix_file_hash'), 'file', ['hash'], unique=False)
    op.create_index(op.f('ix_file_message_id'), 'file', ['message_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_file_message_id'), table_name='file')
    op.drop_index(op.f('ix_file_hash'), table_name='file')
    op.drop_table('file')
    op.drop_column('message', 'files')
