"""The words of a mail: its plain text, or its HTML where it has no other; what is attached is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from data.importers.mail.charsets import decoded

_DEEPEST = 20
_PARTS = 500
_QUOTED = re.compile(r">+")
_SIGNATURE = "-- "
_SHORT = 200
_NO_TEXT = re.compile(r"html|mail client|mail program|mail reader", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """What was written, plain or HTML, and how many files hang on it; pictures shown in the text are none."""

    text: str
    attachments: int


def body_of(data: bytes) -> Body:
    """Read a whole mail."""
    message = BytesParser(policy=compat32).parsebytes(data)
    plain: list[str] = []
    html: list[str] = []
    attachments = _walk(message, plain, html)
    text = "\n\n".join(filter(str.strip, plain))
    rich = "\n".join(filter(str.strip, html))
    only = not text.strip() or (bool(rich) and len(text) < _SHORT and _NO_TEXT.search(text) is not None)
    return Body((rich if only and rich else text).replace("\x00", "").strip(), attachments)


def _walk(top: Message, plain: list[str], html: list[str]) -> int:
    """Collect the texts of all parts; the number of attachments. A mail within the mail is one."""
    waiting: list[tuple[Message, int]] = [(top, 0)]
    attachments = seen = 0
    while waiting and seen < _PARTS:
        part, depth = waiting.pop(0)
        seen += 1
        kind = _kind(part)
        payload = part.get_payload()
        if isinstance(payload, list) and kind.startswith("multipart/"):
            if depth < _DEEPEST:
                waiting[:0] = [(one, depth + 1) for one in payload if isinstance(one, Message)]
        elif _is_attached(part, kind):
            attachments += 1
        elif kind == "text/html":
            html.append(_text(part))
        elif kind.startswith("text/") and kind not in {"text/calendar", "text/css", "text/x-amp-html"}:
            plain.append(_unflowed(_text(part), part))
    return attachments


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except (ValueError, IndexError, AttributeError, LookupError):
        return "text/plain"


def _is_attached(part: Message, kind: str) -> bool:
    said = str(part.get("Content-Disposition") or "").strip().lower()
    if said.startswith("attachment"):
        return True
    if kind.startswith("text/"):
        return "filename" in said
    shown = kind.startswith("image/") and (said.startswith("inline") or part.get("Content-ID") is not None)
    return not shown and kind not in {"application/pgp-signature", "application/pkcs7-signature"}


def _text(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, AssertionError):
        data = None
    if not isinstance(data, bytes):
        return ""
    try:
        charset = part.get_param("charset")
    except (ValueError, IndexError, AttributeError, LookupError):
        charset = None
    return decoded(data, charset if isinstance(charset, str) else None).replace("\r\n", "\n")


def _unflowed(text: str, part: Message) -> str:
    """Lines that a program has broken in format=flowed, joined (RFC 3676)."""
    try:
        flowed = str(part.get_param("format") or "").lower() == "flowed"
        joined = str(part.get_param("delsp") or "").lower() == "yes"
    except (ValueError, IndexError, AttributeError, LookupError):
        return text
    if not flowed:
        return text
    lines: list[str] = []
    soft: str | None = None
    for line in text.split("\n"):
        marks = match.group() if (match := _QUOTED.match(line)) else ""
        words = line[len(marks) :].removeprefix(" ")
        if soft == marks and lines:
            lines[-1] += words
        else:
            lines.append(f"{marks} {words}" if marks else words)
        soft = marks if words.endswith(" ") and words != _SIGNATURE else None
        if soft is not None and joined:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
