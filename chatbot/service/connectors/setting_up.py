"""Connectors as they are set up: made, listed, removed, and which of them a hook is for. Secrets are kept encrypted."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.service.audit import COMMAND_LINE, Act, record
from chatbot.service.connectors.desks.chatwoot import Chatwoot
from chatbot.service.connectors.desks.django_helpdesk import DjangoHelpdesk
from chatbot.service.connectors.desks.freshdesk import Freshdesk
from chatbot.service.connectors.desks.front import Front
from chatbot.service.connectors.desks.help_scout import HelpScout
from chatbot.service.connectors.desks.intercom import Intercom
from chatbot.service.connectors.desks.jira import Jira
from chatbot.service.connectors.desks.mail import Mail
from chatbot.service.connectors.desks.request_tracker import RequestTracker
from chatbot.service.connectors.desks.roundup import Roundup
from chatbot.service.connectors.desks.roundup_notes import RoundupWithNotes
from chatbot.service.connectors.desks.zammad import Zammad
from chatbot.service.connectors.desks.zendesk import Zendesk
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import ConnectorRow, Level
from chatbot.storage.tables.tickets import CHAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.audit import Actor
    from chatbot.service.connectors.protocol import HelpDesk, Rung
    from chatbot.service.outgoing.door import Client, Door
    from chatbot.storage.database import Session

KINDS: dict[str, type[HelpDesk]] = {
    each.kind: each
    for each in (
        Chatwoot,
        DjangoHelpdesk,
        Freshdesk,
        Front,
        HelpScout,
        Intercom,
        Jira,
        Mail,
        RequestTracker,
        Roundup,
        RoundupWithNotes,
        Zammad,
        Zendesk,
    )
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")  # a system's name
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Connector:
    """What may be shown of a connector. ``levels`` are those that its help desk lets be chosen."""

    id: str
    kind: str
    title: str
    url: str
    level: str
    levels: tuple[str, ...]
    synced_at: datetime | None
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wrote:
    """What was written last, or would have been; ``state`` says which, and whether it got there."""

    ticket: str
    url: str | None
    state: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connector as somebody sets it up. ``given`` is what its kind's ``settings`` asked for."""

    name: str
    kind: str
    url: str
    given: Mapping[str, str]
    level: Level


def allowed_level(kind: type[HelpDesk], level: str | None) -> Level:
    """What a connector may do: as asked for, else the most that still leaves the last word to a person.

    Raises:
        InputError: its help desk cannot be written to in this way.

    """
    if level is None:
        if kind.abilities.draft:
            return Level.DRAFT
        return Level.NOTE if kind.abilities.note else Level.SHADOW
    if level == Level.DRAFT and not kind.abilities.draft:
        raise InputError(f"{kind.title} keeps no drafts: choose note, or shadow.")
    if level == Level.NOTE and not kind.abilities.note:
        raise InputError(f"{kind.title} keeps no notes: choose draft, or shadow.")
    if level == Level.ANSWER and not kind.abilities.reply:
        raise InputError(f"Customers are not answered there from here: {kind.title} cannot be asked to.")
    return Level(level)


async def create(
    session: Session, wanted: Wanted, door: Door, encryptor: Encryptor, clock: Clock
) -> tuple[Connector, str]:
    """Keep a connector, and the path that rings its bell. The same name again: other settings, the path stays.

    Raises:
        InputError: the name or the URL cannot be used, or the name is another kind's.
        AddressRefusedError: the URL names an address that is not public.

    """
    if not _NAME.fullmatch(wanted.name) or wanted.name == CHAT:
        raise InputError("A connector's name has small letters, digits and - _ . only, 40 at most.")
    url = KINDS[wanted.kind].checked(door, wanted.url)
    row = await stored.connector(session, wanted.name)
    if row is None:
        drawn = encryptor.encrypt(secrets.token_urlsafe(_SECRET_BYTES))
        row = ConnectorRow(id=wanted.name, kind=wanted.kind, secret=drawn, created_at=clock.now())
        session.add(row)
    elif (row.kind, row.url) != (wanted.kind, url):
        was = "was" if row.level == Level.REMOVED else "is"
        raise InputError(
            f"{wanted.name} {was} a connector to {row.kind} at {row.url}, whose tickets are known here by its name; "
            "choose another with --name."
        )
    if row.level == Level.REMOVED:  # what was said meanwhile is not caught up with
        row.created_at, row.synced_at = clock.now(), None
        row.secret = encryptor.encrypt(secrets.token_urlsafe(_SECRET_BYTES))
    row.url, row.level = url, wanted.level.value
    row.credential = encryptor.encrypt(json.dumps(dict(wanted.given)))
    row.replies = _replies(row.kind, wanted.level)
    row.error = None
    await session.flush()
    held = {"kind": row.kind, "url": row.url, "level": row.level}
    await record(session, clock.now(), COMMAND_LINE, Act.CONNECTED, row.id, **held)
    return _shown(row), f"/v1/connectors/{row.id}/hook/{encryptor.decrypt(row.secret)}"


