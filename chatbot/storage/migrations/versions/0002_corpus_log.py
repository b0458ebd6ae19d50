"""the corpus' log and retirements

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('corpus_change',
    sa.Column('seq', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('first_key', sa.String(length=200), nullable=False),
    sa.Column('second_key', sa.String(length=600), nullable=False),
    sa.Column('at', schema.UtcTime(timezone=True), server_default=sa.func.current_timestamp(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_corpus_change')),
    sqlite_autoincrement=True
    )
    op.create_table('retirement',
    sa.Column('passage_id', sa.String(length=600), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', schema.UtcTime(timezone=True), server_default=sa.func.current_timestamp(), nullable=False),
    sa.PrimaryKeyConstraint('passage_id', name=op.f('pk_retirement'))
    )
    op.create_index(op.f('ix_transcript_external_id'), 'transcript', ['external_id'], unique=False)
    op.create_index(op.f('ix_article_slug'), 'article', ['slug'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_article_slug'), table_name='article')
    op.drop_index(op.f('ix_transcript_external_id'), table_name='transcript')
    op.drop_table('retirement')
    op.drop_table('corpus_change')
