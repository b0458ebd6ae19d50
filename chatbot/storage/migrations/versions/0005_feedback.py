"""whether an answer helped

Revision ID: 0005
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('message', sa.Column('feedback', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('message', 'feedback')
