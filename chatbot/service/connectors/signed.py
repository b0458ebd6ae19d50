"""Whether a hook is signed by who has its secret, and lately."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

from chatbot.service.connectors.protocol import UnsignedError

if TYPE_CHECKING:
    from datetime import datetime

OLDEST = timedelta(minutes=5)


def verify(secret: str, said: str | None, signed: bytes, *, how: str = "sha256", base64: bool = False) -> None:
    """Compare a signature, in hex or base64, with the right one of ``signed``, in a time that tells nothing.

    Raises:
        UnsignedError: it is another, or there is none.

    """
    digest = hmac.digest(secret.encode(), signed, how)
    right = b64encode(digest) if base64 else digest.hex().encode()
    if not hmac.compare_digest(right, (said or "").strip().encode("utf-8", "replace")):
        raise UnsignedError("The hook is not signed by who has its secret.")


def verify_age(at: datetime | None, now: datetime) -> None:
    """See that a hook was signed within five minutes, so that nobody sends an old one again.

    Raises:
        UnsignedError: it was not, or it does not say when.

    """
    if at is None or abs(now - at) > OLDEST:
        raise UnsignedError("The hook was not signed within the last five minutes.")
