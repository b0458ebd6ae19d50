"""people, where they are signed in, the links they were given, and what was done

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String(length=300), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('password', sa.String(length=200), nullable=True),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('disabled_at', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('factor', sa.String(length=300), nullable=True),
    sa.Column('factor_since', schema.UtcTime(timezone=True), nullable=True),
    sa.Column('factor_step', sa.Integer(), nullable=True),
    sa.Column('recovery', sa.JSON(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email')),
    sa.UniqueConstraint('name_key', name=op.f('uq_person_name_key'))
    )
    op.create_table('sign_in',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('device', sa.String(length=100), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('seen_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('proved_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sign_in_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('hash', name=op.f('uq_sign_in_hash'))
    )
    op.create_index(op.f('ix_sign_in_created_at'), 'sign_in', ['created_at'], unique=False)
    op.create_index(op.f('ix_sign_in_person_id'), 'sign_in', ['person_id'], unique=False)
    op.create_table('access_link',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=True),
    sa.Column('made_by', sa.String(length=100), nullable=True),
    sa.Column('expires_at', schema.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_link_person_id_person')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_access_link'))
    )
    op.create_index(op.f('ix_access_link_person_id'), 'access_link', ['person_id'], unique=False)
    op.create_table('audit',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.String(length=40), nullable=False),
    sa.Column('who', sa.String(length=140), nullable=False),
    sa.Column('via', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=60), nullable=True),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit'))
    )


def downgrade() -> None:
    op.drop_table('audit')
    op.drop_table('access_link')
    op.drop_table('sign_in')
    op.drop_table('person')
