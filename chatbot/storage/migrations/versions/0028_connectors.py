"""connectors: help desks that are called from here

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'connector',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('url', sa.String(length=2000), nullable=False),
        sa.Column('credential', sa.Text(), nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('level', sa.String(length=10), nullable=False),
        sa.Column('author', sa.String(length=200), nullable=True),
        sa.Column('synced_at', schema.UtcTime(timezone=True), nullable=True),
        sa.Column('error', sa.String(length=500), nullable=True),
        sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_connector')),
    )
    op.create_table(
        'connector_note',
        sa.Column('connector_id', sa.String(length=40), nullable=False),
        sa.Column('ticket', sa.String(length=200), nullable=False),
        sa.Column('message', sa.String(length=200), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('at', schema.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['connector_id'], ['connector.id'], name=op.f('fk_connector_note_connector_id_connector'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('connector_id', 'ticket', 'message', name=op.f('pk_connector_note')),
    )


def downgrade() -> None:
    op.drop_table('connector_note')
    op.drop_table('connector')
