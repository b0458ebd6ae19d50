"""Which conversations are held out: by a hash of the id, so that none ever leaks across."""

from __future__ import annotations

import hashlib


def held_out(conversation_id: str, fraction: float, salt: str = "") -> bool:
    """Whether a conversation belongs to the held-out share.

    Depends on the id and the salt alone: stable over runs, machines and whatever else is imported. Raising
    the fraction only adds to the share.
    """
    digest = hashlib.sha256(f"{salt}\x00{conversation_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2**64
