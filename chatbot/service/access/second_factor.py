"""A second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who lost it.

The secret is kept encrypted, recovery codes as hashes; each code of either kind works once. Switched on only after the
app has shown a right code. Knows no HTTP.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
import segno

from chatbot.errors import CodeNeededError, InputError
from chatbot.service.access.tokens import token_hash
from chatbot.service.audit import Act, record
from chatbot.storage.queries import people as stored

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session
    from chatbot.storage.tables.people import PersonRow

_ISSUER = "Understudy"
_PERIOD = 30  # seconds
_DRIFT = 1  # periods that a phone's clock may be late or early
_RECOVERY_CODES, _RECOVERY_BYTES = 10, 10


@dataclass(frozen=True, slots=True)
class Begun:
    """What an authenticator app is given; ``qr`` is the address as a picture, an SVG in a data URI."""

    secret: str
    uri: str
    qr: str


async def begin(session: Session, encryptor: Encryptor, person_id: str) -> Begun:
    """Draw a secret for somebody's app. It counts once ``confirm`` has seen a code of it.

    Raises:
        InputError: they have a second factor already.

    """
    row = await _locked(session, person_id)
    if row.factor_since is not None:
        raise InputError("You have a second factor; remove it first: DELETE /v1/me/totp.")
    secret = pyotp.random_base32()
    row.factor = encryptor.encrypt(secret)
    uri = pyotp.TOTP(secret).provisioning_uri(name=row.email, issuer_name=_ISSUER)
    return Begun(secret, uri, segno.make(uri).svg_data_uri(scale=4, border=2))


async def confirm(
    session: Session, encryptor: Encryptor, now: datetime, actor: Actor, person_id: str, code: str
) -> list[str]:
    """Switch it on; the recovery codes, which are shown once.

    Raises:
        InputError: nothing was begun, or the code is not the app's.

    """
    row = await _locked(session, person_id)
    step = None if row.factor is None else _step(encryptor.decrypt(row.factor), code, now)
    if row.factor_since is not None or step is None:
        raise InputError("This is not the code that the app shows now; begin anew: POST /v1/me/totp.")
    codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
    row.factor_since, row.factor_step, row.recovery = now, step, [token_hash(_plain(each)) for each in codes]
    await record(session, now, actor, Act.FACTOR_SET, person_id)
    return codes


async def remove(session: Session, now: datetime, actor: Actor, person_id: str) -> None:
    """Take somebody's second factor away; without one nothing happens."""
    row = await _locked(session, person_id)
    had = row.factor_since is not None
    row.factor = row.factor_since = row.factor_step = row.recovery = None
    if had:
        await record(session, now, actor, Act.FACTOR_REMOVED, person_id)


def check(row: PersonRow, encryptor: Encryptor, code: str | None, now: datetime) -> bool:
    """Whether this code lets in whom the row, which is locked, is of; it is used up by that. True without a factor.

    Raises:
        CodeNeededError: there is a factor, and no code was given.

    """
    if row.factor_since is None or row.factor is None:
        return True
    if code is None:
        raise CodeNeededError("Give the code of your authenticator app in `code`, or a recovery code.")
    hashed = token_hash(_plain(code))
    if row.recovery and hashed in row.recovery:
        row.recovery = [each for each in row.recovery if each != hashed]
        return True
    step = _step(encryptor.decrypt(row.factor), code, now)
    if step is None or (row.factor_step is not None and step <= row.factor_step):
        return False  # wrong, or seen over somebody's shoulder
    row.factor_step = step
    return True


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The period whose code this is, among those that a clock may be in."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _PERIOD
    said = _plain(code)
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), said.encode("utf-8", "replace")):
            return step
    return None


def _recovery_code() -> str:
    """80 random bits, as people can copy them."""
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode("ascii").lower()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").lower()


async def _locked(session: Session, person_id: str) -> PersonRow:
    row = await stored.locked(session, person_id)
    assert row is not None  # people are never deleted
    return row
