"""What the header of a mail says: who wrote to whom when, what it answers, and whether a program wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from data.importers.mail.charsets import decoded
from data.times import iso

if TYPE_CHECKING:
    from email.message import Message

_ID = re.compile(r"<([^<>\s]{1,400})>")
_IDS = 60
_PEOPLE = 200
_PREFIX = re.compile(
    r"\s{0,9}(?:(?:re|aw|antw|antwort|sv|vs|odp|ynt|ré?p|rif|ref|res|r|回复|答复|回覆|答覆|답장|fwd?|wg|tr|rv|enc|i|转发|轉寄)"
    r"(?:\s?\[\d{1,3}\]|\(\d{1,3}\)|\d{1,3})?\s?[:\uff1a]|\[[^\[\]\n]{1,60}\])",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[ -]?(?:response|reply|antwort)|out of (?:the )?office|automatische antwort"
    r"|abwesenheits|abwesend|réponse automatique|absence du bureau|respuesta automática|fuera de la oficina"
    r"|risposta automatica|fuori sede|resposta automática|automatisch antwoord|afwezig|自动回复|自动答复"
    r"|自動回覆|自動回信)",
    re.IGNORECASE,
)
_BOUNCERS = ("mailer-daemon", "postmaster", "mail-daemon")
_BULK = frozenset({"bulk", "list", "junk"})
AUTOMATIC, BULK, BOUNCE = "automatic replies", "bulk mail and lists", "bounces"


@dataclass(frozen=True, slots=True)
class Header:
    """Addresses are lower case. ``ids`` are its own and those it answers, its own first where it has one.

    ``skipped`` is why it is no part of a conversation; ``at`` a time in UTC, as ISO-8601, or empty. ``doubted``: the
    server that took it in says that it is not from whom it names. ``group``: the list through which it came, where
    it was written to that; a team's own address is often one.
    """

    own: str
    ids: tuple[str, ...]
    subject: str
    topic: str
    answers: bool
    sender: str
    name: str
    reply_to: frozenset[str]
    recipients: frozenset[str]
    at: str
    skipped: str | None
    doubted: bool
    group: str

    @property
    def people(self) -> frozenset[str]:
        """Everybody it names."""
        return self.recipients | self.reply_to | ({self.sender} if self.sender else frozenset())


def header_of(data: bytes) -> Header:
    """Read a header."""
    message = BytesHeaderParser(policy=compat32).parsebytes(data)
    senders = addresses(message, "From", "Sender")
    own = _ID.findall(_raw(message, "Message-ID"))[:1]
    answered = [*_ID.findall(_raw(message, "References")), *_ID.findall(_raw(message, "In-Reply-To"))]
    subject = _SPACE.sub(" ", text_of(message, "Subject")).strip()[:400]
    topic, prefixed = _topic(subject)
    name, sender = senders[0] if senders else ("", "")
    recipients = frozenset(address for _, address in addresses(message, "To", "Cc"))
    group = _group(message, recipients)
    skipped = _skipped(message, sender, subject)
    return Header(
        own=own[0] if own else "",
        ids=tuple(dict.fromkeys([*own, *answered[:1], *answered[-_IDS:]])),
        subject=subject,
        topic=topic.casefold(),
        answers=prefixed or bool(answered),
        sender=sender,
        name=name,
        reply_to=frozenset(address for _, address in addresses(message, "Reply-To")),
        recipients=recipients,
        at=_time(_raw(message, "Date")),
        skipped=None if group and skipped == BULK else skipped,
        doubted="dmarc=fail" in _raw(message, "Authentication-Results").lower(),
        group=group,
    )


def bare(subject: str) -> str:
    """A subject without what answering has put before it."""
    return _topic(subject)[0]


def text_of(message: Message, name: str) -> str:
    """A field in words: RFC 2047 decoded, raw bytes as UTF-8 or Windows-1252."""
    parts = []
    try:
        pieces = decode_header(_raw(message, name)[:4000])
    except (HeaderParseError, ValueError, LookupError, AttributeError):
        return decoded(_bytes(_raw(message, name)), None)
    for piece, charset in pieces:
        parts.append(decoded(piece if isinstance(piece, bytes) else _bytes(piece), charset))
    return "".join(parts).replace("\x00", "")


def addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """(name, address) of everybody in these fields; the address in lower case."""
    values = [_raw(message, name) for name in names]
    found = []
    for value in values:
        try:
            pairs = getaddresses([value[:20_000]])
        except (ValueError, IndexError, TypeError, AttributeError):
            continue
        if not any(address for _, address in pairs):
            pairs = [("", one) for one in re.findall(r"[^\s<>\"',;:()]{1,64}@[^\s<>\"',;:()]{1,190}", value[:20_000])]
        for name, address in pairs[:_PEOPLE]:
            if "@" in address and len(address) < 255:  # noqa: PLR2004
                found.append((_name(name), decoded(_bytes(address), None).strip().lower()))
    return found


def _name(name: str) -> str:
    try:
        pieces = decode_header(name[:300])
    except (HeaderParseError, ValueError, LookupError, AttributeError):
        return ""
    text = "".join(decoded(one if isinstance(one, bytes) else _bytes(one), charset) for one, charset in pieces)
    return _SPACE.sub(" ", text.replace("\x00", "")).strip()[:100]


def _topic(subject: str) -> tuple[str, bool]:
    place = 0
    answers = False
    while match := _PREFIX.match(subject, place):
        answers = answers or not match.group().rstrip().endswith("]")
        place = match.end()
    topic = subject[place:].strip()
    return (topic, answers) if topic else (subject, False)


def _time(text: str) -> str:
    try:
        return iso(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return ""


def _group(message: Message, recipients: frozenset[str]) -> str:
    """The address of the list, if it was written to: <support.shop.example> is support@shop.example."""
    name = _raw(message, "List-Id").rpartition("<")[2].partition(">")[0].strip().lower()
    return next((one for one in recipients if name and one.replace("@", ".", 1) == name), "")


def _skipped(message: Message, sender: str, subject: str) -> str | None:
    if (
        sender.partition("@")[0] in _BOUNCERS
        or "report-type=delivery-status" in _raw(message, "Content-Type").lower().replace('"', "").replace(" ", "")
        or message.get("X-Failed-Recipients") is not None
    ):
        return BOUNCE
    automatic = _raw(message, "Auto-Submitted").strip().lower() or "no"
    precedence = _raw(message, "Precedence").strip().lower()
    answered = any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
    if not automatic.startswith("no") or answered or precedence == "auto_reply" or _AUTOMATIC_SUBJECT.match(subject):
        return AUTOMATIC
    lists = any(message.get(name) is not None for name in ("List-Id", "List-Unsubscribe", "X-Campaign-Id"))
    return BULK if lists or precedence in _BULK else None


def _raw(message: Message, name: str) -> str:
    """The field as it stands, bytes beyond ASCII as surrogates; the first where there are several."""
    value = next((text for key, text in message.raw_items() if key.lower() == name.lower()), "")
    return str(value).replace("\n", " ").replace("\r", " ")


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
