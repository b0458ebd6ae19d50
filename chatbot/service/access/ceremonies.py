"""Ceremonies of signing in: something begins in a browser, and is answered there once, within minutes.

Kept is only the hash of what the answer has to bring. Knows no passkey and no provider.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.service.access.tokens import token_hash
from chatbot.storage.queries import passkeys as stored
from chatbot.storage.tables.people import CeremonyRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Session


class Kind(StrEnum):
    """What has begun."""

    PASSKEY_MADE = "passkey_made"
    """A passkey is made for one person."""
    PASSKEY_USED = "passkey_used"
    """Somebody shows that they have a passkey."""
    PROVIDER = "provider"
    """Somebody went to the provider to sign in there."""


GOOD_FOR = {
    Kind.PASSKEY_MADE: timedelta(minutes=5),
    Kind.PASSKEY_USED: timedelta(minutes=5),
    Kind.PROVIDER: timedelta(minutes=10),
}


async def begin(session: Session, kind: Kind, token: str, now: datetime) -> None:
    """Let an answer come that brings this token."""
    session.add(CeremonyRow(hash=token_hash(token), kind=kind.value, expires_at=now + GOOD_FOR[kind]))
    await session.flush()


async def end(session: Session, kind: Kind, token: str, now: datetime) -> bool:
    """Whether this answers what has begun; nothing answers it again, if the caller commits."""
    return await stored.take_ceremony(session, kind.value, token_hash(token), now)
