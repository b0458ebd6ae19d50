"""Tickets that another help desk brings: made, or brought up to date, by the name they have there.

What was said stays said: a message that is here already is left as it is, one that is missing there is kept. Everything
is one transaction, which the caller commits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.text.blank import is_blank
from chatbot.errors import FullError, InputError, UnderstudyError
from chatbot.service.conversations import notes, opening, ownership, snoozing
from chatbot.service.conversations.appending import append_message, append_reply
from chatbot.service.realtime.event import EventKind
from chatbot.service.tickets import changing
from chatbot.service.visitors.visitors import TICKET_INBOX
from chatbot.storage.queries import events as log
from chatbot.storage.queries import inboxes, visitors
from chatbot.storage.queries import tickets as stored
from chatbot.storage.tables.conversations import ConversationRow, MessageRow, Owner, Status
from chatbot.storage.tables.drafts import NoteRow
from chatbot.storage.tables.tickets import TicketRow
from chatbot.storage.tables.visitors import VisitorRow
from data.cleaning.html_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from chatbot.service.conversations.rules import Rules
    from chatbot.service.tickets.changing import By
    from chatbot.storage.database import Session

MOST_MESSAGES = 2000
BROUGHT = "x-"
"""How the ``client_id`` of what was said elsewhere begins."""
_CUSTOMER, _TEAM = "customer", "team"
_EARLY = timedelta(minutes=5)  # clocks differ
_REFERENCE = 20  # bytes of the hash by which a message is known again


class KnownTicketError(UnderstudyError):
    """A ticket of this external name is here already."""

    code = "ticket_known"
    status = 409
    title = "The ticket is here already"


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it lies in another help desk. ``key`` is how it is known again (``client_id`` here)."""

    key: str
    role: str
    text: str
    audience: str
    author: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class External:
    """How another help desk calls a ticket."""

    system: str
    id: str
    url: str | None = None
    etag: str | None = None


def said(given: Sequence[Mapping[str, Any]], now: datetime) -> list[Said]:
    """Messages as they were brought, each with the name by which it is known again.

    Raises:
        InputError: one says nothing, is of a time to come, or a note is the customer's; the message says which.

    """
    found: list[Said] = []
    seen: dict[str, int] = {}
    for place, each in enumerate(given):
        role, audience, at = each["role"], each["audience"], each.get("at")
        if role == _CUSTOMER and audience == _TEAM:
            raise InputError(f"messages.{place}: what a customer wrote is not for the team alone.")
        if at is not None and (at.tzinfo is None or at > now + _EARLY):
            raise InputError(f"messages.{place}: `at` is a time that has been, with its zone.")
        text = plain_text(each["text"]) if each.get("format") == "html" else each["text"]
        if is_blank(text):
            raise InputError(f"messages.{place}: it has no words; leave it out, or say in words what was attached.")
        key = each.get("external_id")
        if key is None:
            same = json.dumps([role, audience, text, at and at.isoformat()])
            seen[same] = seen.get(same, 0) + 1
            key = f"{same}{seen[same]}"
        found.append(Said(reference(key), role, text, audience, each.get("author"), at and min(at, now)))
    return found


def reference(key: str) -> str:
    """The name by which a message is known again here that another help desk calls so."""
    return f"{BROUGHT}{hashlib.blake2b(key.encode('utf-8', 'replace'), digest_size=_REFERENCE).hexdigest()}"


async def check_new(session: Session, external: External) -> None:
    """Refuse a name that a ticket has here already.

    Raises:
        KnownTicketError: one has.

    """
    if await stored.by_external(session, external.system, external.id) is not None:
        raise KnownTicketError(f"{external.system} has a ticket {external.id} here; bring it up to date by PUT.")


