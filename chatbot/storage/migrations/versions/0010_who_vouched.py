"""whom an agent's API key vouched for, beside the name that was given

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

TRANSCRIPT = sa.table('transcript', sa.column('source'), sa.column('external_id'), sa.column('standing'))
CHANGE = sa.table('corpus_change', sa.column('kind'), sa.column('first_key'), sa.column('second_key'))


def upgrade() -> None:
    op.add_column('message', sa.Column('counts_as', sa.String(length=100), nullable=True))
    # What was harvested until now names agents whom nobody vouched for; whoever follows the log hears of it.
    told = sa.select(sa.literal('conversation'), TRANSCRIPT.c.source, TRANSCRIPT.c.external_id).where(
        TRANSCRIPT.c.standing != 'imported'
    )
    op.execute(sa.insert(CHANGE).from_select(['kind', 'first_key', 'second_key'], told))


def downgrade() -> None:
    op.drop_column('message', 'counts_as')
