"""the work list: words of messages, tags, snoozing, saved views, and the numbers of the desk's feed

Revision ID: 0013
Revises: 0012
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema, worklist
from chatbot.storage.words import words_of

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

NEW: tuple[sa.Column[Any], ...] = (
    sa.Column('snoozed_until', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('topic', sa.String(length=100), nullable=True),
    sa.Column('language', sa.String(length=16), nullable=True),
    sa.Column('decided', sa.String(length=16), nullable=True),
)
PENDING = sa.text('number IS NULL')
FTS = (
    "CREATE VIRTUAL TABLE message_words_fts USING fts5(words, content='message_words', content_rowid='id', "
    "columnsize=0, tokenize='unicode61 remove_diacritics 0')",
    'CREATE TRIGGER message_words_added AFTER INSERT ON message_words BEGIN '
    'INSERT INTO message_words_fts (rowid, words) VALUES (new.id, new.words); END',
    # FTS5 only notes that words are gone. With the last of a conversation it writes its index anew, without them.
    'CREATE TRIGGER message_words_gone AFTER DELETE ON message_words BEGIN '
    "INSERT INTO message_words_fts (message_words_fts, rowid, words) VALUES ('delete', old.id, old.words); "
    "INSERT INTO message_words_fts (message_words_fts) SELECT 'optimize' "
    'WHERE NOT EXISTS (SELECT 1 FROM message_words WHERE conversation_id = old.conversation_id); END',
)
DECIDED = (
    "UPDATE conversation SET decided = (SELECT decision FROM message WHERE conversation_id = conversation.id AND "
    "role = 'bot' AND decision <> 'stopped' ORDER BY seq DESC LIMIT 1)"
)
NUMBERED = (
    'UPDATE event SET number = placed.place FROM (SELECT conversation_id, seq, row_number() OVER '
    '(ORDER BY reached, conversation_id, seq) AS place FROM (SELECT conversation_id, seq, max(created_at) OVER '
    '(PARTITION BY conversation_id ORDER BY seq) AS reached FROM event) AS timed) AS placed '
    'WHERE event.conversation_id = placed.conversation_id AND event.seq = placed.seq'
)
PAGE = 1000


def upgrade() -> None:
    for column in NEW:
        op.add_column('conversation', column._copy())
    op.execute(DECIDED)
    op.create_index(op.f('ix_conversation_created_at'), 'conversation', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_conversation_snoozed_until'), 'conversation', ['snoozed_until'], unique=False)
    op.create_table('conversation_tag',
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('tag', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_conversation_tag_conversation_id_conversation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'tag', name=op.f('pk_conversation_tag'))
    )
    op.create_index(op.f('ix_conversation_tag_tag'), 'conversation_tag', ['tag'], unique=False)
    op.create_table('saved_view',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('q', sa.String(length=500), nullable=False),
    sa.Column('by', sa.String(length=100), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('name', name=op.f('uq_saved_view_name'))
    )
    _feed()
    _words()


def _feed() -> None:
    op.create_table('desk_feed',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_feed'))
    )
    op.add_column('event', sa.Column('number', sa.BigInteger(), nullable=True))
    op.execute(NUMBERED)
    op.execute('INSERT INTO desk_feed (id, number) SELECT 1, count(*) FROM event')
    op.create_index(op.f('ix_event_number'), 'event', ['number'], unique=True)
    op.create_index('ix_event_unnumbered', 'event', ['created_at'], sqlite_where=PENDING, postgresql_where=PENDING)


def _words() -> None:
    op.create_table('message_words',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=40), nullable=False),
    sa.Column('words', worklist.Words(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_message_words_conversation_id_conversation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_words')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_message_words_conversation_id'), 'message_words', ['conversation_id'], unique=False)
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        for statement in FTS:
            op.execute(statement)
    else:
        op.execute('CREATE INDEX message_words_gin ON message_words USING gin (words)')
    table = sa.table('message_words', sa.column('conversation_id'), sa.column('words', worklist.Words()))
    last = ''
    while rows := connection.execute(
        sa.text('SELECT id, conversation_id, text FROM message WHERE id > :last ORDER BY id LIMIT :most'),
        {'last': last, 'most': PAGE},
    ).all():
        connection.execute(
            sa.insert(table), [{'conversation_id': row[1], 'words': words_of(row[2])} for row in rows]
        )
        last = rows[-1][0]


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE message_words_fts')
    op.drop_table('message_words')
    op.drop_index('ix_event_unnumbered', table_name='event')
    op.drop_index(op.f('ix_event_number'), table_name='event')
    op.drop_column('event', 'number')
    for table in ('desk_feed', 'saved_view', 'conversation_tag'):
        op.drop_table(table)
    op.drop_index(op.f('ix_conversation_snoozed_until'), table_name='conversation')
    op.drop_index(op.f('ix_conversation_created_at'), table_name='conversation')
    for column in reversed(NEW):
        op.drop_column('conversation', column.name)
