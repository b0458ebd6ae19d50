"""webhooks: where other systems are told of what happens, and what they are told

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables.schema import UtcTime

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'webhook',
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('url', sa.String(length=2000), nullable=False),
        sa.Column('description', sa.String(length=200), nullable=False),
        sa.Column('types', sa.JSON(), nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('old_secret', sa.Text(), nullable=True),
        sa.Column('old_until', UtcTime(timezone=True), nullable=True),
        sa.Column('is_on', sa.Boolean(), nullable=False),
        sa.Column('off_because', sa.String(length=200), nullable=True),
        sa.Column('position', sa.BigInteger(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failing_since', UtcTime(timezone=True), nullable=True),
        sa.Column('warned_at', UtcTime(timezone=True), nullable=True),
        sa.Column('slowed', sa.Integer(), nullable=False),
        sa.Column('not_before', UtcTime(timezone=True), nullable=True),
        sa.Column('delivered_at', UtcTime(timezone=True), nullable=True),
        sa.Column('by', sa.String(length=200), nullable=False),
        sa.Column('created_at', UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    )
    op.create_table(
        'webhook_delivery',
        sa.Column(
            'number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False
        ),
        sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('webhook_id', sa.String(length=40), nullable=False),
        sa.Column('type', sa.String(length=60), nullable=False),
        sa.Column('conversation_id', sa.String(length=40), nullable=True),
        sa.Column('lane', sa.String(length=60), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('created_at', UtcTime(timezone=True), nullable=False),
        sa.Column('next_at', UtcTime(timezone=True), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('tries', sa.JSON(), nullable=False),
        sa.Column('answer', sa.Text(), nullable=True),
        sa.Column('lease', sa.String(length=40), nullable=True),
        sa.Column('lease_until', UtcTime(timezone=True), nullable=True),
        sa.Column('settled_at', UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_delivery_webhook_id_webhook'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_webhook_delivery')),
        sa.UniqueConstraint('id', name=op.f('uq_webhook_delivery_id')),
        sqlite_autoincrement=True,
    )
    op.create_index(
        'ix_webhook_delivery_due',
        'webhook_delivery',
        ['webhook_id', 'state', 'lane', 'number'],
        unique=False,
    )
    op.create_index('ix_webhook_delivery_listed', 'webhook_delivery', ['webhook_id', 'number'], unique=False)
    op.create_index(op.f('ix_webhook_delivery_settled_at'), 'webhook_delivery', ['settled_at'], unique=False)


def downgrade() -> None:
    op.drop_table('webhook_delivery')
    op.drop_table('webhook')
