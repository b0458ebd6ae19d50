"""teams, whose a conversation is to take, who gave it to somebody; views that one person alone sees

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('team',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('name_key', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('name_key', name=op.f('uq_team_name_key'))
    )
    op.create_table('team_member',
    sa.Column('team_id', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id_team'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('team_id', 'agent', name=op.f('pk_team_member'))
    )
    op.create_index(op.f('ix_team_member_agent'), 'team_member', ['agent'], unique=False)
    op.add_column('conversation', sa.Column('team', sa.String(length=40), nullable=True))
    op.add_column('conversation', sa.Column('given_by', sa.String(length=100), nullable=True))
    op.create_index(op.f('ix_conversation_team'), 'conversation', ['team'], unique=False)
    op.add_column('saved_view', sa.Column('personal', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column('saved_view', 'personal')
    op.drop_index(op.f('ix_conversation_team'), table_name='conversation')
    op.drop_column('conversation', 'given_by')
    op.drop_column('conversation', 'team')
    op.drop_table('team_member')
    op.drop_table('team')
