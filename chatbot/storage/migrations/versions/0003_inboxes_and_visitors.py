"""inboxes, and visitors with tokens that end

Revision ID: 0003
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0003'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    inbox = op.create_table('inbox',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('origins', sa.JSON(), nullable=False),
    sa.Column('frame_ancestors', sa.JSON(), nullable=False),
    sa.Column('verified_only', sa.Boolean(), nullable=False),
    sa.Column('rate', sa.String(length=40), nullable=True),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox'))
    )
    op.execute(sa.insert(inbox).values(
        id='default', name='Default', origins=[], frame_ancestors=[], verified_only=False,
        created_at=sa.func.current_timestamp(),
    ))
    op.create_table('inbox_key',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('inbox_id', sa.String(length=40), nullable=False),
    sa.Column('algorithm', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('expires_at', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('revoked_at', schema.UtcTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], name=op.f('fk_inbox_key_inbox_id_inbox')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_key'))
    )
    op.create_index(op.f('ix_inbox_key_inbox_id'), 'inbox_key', ['inbox_id'], unique=False)
    op.create_table('visitor',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('inbox_id', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=True),
    sa.Column('email', sa.String(length=320), nullable=True),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], name=op.f('fk_visitor_inbox_id_inbox')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visitor')),
    sa.UniqueConstraint('inbox_id', 'subject', name=op.f('uq_visitor_inbox_id_subject'))
    )
    op.create_table('visitor_token',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('visitor_id', sa.String(length=40), nullable=False),
    sa.Column('session', sa.String(length=40), nullable=False),
    sa.Column('key_id', sa.String(length=40), nullable=True),
    sa.Column('issued_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('expires_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['inbox_key.id'], name=op.f('fk_visitor_token_key_id_inbox_key')),
    sa.ForeignKeyConstraint(['visitor_id'], ['visitor.id'], name=op.f('fk_visitor_token_visitor_id_visitor')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_visitor_token'))
    )
    for column in ('expires_at', 'key_id', 'session', 'visitor_id'):
        op.create_index(op.f(f'ix_visitor_token_{column}'), 'visitor_token', [column], unique=False)
    # Every conversation had a token of its own: its holder becomes a visitor, and the token opens as much as before.
    op.execute(
        "INSERT INTO visitor (id, inbox_id, created_at)"
        " SELECT 'v' || substr(id, 2), 'default', created_at FROM conversation"
    )
    op.execute(
        "INSERT INTO visitor_token (hash, visitor_id, session, issued_at, expires_at)"
        " SELECT token_hash, 'v' || substr(id, 2), 's' || substr(id, 2), created_at, updated_at FROM conversation"
    )
    # Spelt out, because SQLite adds a column with its reference only in one statement, and to copy the table anew
    # would drop the one that messages and events refer to.
    op.execute(
        'ALTER TABLE conversation ADD COLUMN visitor_id VARCHAR(40)'
        ' CONSTRAINT fk_conversation_visitor_id_visitor REFERENCES visitor (id)'
    )
    op.execute("UPDATE conversation SET visitor_id = 'v' || substr(id, 2)")
    op.execute('ALTER TABLE conversation DROP COLUMN token_hash')
    op.create_index(
        op.f('ix_conversation_visitor_id_created_at'), 'conversation', ['visitor_id', 'created_at'], unique=False
    )


def downgrade() -> None:
    op.execute("ALTER TABLE conversation ADD COLUMN token_hash VARCHAR(64) NOT NULL DEFAULT ''")
    op.execute(
        "UPDATE conversation SET token_hash = coalesce((SELECT min(hash) FROM visitor_token"
        " WHERE visitor_token.visitor_id = conversation.visitor_id), '')"
    )
    op.drop_index(op.f('ix_conversation_visitor_id_created_at'), table_name='conversation')
    op.execute('ALTER TABLE conversation DROP COLUMN visitor_id')
    for table in ('visitor_token', 'visitor', 'inbox_key', 'inbox'):
        op.drop_table(table)
