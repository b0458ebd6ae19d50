"""Message-IDs as names of tickets and remarks: safe in a path and in a search, and found again."""

from __future__ import annotations

import re
from hashlib import blake2b

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_+=$-]{0,179}")
_RUN = re.compile(r"[A-Za-z0-9.@_+=$-]+")
_NAME = re.compile(r"~?[A-Za-z0-9.@_+=$-]{1,180}(?:~[0-9a-f]{16})?")
_LONGEST_NEEDLE = 150
_SHORTEST_NEEDLE = 2
_NO_ID = re.compile(r"(\d{1,10})\.(\d{1,10})@no-message-id\.invalid")


def name_of(message_id: str) -> str:
    """How a mail is called here: by its Message-ID; one with odd characters by a part of it and its hash."""
    if _PLAIN.fullmatch(message_id):
        return message_id
    digest = blake2b(message_id.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return f"~{needle_of(message_id) or 'x'}~{digest}"


def needle_of(message_id: str) -> str | None:
    """What to search for in headers, where parts are found too; None where nothing of it can be searched for."""
    run = max(_RUN.findall(message_id), key=len, default="")[:_LONGEST_NEEDLE]
    return run if len(run) >= _SHORTEST_NEEDLE else None


def needle_in(name: str) -> str | None:
    """The same of a name, which may be anybody's."""
    return needle_of(name[1:].partition("~")[0] if name[:1] == "~" else name) if _NAME.fullmatch(name) else None


def made_up(validity: int, uid: int) -> str:
    """A Message-ID for a mail that has none."""
    return f"{validity}.{uid}@no-message-id.invalid"


def place_of(name: str) -> tuple[int, int] | None:
    """UIDVALIDITY and UID of a mail that has none."""
    found = _NO_ID.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None
