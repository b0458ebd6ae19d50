"""Signatures of webhooks (Standard Webhooks 1.0, HMAC-SHA256), and whether a request is one of ours."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.clock import Clock

_PREFIX = "whsec_"
_BYTES = 32
_SHORTEST, _LONGEST = 24, 64  # bytes, as the standard has them
_TOLERANCE = 300  # seconds
_LAST_SECOND = 253_402_300_799
_DIGITS = 12
_ENDED = "It is signed with the secret before the last rotation, which has ended."
_LATE = (
    f"The signature is right, but the request is {{late}}: receivers refuse more than {_TOLERANCE}, as it may be sent "
    "again by somebody else. Check the clock."
)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request verifies, and a sentence on why (not)."""

    valid: bool
    why: str


def new_secret() -> str:
    """A secret, random."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def own_secret(text: str) -> str:
    """A secret that somebody brings.

    Raises:
        InputError: it is not one of the standard's form.

    """
    try:
        held = base64.b64decode(text.strip().removeprefix(_PREFIX), validate=True)
    except ValueError:
        held = b""
    if not text.strip().startswith(_PREFIX) or not _SHORTEST <= len(held) <= _LONGEST:
        raise InputError(f"A secret is {_PREFIX} and base64 of {_SHORTEST} to {_LONGEST} random bytes.")
    return text.strip()


def headers(delivery_id: str, body: str, keys: Sequence[str], now: datetime) -> dict[str, str]:
    """What goes with a body: its id, the time of this try, and a signature by each key that counts."""
    from standardwebhooks import Webhook

    at = now.astimezone(UTC)
    signed = " ".join(Webhook(key).sign(delivery_id, at, body) for key in keys)
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
    }


def verify(
    given: Mapping[str, str],
    body: str,
    keys: Sequence[str],
    *,
    ended: Sequence[str] = (),
    sent: str | None,
    clock: Clock,
) -> Verdict:
    """Whether headers and a body, as a receiver has them, are a request of ours.

    ``ended`` are keys that no longer count; ``sent`` is the body that we sent under this id, where it is known.
    """
    held = {name.lower().strip(): value.strip() for name, value in given.items()}
    if wrong := _malformed(held):
        return Verdict(valid=False, why=wrong)
    named, second = held["webhook-id"], int(held["webhook-timestamp"])
    moment, signatures = datetime.fromtimestamp(second, UTC), _signatures(held)
    if not _signed(named, moment, body, keys, signatures):
        by_old = _signed(named, moment, body, ended, signatures)
        why = _ENDED if by_old else _why_not(named, moment, body, keys, signatures, sent)
        return Verdict(valid=False, why=why)
    late = round(clock.now().timestamp()) - second
    if abs(late) > _TOLERANCE:
        return Verdict(valid=False, why=_LATE.format(late=f"{abs(late):,} seconds {'old' if late > 0 else 'early'}"))
    return Verdict(valid=True, why="It is a request of this webhook, unchanged and in time.")


def _malformed(held: Mapping[str, str]) -> str | None:
    if missing := [name for name in HEADERS if not held.get(name)]:
        return f"The header {missing[0]} is missing."
    written = held["webhook-timestamp"]
    if not (written.isascii() and written.isdigit() and int(written[:_DIGITS]) <= _LAST_SECOND) or written[_DIGITS:]:
        return "webhook-timestamp is no number of seconds since 1970."
    if not _signatures(held):
        return "webhook-signature holds no signature of version v1: `v1,` and base64."
    return None


def _signatures(held: Mapping[str, str]) -> list[str]:
    return [each.removeprefix("v1,") for each in held["webhook-signature"].split() if each.startswith("v1,")]


def _why_not(
    delivery_id: str, moment: datetime, body: str, keys: Sequence[str], signatures: Sequence[str], sent: str | None
) -> str:
    if sent is None:
        return "The signature is not by this webhook's secret, or id or body are not those that were signed."
    if _signed(delivery_id, moment, sent, keys, signatures):
        same = _parsed(body) is not None and _parsed(body) == _parsed(sent)
        told = "it was parsed and written anew: verify the bytes as they came" if same else "it was changed"
        return f"Secret and headers are right; the body is not the one that was sent: {told}."
    if body == sent:
        return "Id and body are ours; the signature is by another secret, or for another webhook-timestamp."
    return "There is a delivery of this id; neither its body nor the signature is the one that was sent."


def _signed(delivery_id: str, moment: datetime, body: str, keys: Sequence[str], signatures: Sequence[str]) -> bool:
    ours = [headers(delivery_id, body, [key], moment)["webhook-signature"].partition(",")[2] for key in keys]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in ours for other in signatures)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
