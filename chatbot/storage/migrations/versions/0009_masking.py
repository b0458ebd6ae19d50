"""by which version of the rules a transcript was masked

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('transcript', sa.Column('masking', sa.Integer(), server_default='1', nullable=False))
    op.create_index(op.f('ix_transcript_masking'), 'transcript', ['masking'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_transcript_masking'), table_name='transcript')
    op.drop_column('transcript', 'masking')
