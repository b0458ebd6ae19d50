"""the questions to which a macro was used

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('macro_use',
    sa.Column('macro_id', sa.String(length=40), nullable=False),
    sa.Column('message_id', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['macro_id'], ['macro.id'], name=op.f('fk_macro_use_macro_id_macro'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_macro_use_message_id_message'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('macro_id', 'message_id', name=op.f('pk_macro_use'))
    )
    op.create_index(op.f('ix_macro_use_message_id'), 'macro_use', ['message_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_macro_use_message_id'), table_name='macro_use')
    op.drop_table('macro_use')
