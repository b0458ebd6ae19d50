"""Tables of the desk's people: who they are, by what they sign in and where, links they were given, what was done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chatbot.storage.tables.schema import Base, UtcTime


class PersonRow(Base):
    """Somebody who works at the desk. Without a password they were invited and have not come yet.

    ``name`` is what customers read; ``name_key`` is the same as it is compared, because a conversation is owned by
    name. ``email`` is stored as it is compared.
    """

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(300), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(200))  # argon2id, with its salt and parameters
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime())
    factor: Mapped[str | None] = mapped_column(String(300))  # the secret of their authenticator app, encrypted
    factor_since: Mapped[datetime | None] = mapped_column(UtcTime())  # when they showed that the app has it
    factor_step: Mapped[int | None] = mapped_column(Integer)  # the period of the last code: none works twice
    recovery: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # hashes of codes not used yet
    provider_subject: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)  # who they are elsewhere


class SignInRow(Base):
    """One browser in which a person is signed in; ended is deleted. Of its token only the hash is kept.

    ``proved_at`` is when the password was last typed here.
    """

    __tablename__ = "sign_in"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime())
    proved_at: Mapped[datetime] = mapped_column(UtcTime())


class LinkRow(Base):
    """A link that sets a password, once. Used, it is deleted; without a person it makes the desk's first admin."""

    __tablename__ = "access_link"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    made_by: Mapped[str | None] = mapped_column(String(100))
    expires_at: Mapped[datetime] = mapped_column(UtcTime())


class PasskeyRow(Base):
    """A passkey of a person: the public key of a credential (WebAuthn) for one host. No secret.

    ``credential`` and ``public_key`` are base64url; ``counter`` is how often the authenticator said that it had signed.
    """

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)  # at most 1,023 bytes
    host: Mapped[str] = mapped_column(String(255))
    public_key: Mapped[str] = mapped_column(Text)
    counter: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcTime())


class CeremonyRow(Base):
    """Something that has begun in a browser and is answered there once: the hash of what the answer has to bring."""

    __tablename__ = "ceremony"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)


class AuditRow(Base):
    """One line of the audit log. ``hash`` covers the line and the hash of the line before (``previous``).

    Time and details are kept as the very text that was hashed.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject_act", "subject", "act"),)  # what was done last to each of some hundreds

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(40))
    who: Mapped[str] = mapped_column(String(140))
    via: Mapped[str] = mapped_column(String(60))
    address: Mapped[str | None] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
