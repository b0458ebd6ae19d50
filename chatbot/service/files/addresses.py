"""Signed addresses of files: whoever has one may open that file, in that size, for some minutes, and nothing else.

A browser that shows a picture sends no token, and no cookie where the page is another site's; so the address itself
says who may read it (HMAC-SHA-256 under a key of its own, derived from the desk's).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from chatbot.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

Size = Literal["full", "small"]
GOOD_FOR = timedelta(minutes=10)
_STEP = 300  # seconds: addresses asked for within it are the same, so that browsers keep what they name


def address(secret: bytes, file_id: str, size: Size, audience: str, now: datetime) -> str:
    """Where a file can be opened by a reader of this audience; a path on this server."""
    until = int((now + GOOD_FOR).timestamp()) // _STEP * _STEP + _STEP
    signature = _signature(secret, file_id, size, audience, until)
    return f"/files/{file_id}/{size}?for={audience}&until={until}&signature={signature}"


def check(secret: bytes, file_id: str, size: str, audience: str, until: int, signature: str, now: datetime) -> None:
    """Whether an address is one of ours and still good.

    Raises:
        NotFoundError: it is not; which of the two is not told.

    """
    right = _signature(secret, file_id, size, audience, until)
    if not hmac.compare_digest(right.encode(), signature.encode()) or until < now.timestamp():
        raise NotFoundError(occasion="file_gone")


def _signature(secret: bytes, file_id: str, size: str, audience: str, until: int) -> str:
    key = hmac.new(secret, b"files", hashlib.sha256).digest()
    said = "\0".join((file_id, size, audience, str(until)))
    return base64.urlsafe_b64encode(hmac.new(key, said.encode(), hashlib.sha256).digest()).rstrip(b"=").decode("ascii")