async def create(
    rules: Rules,
    session: Session,
    by: By,
    *,
    channel: str,
    messages: Sequence[Said],
    changes: Mapping[str, Any],
    requester: Mapping[str, Any] | None,
    external: External | None,
) -> tuple[ConversationRow, TicketRow]:
    """A new ticket, which waits for a person where its customer had the last word.

    Raises:
        InputError: one of the changes cannot be made.
        FullError: it has more messages than a ticket may.

    """
    now = rules.clock.now()
    who = await _requester(rules, session, requester, external)
    for_bot = changes.get("owner") == changing.BOT
    begun = min((each.at for each in messages if each.at), default=now)
    row = ConversationRow(
        id=rules.clock.new_id("c"),
        visitor_id=who.id,
        status=Status.OPEN,
        owner=Owner.BOT if for_bot else Owner.NOBODY,
        last_seq=0,
        created_at=begun,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    ticket = _ticket(row.id, channel, external)  # held here, so that whoever asks the session for it need not read it
    session.add(ticket)
    await log.append(session, row, EventKind.STARTED, {"conversation_id": row.id}, at=now)
    await session.flush()
    await _add(rules, session, row, by, messages, known=frozenset())
    await changing.change(rules, session, row, by, changes)
    return row, ticket


async def upsert(
    rules: Rules,
    session: Session,
    by: By,
    *,
    external: External,
    given: Mapping[str, Any],
    messages: Sequence[Said],
    changes: Mapping[str, Any],
) -> tuple[ConversationRow, str]:
    """Make the ticket of this name, or bring it up to date: ``created``, ``updated`` or (the same again) ``unchanged``.

    What the request leaves out stays as it is here. One that was merged is brought up to date where it lives on.
    ``given`` is the whole request: told again, nothing is looked at.

    Raises as ``create``.
    """
    written = json.dumps(given, sort_keys=True, default=str)
    digest = hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
    ticket = await stored.by_external(session, external.system, external.id)
    if ticket is None:
        channel = given.get("channel") or external.system
        more: dict[str, Any] = {"requester": given.get("requester"), "external": external}
        row, made = await create(rules, session, by, channel=channel, messages=messages, changes=changes, **more)
        made.digest = digest
        await session.flush()
        return row, "created"
    row = await opening.for_agent(session, ticket.merged_into or ticket.conversation_id, lock=True)
    if ticket.digest == digest:
        return row, "unchanged"
    ticket.digest, ticket.url, ticket.etag = digest, external.url or ticket.url, external.etag or ticket.etag
    if given.get("requester") and ticket.merged_into is None:
        row.visitor_id = (await _requester(rules, session, given["requester"], external)).id
    await add(rules, session, row, by, messages)
    await changing.change(rules, session, row, by, changes)
    await session.flush()
    return row, "updated"


async def add(
    rules: Rules, session: Session, row: ConversationRow, by: By, messages: Sequence[Said]
) -> list[dict[str, Any]]:
    """Store those messages that are not here yet, in the order given; the new ones as customers or the team see them.

    Raises:
        FullError: the ticket would have more messages than one may.

    """
    known = await stored.sent(session, row.id, [each.key for each in messages])
    return await _add(rules, session, row, by, messages, known=known)


async def _add(
    rules: Rules, session: Session, row: ConversationRow, by: By, messages: Sequence[Said], *, known: Collection[str]
) -> list[dict[str, Any]]:
    new = [each for each in messages if each.key not in known]
    if len(new) + len(known) > MOST_MESSAGES:
        raise FullError(f"A ticket has {MOST_MESSAGES} messages at most.")
    return [await _store(rules, session, row, by, each) for each in {each.key: each for each in new}.values()]


async def _store(rules: Rules, session: Session, row: ConversationRow, by: By, each: Said) -> dict[str, Any]:
    author = each.author or (None if each.role == _CUSTOMER else by.name)
    if each.audience == _TEAM:
        note = NoteRow(id=rules.clock.new_id("n"), author=author or by.name, text=each.text, client_id=each.key)
        note.mentions = []
        return await notes.append(rules, session, row, note, said_at=each.at)
    message = MessageRow(id=rules.clock.new_id("m"), role=each.role, author=author, text=each.text, client_id=each.key)
    if each.role == "agent":
        message.counts_as = by.counts_as
        await append_reply(rules, session, row, message, said_at=each.at)
        await session.flush()
        return {"id": message.id, "seq": message.seq}
    view = await append_message(rules, session, row, message, said_at=each.at)
    if each.role == _CUSTOMER:
        await snoozing.wake(rules, session, row)
        await ownership.customer_wrote(rules, session, row, message.created_at)
        await changing.customer_wrote(session, row)
    return {**view, "seq": message.seq}


def _ticket(conversation_id: str, channel: str, external: External | None) -> TicketRow:
    row = TicketRow(conversation_id=conversation_id, channel=channel, fields={})
    if external is not None:
        row.system, row.external_id, row.url, row.etag = external.system, external.id, external.url, external.etag
    return row


async def _requester(
    rules: Rules, session: Session, given: Mapping[str, Any] | None, external: External | None
) -> VisitorRow:
    """Who asks: known again by the name their help desk has for them, else by their address."""
    asked = given or {}
    name, email = asked.get("name"), asked.get("email")
    subject = None
    if asked.get("external_id"):
        subject = f"{external.system if external else TICKET_INBOX}:{asked['external_id']}"
    elif email:
        subject = f"mail:{email.casefold()}"
    row = await visitors.by_subject(session, TICKET_INBOX, subject) if subject else None
    if row is None:
        closed = {"origins": [], "frame_ancestors": [], "verified_only": True}
        await inboxes.keep(session, TICKET_INBOX, {"name": "Tickets", "created_at": rules.clock.now(), **closed})
        new = VisitorRow(
            id=rules.clock.new_id("v"), inbox_id=TICKET_INBOX, subject=subject, created_at=rules.clock.now()
        )
        row = await visitors.keep_subject(session, new)
    row.name, row.email = name or row.name, email or row.email
    await session.flush()
    return row
