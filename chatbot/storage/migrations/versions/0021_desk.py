"""what a lead lays down for the desk

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('desk',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=140), nullable=False),
    sa.Column('at', schema.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_desk'))
    )


def downgrade() -> None:
    op.drop_table('desk')
