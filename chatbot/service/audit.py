"""The audit log: who did what to the desk's people, keys and data, each line bound to the one before by its hash.

A line is written in the transaction of the change it tells of, so that neither is there without the other. Whoever
changes, removes or inserts a line in the middle is found by ``verify``; whoever cuts lines off the end is found by who
kept the hash that it printed before. Holds no passwords, tokens or words of customers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import audit as stored
from chatbot.storage.tables.people import AuditRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime

    from chatbot.storage.database import Session

_PAGE = 500


class Act(StrEnum):
    """What is recorded."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    DEVICE_ENDED = "device_ended"
    PASSWORD_SET = "password_set"  # noqa: S105 - a word of the log
    INVITED = "invited"
    LINK_MADE = "link_made"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    FACTOR_SET = "factor_set"
    FACTOR_REMOVED = "factor_removed"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_UNLINKED = "provider_unlinked"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"
    ERASED = "erased"
    EXPORTED = "exported"
    ARTICLE_KEPT = "article_kept"
    RETIRED = "retired"
    RESTORED = "restored"
    APPROVED = "approved"
    TOPIC_RENAMED = "topic_renamed"
    TOPIC_MERGED = "topic_merged"
    INBOX_MADE = "inbox_made"
    INBOX_CHANGED = "inbox_changed"
    INBOX_KEY_MADE = "inbox_key_made"
    INBOX_KEY_REVOKED = "inbox_key_revoked"
    HOURS_CHANGED = "hours_changed"
    ALONE_SWITCHED = "alone_switched"
    PROMISE_CHANGED = "promise_changed"
    PROMOTED = "promoted"
    STATUSES_CHANGED = "statuses_changed"
    WEBHOOK_MADE = "webhook_made"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_REMOVED = "webhook_removed"
    WEBHOOK_SECRET_MADE = "webhook_secret_made"  # noqa: S105 - a word of the log
    WEBHOOK_FAILING = "webhook_failing"
    WEBHOOK_OFF = "webhook_off"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, by which way they came in, and from which address."""

    who: str
    via: str
    address: str | None = None

    @property
    def name(self) -> str:
        """The same for people: without the id that tells two of one name apart in the log."""
        return self.who.partition(" (p_")[0]


COMMAND_LINE = Actor("command line", "command line")


@dataclass(frozen=True, slots=True)
class Done:
    """Who did something, by the name that people know them by, and when (ISO 8601)."""

    act: Act
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``verify`` found: how many lines hold, the hash of the last of them, and what breaks the next."""

    lines: int
    hash: str
    broken: str | None = None


async def record(
    session: Session, at: datetime, actor: Actor, act: Act, subject: str | None = None, **detail: object
) -> None:
    """Append a line. The last thing that a transaction does: others who append wait for its end."""
    last = await stored.last(session)
    row = AuditRow(
        seq=1 if last is None else last.seq + 1,
        at=at.isoformat(),
        who=actor.who,
        via=actor.via,
        address=actor.address,
        act=act.value,
        subject=subject,
        detail=json.dumps(detail, sort_keys=True),
        previous="" if last is None else last.hash,
    )
    row.hash = _hash(row)
    session.add(row)
    await session.flush()


async def lines(session: Session) -> AsyncIterator[AuditRow]:
    """Every line, oldest first."""
    seq = -(2**31)  # what somebody put before the first is to be seen
    while page := await stored.after(session, seq, _PAGE):
        for row in page:
            yield row
        seq = page[-1].seq


async def page(session: Session, after: int, limit: int) -> list[dict[str, Any]]:
    """Lines after a number, oldest first, as they are exported."""
    return [as_json(row) for row in await stored.after(session, after, limit)]


async def latest(session: Session, acts: Collection[Act], subjects: Collection[str]) -> dict[str, Done]:
    """What of these was done last to each of some hundreds of subjects; nothing of those to which it never was."""
    rows = await stored.about(session, [act.value for act in acts], subjects)
    return {
        row.subject: Done(Act(row.act), row.who.rpartition(" (p_")[0] or row.who, row.at) for row in rows if row.subject
    }


async def verify(session: Session, head: str | None = None) -> Checked:
    """Follow the chain from its first line; ``head`` is a hash that was its end once and has to be in it."""
    count, previous, seen = 0, "", head is None
    async for row in lines(session):
        wrong = None
        if row.seq != count + 1:
            wrong = (
                f"line {count + 1} is missing, {row.seq} follows" if row.seq > count else f"line {row.seq} is too much"
            )
        elif row.previous != previous:
            wrong = f"line {row.seq} does not follow the one before"
        elif row.hash != _hash(row):
            wrong = f"line {row.seq} was changed"
        if wrong is not None:
            return Checked(count, previous, wrong)
        count, previous, seen = row.seq, row.hash, seen or row.hash == head
    return Checked(count, previous, None if seen else f"after line {count} lines are missing, {head} among them")


def as_json(row: AuditRow) -> dict[str, Any]:
    """A line as it is exported. Its hash is SHA-256 of the UTF-8 of all other fields, in this order, as a JSON list."""
    return {**_hashed(row), "hash": row.hash}


def _hashed(row: AuditRow) -> dict[str, Any]:
    names = ("seq", "at", "who", "via", "address", "act", "subject", "detail", "previous")
    return {name: getattr(row, name) for name in names}


def _hash(row: AuditRow) -> str:
    said = json.dumps(list(_hashed(row).values()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
