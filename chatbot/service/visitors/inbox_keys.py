"""The keys of an inbox, with which its own system vouches for visitors. Verifies nothing.

An inbox or a key that is not there raises NotFoundError.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chatbot.errors import InputError, NotFoundError
from chatbot.service.audit import COMMAND_LINE, Act, record
from chatbot.service.visitors import inboxes
from chatbot.service.visitors.identity import Algorithm, VerifyingKey
from chatbot.storage.queries import inboxes as stored
from chatbot.storage.queries import visitors
from chatbot.storage.tables.visitors import InboxKeyRow

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session

_SHORTEST_SECRET = {Algorithm.HS256: 32, Algorithm.USER_HASH: 20}  # RFC 7518; other chats' have 24 characters or more
_SHORTEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class InboxKey:
    """What may be shown of a key."""

    id: str
    algorithm: Algorithm
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def list_keys(session: Session, inbox_id: str) -> list[InboxKey]:
    """Every key of an inbox, ended ones included."""
    await inboxes.by_id(session, inbox_id)
    return [_key(row) for row in await stored.keys_of(session, inbox_id)]


async def verifying_keys(session: Session, inbox_id: str, encryptor: Encryptor, *, now: datetime) -> list[VerifyingKey]:
    """The keys that count now."""
    rows = await stored.valid_keys(session, inbox_id, now=now)
    return [VerifyingKey(row.id, Algorithm(row.algorithm), encryptor.decrypt(row.sealed)) for row in rows]


async def rotate_key(
    session: Session,
    inbox_id: str,
    algorithm: Algorithm,
    encryptor: Encryptor,
    clock: Clock,
    *,
    overlap: timedelta,
    given: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> tuple[InboxKey, str, list[InboxKey]]:
    """Add a key, and let its predecessors of the same algorithm end after ``overlap``; recorded.

    The key is made here, or ``given``: a public key (PEM) for RS256 and EdDSA, another system's secret for the others.
    Returns it, the secret to sign with (not shown again; empty for a public key), and the predecessors.

    Raises:
        InputError: what was given is no such key, or nothing was given where it has to be.

    """
    await inboxes.by_id(session, inbox_id)
    if algorithm in _SHORTEST_SECRET:
        material = shown = _shared_secret(algorithm, given)
    else:
        material, shown = _public_key(algorithm, given), ""
    now = clock.now()
    older = [row for row in await stored.valid_keys(session, inbox_id, now=now) if row.algorithm == algorithm.value]
    for row in older:
        row.expires_at = min(row.expires_at or now + overlap, now + overlap)
    key = InboxKeyRow(
        id=clock.new_id("kid"),
        inbox_id=inbox_id,
        algorithm=algorithm.value,
        sealed=encryptor.encrypt(material),
        created_at=now,
    )
    session.add(key)
    await session.flush()
    await record(session, now, actor, Act.INBOX_KEY_MADE, key.id, inbox=inbox_id, algorithm=key.algorithm)
    return _key(key), shown, [_key(row) for row in older]


async def revoke_key(session: Session, key_id: str, clock: Clock, *, actor: Actor = COMMAND_LINE) -> InboxKey:
    """Believe a key no longer, and sign out whoever came in by it; recorded. Again is no error."""
    row = await stored.key(session, key_id)
    if row is None:
        raise NotFoundError(f"There is no key {key_id}; `understudy inboxes keys list INBOX` shows them.")
    again, row.revoked_at = row.revoked_at is not None, row.revoked_at or clock.now()
    await visitors.end_vouched(session, key_id)
    await session.flush()
    if not again:
        await record(session, row.revoked_at, actor, Act.INBOX_KEY_REVOKED, key_id, inbox=row.inbox_id)
    return _key(row)


def _shared_secret(algorithm: Algorithm, given: str | None) -> str:
    if given is None:
        return secrets.token_urlsafe(48)
    if len(given.strip()) < (least := _SHORTEST_SECRET[algorithm]):
        raise InputError(f"The secret is too short: at least {least} characters, or let one be drawn.")
    return given.strip()


def _public_key(algorithm: Algorithm, given: str | None) -> str:
    if given is None:
        raise InputError(f"{algorithm} needs your public key (PEM): --public-key FILE. The private one stays with you.")
    try:
        key = load_pem_public_key(given.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError("That is no public key in PEM: it begins with -----BEGIN PUBLIC KEY-----.") from error
    if algorithm is Algorithm.EDDSA and not isinstance(key, Ed25519PublicKey):
        raise InputError("EdDSA needs an Ed25519 key: openssl genpkey -algorithm ed25519.")
    if algorithm is Algorithm.RS256 and not (isinstance(key, RSAPublicKey) and key.key_size >= _SHORTEST_RSA):
        raise InputError(f"RS256 needs an RSA key of at least {_SHORTEST_RSA} bits.")
    return given


def _key(row: InboxKeyRow) -> InboxKey:
    return InboxKey(row.id, Algorithm(row.algorithm), row.created_at, row.expires_at, row.revoked_at)
