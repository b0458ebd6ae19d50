"""what was done to a subject is found without reading the whole audit log

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_audit_subject_act', 'audit', ['subject', 'act'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_audit_subject_act', table_name='audit')
