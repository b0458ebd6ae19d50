"""Where the two servers of a mailbox are: read from the URL and the setting, checked by the door."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from chatbot.errors import InputError

if TYPE_CHECKING:
    from chatbot.service.outgoing.door import Door

_IMAP, _SMTP = {"imaps": 993, "imap": 143}, {"smtps": 465, "smtp": 587}
_SUBMISSION = 587
_FOLDER = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class Place:
    """A server; ``secure``: TLS from the first byte, otherwise by STARTTLS. ``folder`` is of a mailbox."""

    host: str
    port: int
    secure: bool
    folder: str = "INBOX"


def mailbox_at(url: str) -> Place:
    """Read such as ``imaps://imap.shop.example/INBOX``.

    Raises:
        InputError: it is another kind of URL.

    """
    found = _read(url, _IMAP)
    if found is None:
        raise InputError("That is no mailbox: expected one such as imaps://imap.shop.example or imap://HOST:143/INBOX.")
    return found


def sender_at(text: str, mailbox: Place) -> Place:
    """Read such as ``smtps://smtp.shop.example`` or ``smtp.shop.example:587``; "" is the mailbox's own host.

    Raises:
        InputError: it is none.

    """
    if not text.strip():
        return Place(mailbox.host, _SMTP["smtps"], secure=True)
    written = text.strip()
    if "://" not in written:
        written = f"smtp{'' if written.endswith(f':{_SUBMISSION}') else 's'}://{written}"
    found = _read(written, _SMTP)
    if found is None:
        raise InputError("That sends no mail: expected a host such as smtps://smtp.shop.example or smtp://HOST:587.")
    return found


def checked(door: Door, url: str) -> str:
    """The URL of a mailbox, once its words are good; an address that is not public is refused as for the web."""
    place = mailbox_at(url)
    host = f"[{place.host}]" if ":" in place.host else place.host
    door.check(f"https://{host}:{place.port}")
    return url.strip().rstrip("/")


def _read(url: str, ports: dict[str, int]) -> Place | None:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port or ports.get(parts.scheme, 0)
    except ValueError:
        return None
    folder = unquote(parts.path.strip("/")) or "INBOX"
    odd = parts.username is not None or parts.password is not None or parts.query or parts.fragment
    if not host or parts.scheme not in ports or odd or not _FOLDER.fullmatch(folder):
        return None
    return Place(host, port, parts.scheme.endswith("s"), folder)
