"""passkeys, ceremonies of signing in that have begun, and who somebody is at another provider

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from chatbot.storage.tables import schema

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('person', sa.Column('provider_subject', sa.String(length=64), nullable=True))
    op.create_index(op.f('ix_person_provider_subject'), 'person', ['provider_subject'], unique=True)
    op.create_table('passkey',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.String(length=40), nullable=False),
    sa.Column('credential', sa.String(length=1400), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.Column('public_key', sa.Text(), nullable=False),
    sa.Column('counter', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('created_at', schema.UtcTime(timezone=True), nullable=False),
    sa.Column('used_at', schema.UtcTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_passkey_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential', name=op.f('uq_passkey_credential'))
    )
    op.create_index(op.f('ix_passkey_person_id'), 'passkey', ['person_id'], unique=False)
    op.create_table('ceremony',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('expires_at', schema.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_ceremony'))
    )
    op.create_index(op.f('ix_ceremony_expires_at'), 'ceremony', ['expires_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_ceremony_expires_at'), table_name='ceremony')
    op.drop_table('ceremony')
    op.drop_index(op.f('ix_passkey_person_id'), table_name='passkey')
    op.drop_table('passkey')
    op.drop_index(op.f('ix_person_provider_subject'), table_name='person')
    op.drop_column('person', 'provider_subject')
