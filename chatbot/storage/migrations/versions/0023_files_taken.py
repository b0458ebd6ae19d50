"""files go with notes, held replies and drafts too

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('note', 'held_reply'):
        op.add_column(table, sa.Column('files', sa.JSON(none_as_null=True), nullable=True))
    op.drop_index(op.f('ix_file_message_id'), table_name='file')
    with op.batch_alter_table('file') as batch:
        batch.drop_constraint(op.f('fk_file_message_id_message'), type_='foreignkey')
        batch.alter_column('message_id', new_column_name='taken_by')
    op.create_index(op.f('ix_file_taken_by'), 'file', ['taken_by'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_file_taken_by'), table_name='file')
    op.execute('UPDATE file SET taken_by = NULL WHERE taken_by NOT IN (SELECT id FROM message)')
    with op.batch_alter_table('file') as batch:
        batch.alter_column('taken_by', new_column_name='message_id')
    with op.batch_alter_table('file') as batch:
        batch.create_foreign_key(op.f('fk_file_message_id_message'), 'message', ['message_id'], ['id'], ondelete='CASCADE')
    op.create_index(op.f('ix_file_message_id'), 'file', ['message_id'], unique=False)
    for table in ('note', 'held_reply'):
        op.drop_column(table, 'files')
