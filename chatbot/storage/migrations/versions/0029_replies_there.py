"""What is answered here is written there: a connector's replies, and what of ours is known there by which name."""

from alembic import op
import sqlalchemy as sa

revision = '0029'
down_revision = '0028'


def upgrade() -> None:
    op.add_column('connector', sa.Column('replies', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('connector_note', sa.Column('remark', sa.String(length=200), nullable=True))
    op.add_column('connector_note', sa.Column('tries', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('connector_note') as batch:
        batch.drop_column('tries')
        batch.drop_column('remark')
    with op.batch_alter_table('connector') as batch:
        batch.drop_column('replies')
