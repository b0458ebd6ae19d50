"""Inboxes: the places customers write from, and the keys that vouch for them.

A desk has one from the start, ``default``, which asks for nothing; others are made where several sites, or several
customers' sites, share a desk.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chatbot.errors import InputError, NotFoundError
from chatbot.service.access.rate_limits import rate
from chatbot.service.visitors.identity import Algorithm, VerifyingKey
from chatbot.storage.queries import inboxes as stored
from chatbot.storage.queries import visitors
from chatbot.storage.tables.visitors import InboxKeyRow, InboxRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.storage.database import Session

_LONGEST_NAME = 100
_SHORTEST_SECRET = {Algorithm.HS256: 32, Algorithm.USER_HASH: 20}  # RFC 7518; other chats' have 24 characters or more
_SHORTEST_RSA = 2048
_HOST = re.compile(r"(\*\.)?[a-z0-9.-]+|\[[0-9a-f:]+\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inbox:
    """One inbox. ``rate`` is what it takes, such as ``600/minute``; None for as much as comes."""

    id: str
    name: str
    origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    verified_only: bool = False
    rate: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about an inbox; None leaves a thing as it is."""

    name: str | None = None
    origins: tuple[str, ...] | None = None
    frame_ancestors: tuple[str, ...] | None = None
    verified_only: bool | None = None
    rate: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What may be shown of a key."""

    id: str
    algorithm: Algorithm
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


async def create(session: Session, change: Change, clock: Clock) -> Inbox:
    """Make an inbox.

    Raises:
        InputError: something about it is not what it has to be.

    """
    row = InboxRow(
        id=clock.new_id("in"),
        name="",
        origins=[],
        frame_ancestors=[],
        verified_only=False,
        created_at=clock.now(),
    )
    _apply(row, replace(change, name=change.name or ""))
    session.add(row)
    await session.flush()
    return _inbox(row)


async def alter(session: Session, inbox_id: str, change: Change) -> Inbox:
    """Change an inbox.

    Raises:
        NotFoundError: there is no such inbox.
        InputError: something is not what it has to be.

    """
    row = await _row(session, inbox_id)
    _apply(row, change)
    await session.flush()
    return _inbox(row)


async def list_all(session: Session) -> list[Inbox]:
    """Every inbox, the default one first."""
    return [_inbox(row) for row in await stored.all_inboxes(session)]


async def list_keys(session: Session, inbox_id: str) -> list[Key]:
    """Every key of an inbox, ended ones included."""
    await _row(session, inbox_id)
    return [_key(row) for row in await stored.keys_of(session, inbox_id)]


async def verifying_keys(session: Session, inbox_id: str, encryptor: Encryptor, *, now: datetime) -> list[VerifyingKey]:
    """The keys that count now."""
    rows = await stored.valid_keys(session, inbox_id, now=now)
    return [VerifyingKey(row.id, Algorithm(row.algorithm), encryptor.decrypt(row.sealed)) for row in rows]


async def add_key(
    session: Session,
    inbox_id: str,
    algorithm: Algorithm,
    encryptor: Encryptor,
    clock: Clock,
    *,
    given: str | None = None,
) -> tuple[Key, str]:
    """Make a key, or take the one given: a public key (PEM) for RS256 and EdDSA, a secret of elsewhere for the others.

    Returns the key and the secret to sign with, which is not shown again; empty for a public key.

    Raises:
        NotFoundError: there is no such inbox.
        InputError: what was given is no such key, or nothing was given where it has to be.

    """
    await _row(session, inbox_id)
    if algorithm in _SHORTEST_SECRET:
        material = shown = _shared_secret(algorithm, given)
    else:
        material, shown = _public_key(algorithm, given), ""
    row = InboxKeyRow(
        id=clock.new_id("kid"),
        inbox_id=inbox_id,
        algorithm=algorithm.value,
        sealed=encryptor.encrypt(material),
        created_at=clock.now(),
    )
    session.add(row)
    await session.flush()
    return _key(row), shown


async def rotate_key(
    session: Session,
    inbox_id: str,
    algorithm: Algorithm,
    encryptor: Encryptor,
    clock: Clock,
    *,
    overlap: timedelta,
    given: str | None = None,
) -> tuple[Key, str, list[Key]]:
    """Add a key and let its predecessors of the same algorithm end after ``overlap``; returns those as well."""
    now = clock.now()
    older = [row for row in await stored.valid_keys(session, inbox_id, now=now) if row.algorithm == algorithm.value]
    key, shown = await add_key(session, inbox_id, algorithm, encryptor, clock, given=given)
    for row in older:
        row.expires_at = min(row.expires_at or now + overlap, now + overlap)
    await session.flush()
    return key, shown, [_key(row) for row in older]


async def revoke_key(session: Session, key_id: str, clock: Clock) -> Key:
    """Believe a key no longer, and sign out whoever came in by it; again is no error.

    Raises:
        NotFoundError: there is no such key.

    """
    row = await stored.key(session, key_id)
    if row is None:
        raise NotFoundError(f"There is no key {key_id}; `understudy inboxes keys list INBOX` shows them.")
    row.revoked_at = row.revoked_at or clock.now()
    await visitors.end_vouched(session, key_id)
    await session.flush()
    return _key(row)


def origin(text: str) -> str:
    """An origin as browsers write it: scheme, host and port, in lower case, and nothing else.

    Raises:
        InputError: it is no such thing.

    """
    parts = urlsplit(text.strip().rstrip("/").lower())
    if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc or parts.path or parts.query:
        raise InputError(f"An origin looks like https://shop.example, found {text!r}.")
    if not _HOST.fullmatch(parts.hostname or "") and not _HOST.fullmatch(f"[{parts.hostname}]"):
        raise InputError(f"An origin looks like https://shop.example, found {text!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def _apply(row: InboxRow, change: Change) -> None:
    if change.name is not None:
        row.name = change.name.strip()
        if not 0 < len(row.name) <= _LONGEST_NAME:
            raise InputError(f"Give the inbox a name of 1 to {_LONGEST_NAME} characters.")
    if change.origins is not None:
        row.origins = _origins(change.origins)
        if any("*" in one for one in row.origins):
            raise InputError("Name each origin; a pattern with * would let in pages you do not know.")
    if change.frame_ancestors is not None:
        row.frame_ancestors = _origins(change.frame_ancestors)
    if change.verified_only is not None:
        row.verified_only = change.verified_only
    if change.rate is not None:
        rate(change.rate)  # or it says what is wrong
        row.rate = change.rate.strip() or None


def _origins(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(origin(one) for one in given if one.strip()))


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


async def _row(session: Session, inbox_id: str) -> InboxRow:
    row = await stored.by_id(session, inbox_id)
    if row is None:
        raise NotFoundError(f"There is no inbox {inbox_id}; `understudy inboxes list` shows them.")
    return row


def _inbox(row: InboxRow) -> Inbox:
    return Inbox(row.id, row.name, tuple(row.origins), tuple(row.frame_ancestors), row.verified_only, row.rate)


def _key(row: InboxKeyRow) -> Key:
    return Key(row.id, Algorithm(row.algorithm), row.created_at, row.expires_at, row.revoked_at)
