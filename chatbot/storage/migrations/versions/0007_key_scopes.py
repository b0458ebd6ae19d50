"""what an API key may be used for, and for whom; what an idempotency key stands for

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('api_key', sa.Column('scopes', sa.JSON(none_as_null=True), nullable=True))
    op.add_column('api_key', sa.Column('agent', sa.String(length=100), nullable=True))
    op.alter_column('idempotency', 'scope', new_column_name='caller')
    op.alter_column('idempotency', 'body_hash', new_column_name='request_hash')


def downgrade() -> None:
    op.alter_column('idempotency', 'request_hash', new_column_name='body_hash')
    op.alter_column('idempotency', 'caller', new_column_name='scope')
    op.drop_column('api_key', 'agent')
    op.drop_column('api_key', 'scopes')
