"""macros that act, and macros of one's own

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('macro', sa.Column('owner', sa.String(length=100), nullable=True))
    for table in ('macro', 'draft', 'held_reply'):
        op.add_column(table, sa.Column('acts', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('held_reply', sa.Column('leads', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column('held_reply', 'leads')
    for table in ('macro', 'draft', 'held_reply'):
        op.drop_column(table, 'acts')
    op.execute('DELETE FROM macro WHERE owner IS NOT NULL')
    op.drop_column('macro', 'owner')
