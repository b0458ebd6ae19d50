"""Verifies who a visitor is: by a signed JWT of the inbox's own system, or by the HMAC that other chats use.

Pure: keys and time come in. A key signs in one way only, and the way is taken from the key, never from the token, so
that a public key is not taken for a shared secret (RFC 8725) and no ``user_hash`` is good as a signature of a JWT.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.errors import IdentityError
from chatbot.service.access.wellformed import plain, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LIFE = timedelta(hours=1)
"""A token that proves who somebody is may live so long."""
LONGEST_SUBJECT = 200
_CLOCKS_DIFFER = timedelta(seconds=60)
_CLAIMS = ("sub", "iat", "exp", "aud")


class Algorithm(StrEnum):
    """How a key signs. The last is no JWT: ``user_hash`` is HMAC-SHA-256 of the user's id, in hexadecimal."""

    HS256 = "HS256"
    RS256 = "RS256"
    EDDSA = "EdDSA"
    USER_HASH = "user_hash"


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that counts now. ``material`` is the shared secret, or the public key as PEM."""

    id: str
    algorithm: Algorithm
    material: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, and which key said so."""

    subject: str
    key_id: str
    name: str | None = None
    email: str | None = None


def from_jwt(token: str, *, inbox_id: str, keys: Sequence[VerifyingKey], now: datetime) -> Identity:
    """Read a signed token: ``sub``, ``iat``, ``exp`` within an hour, ``aud`` the inbox's id; ``name`` and ``email``.

    Raises:
        IdentityError: it is not signed by one of these keys, or does not say what it has to.

    """
    claims, key = _verified(token, [key for key in keys if key.algorithm is not Algorithm.USER_HASH])
    missing = [name for name in _CLAIMS if name not in claims]
    if missing:
        raise IdentityError(f"The token lacks {', '.join(missing)}.")
    audience = claims["aud"]
    if inbox_id not in (audience if isinstance(audience, list) else [audience]):
        raise IdentityError(f"The token is for another audience; aud has to be {inbox_id}.")
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires - issued > LONGEST_LIFE:
        raise IdentityError("The token lives too long; exp may be at most an hour after iat.")
    if issued > now + _CLOCKS_DIFFER or ("nbf" in claims and _time(claims, "nbf") > now + _CLOCKS_DIFFER):
        raise IdentityError("The token is from the future; check the clock of the server that signs.")
    if expires <= now - _CLOCKS_DIFFER:
        raise IdentityError("The token has expired; sign a new one for each page.")
    return Identity(_subject(claims["sub"]), key.id, _words(claims, "name", 200), _words(claims, "email", 320))


def from_user_hash(user_id: str, user_hash: str, *, keys: Sequence[VerifyingKey]) -> Identity:
    """Check the HMAC of a user's id. It proves the id and nothing else, and it never ends.

    Raises:
        IdentityError: no key for this makes that hash.

    """
    given = user_hash.strip().lower().encode("utf-8", "replace")
    for key in keys:
        if key.algorithm is Algorithm.USER_HASH:
            made = hmac.new(key.material.encode(), user_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
            if hmac.compare_digest(made.encode(), given):
                return Identity(_subject(user_id), key.id)
    raise IdentityError("user_hash does not fit this user_id and any key of the inbox.")


def _verified(token: str, keys: Sequence[VerifyingKey]) -> tuple[dict[str, Any], VerifyingKey]:
    """The claims and the key that signed them: the one that ``kid`` names, or without one whichever fits."""
    import jwt

    if not token.isascii():
        raise IdentityError("The token is no JWT.")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, RecursionError):  # the latter of JSON that is nested too deep
        raise IdentityError("The token is no JWT.") from None
    tried = [key for key in keys if kid is None or key.id == kid]
    if not tried:
        raise IdentityError("The token names a key (kid) that this inbox does not have, or no longer has.")
    unchecked = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_sub"), False)
    for key in tried:
        try:
            return jwt.decode(token, key.material, algorithms=[key.algorithm.value], options=unchecked), key  # type: ignore[arg-type]
        except (jwt.InvalidTokenError, RecursionError):
            continue
    raise IdentityError("The signature of the token does not fit any key of this inbox.")


def _time(claims: dict[str, Any], name: str) -> datetime:
    try:
        return seconds(claims[name])
    except ValueError as wrong:
        raise IdentityError(f"{name} {wrong}.") from None


def _subject(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_SUBJECT:
        raise IdentityError(f"The user's id has to be a text of 1 to {LONGEST_SUBJECT} characters.")
    return _text("The user's id", value)


def _words(claims: dict[str, Any], name: str, longest: int) -> str | None:
    value = claims.get(name)
    if not isinstance(value, str):
        return None
    return _text(name, value).strip()[:longest] or None


def _text(name: str, value: str) -> str:
    try:
        return plain(value)
    except ValueError as wrong:
        raise IdentityError(f"{name} {wrong}.") from None
