"""what may be made of a harvested conversation, and which of its answers people approved

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

TRANSCRIPT = sa.table('transcript', sa.column('source'), sa.column('external_id'), sa.column('standing'))
CHANGE = sa.table('corpus_change', sa.column('kind'), sa.column('first_key'), sa.column('second_key'))


def upgrade() -> None:
    op.add_column(
        'transcript', sa.Column('standing', sa.String(length=16), server_default='imported', nullable=False)
    )
    op.create_index(op.f('ix_transcript_standing'), 'transcript', ['standing'], unique=False)
    op.create_table('approval',
    sa.Column('passage_id', sa.String(length=600), nullable=False),
    sa.Column('conversation_id', sa.String(length=500), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', schema.UtcTime(timezone=True), server_default=sa.func.current_timestamp(), nullable=False),
    sa.PrimaryKeyConstraint('passage_id', name=op.f('pk_approval'))
    )
    op.create_index(op.f('ix_approval_conversation_id'), 'approval', ['conversation_id'], unique=False)
    # What was harvested until now waits as well, and whoever follows the log hears of it.
    harvested = TRANSCRIPT.c.source == 'understudy'
    op.execute(sa.update(TRANSCRIPT).where(harvested).values(standing='waiting'))
    told = sa.select(sa.literal('conversation'), TRANSCRIPT.c.source, TRANSCRIPT.c.external_id).where(harvested)
    op.execute(sa.insert(CHANGE).from_select(['kind', 'first_key', 'second_key'], told))


def downgrade() -> None:
    op.drop_index(op.f('ix_approval_conversation_id'), table_name='approval')
    op.drop_table('approval')
    op.drop_index(op.f('ix_transcript_standing'), table_name='transcript')
    op.drop_column('transcript', 'standing')