async def list_all(session: Session) -> list[Connector]:
    """Every connector, oldest first."""
    return [_shown(row) for row in await stored.all_connectors(session)]


async def set_level(session: Session, name: str, level: str, clock: Clock, *, actor: Actor) -> Connector:
    """Let a connector do more, or less, from now on.

    Raises:
        NotFoundError: there is none of this name.
        InputError: its help desk cannot be written to in this way.

    """
    row = await _named(session, name)
    wanted = allowed_level(KINDS[row.kind], level)
    row.level, row.replies = wanted.value, _replies(row.kind, wanted)
    await session.flush()
    await record(session, clock.now(), actor, Act.CONNECTED, row.id, kind=row.kind, url=row.url, level=row.level)
    return _shown(row)


async def remove(session: Session, name: str, clock: Clock, *, actor: Actor = COMMAND_LINE) -> None:
    """Remove a connector; the tickets that it brought stay.

    Raises:
        NotFoundError: there is none of this name.

    """
    row = await _named(session, name)
    row.level, row.replies, row.credential, row.secret = Level.REMOVED.value, False, "", ""
    row.error = None
    await session.flush()
    await record(session, clock.now(), actor, Act.DISCONNECTED, name)


async def written(session: Session, name: str, *, limit: int) -> list[Wrote]:
    """What was written last, or would have been, the newest first.

    Raises:
        NotFoundError: there is none of this name.

    """
    await _named(session, name)
    found = await stored.notes(session, name, limit=limit)
    return [Wrote(row.ticket, url, row.state, row.text, row.at) for row, url in found]


async def heard(
    session: Session,
    name: str,
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    encryptor: Encryptor,
    now: datetime,
) -> Rung:
    """What somebody says who rings a connector's bell and has its secret.

    Raises:
        NotFoundError: there is no such connector, or the secret is another; the two look the same.
        UnsignedError: its help desk signs, and this is not signed by it.

    """
    row = await stored.connector(session, name)
    row = None if row is not None and row.level == Level.REMOVED else row
    right = encryptor.decrypt(row.secret) if row is not None else secrets.token_urlsafe(_SECRET_BYTES)
    if not hmac.compare_digest(right.encode(), secret.encode("utf-8", "replace")) or row is None:
        raise NotFoundError("There is no such connector.")
    return KINDS[row.kind].heard(headers, body, given_of(row, encryptor), now)


def help_desk(row: ConnectorRow, client: Client, encryptor: Encryptor) -> HelpDesk:
    """The help desk that a connector calls."""
    return KINDS[row.kind](client, row.url, given_of(row, encryptor))


def given_of(row: ConnectorRow, encryptor: Encryptor) -> dict[str, str]:
    """What was given where it was set up."""
    given: dict[str, str] = json.loads(encryptor.decrypt(row.credential))
    return given


def _replies(kind: str, level: Level) -> bool:
    return KINDS[kind].abilities.reply and level is not Level.SHADOW


async def _named(session: Session, name: str) -> ConnectorRow:
    row = await stored.connector(session, name)
    if row is None or row.level == Level.REMOVED:
        raise NotFoundError(f"There is no connector {name}.")
    return row


def _shown(row: ConnectorRow) -> Connector:
    can = KINDS[row.kind].abilities
    open_to = {Level.SHADOW: True, Level.NOTE: can.note, Level.DRAFT: can.draft, Level.ANSWER: can.reply}
    levels = tuple(level.value for level, may in open_to.items() if may)
    title = KINDS[row.kind].title
    return Connector(row.id, row.kind, title, row.url, row.level, levels, row.synced_at, row.error, row.created_at)
