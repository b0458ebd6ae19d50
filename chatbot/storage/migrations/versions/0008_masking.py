"""by which version of the rules a transcript was masked

Revision ID: 0008
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('transcript', sa.Column('masking', sa.Integer(), server_default='1', nullable=False))
    op.create_index(op.f('ix_transcript_masking'), 'transcript', ['masking'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_transcript_masking'), table_name='transcript')
    op.drop_column('transcript', 'masking')
