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
from chatbot.service.connectors.desks.django_helpdesk import DjangoHelpdesk
from chatbot.service.connectors.desks.front import Front
from chatbot.service.connectors.desks.help_scout import HelpScout
from chatbot.service.connectors.desks.jira import Jira
from chatbot.service.connectors.desks.zammad import Zammad
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import ConnectorRow, Level
from chatbot.storage.tables.tickets import CHAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.connectors.protocol import HelpDesk, Rung
    from chatbot.service.outgoing.door import Client, Door
    from chatbot.storage.database import Session

KINDS: dict[str, type[HelpDesk]] = {each.kind: each for each in (DjangoHelpdesk, Front, HelpScout, Jira, Zammad)}
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")  # a system's name
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Connector:
    """What may be shown of a connector."""

    id: str
    kind: str
    url: str
    level: str
    synced_at: datetime | None
    error: str | None
    created_at: datetime


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
    row = await stored.connector(session, wanted.name)
    if row is None:
        drawn = encryptor.encrypt(secrets.token_urlsafe(_SECRET_BYTES))
        row = ConnectorRow(id=wanted.name, kind=wanted.kind, secret=drawn, created_at=clock.now())
        session.add(row)
    elif row.kind != wanted.kind:
        raise InputError(f"{wanted.name} is a connector to {row.kind}; choose another name.")
    row.url, row.credential, row.level = (
        door.check(wanted.url).rstrip("/"),
        encryptor.encrypt(json.dumps(dict(wanted.given))),
        wanted.level.value,
    )
    row.replies = KINDS[row.kind].abilities.reply and wanted.level is not Level.SHADOW
    row.error = None
    await session.flush()
    held = {"kind": row.kind, "url": row.url, "level": row.level}
    await record(session, clock.now(), COMMAND_LINE, Act.CONNECTED, row.id, **held)
    return _shown(row), f"/v1/connectors/{row.id}/hook/{encryptor.decrypt(row.secret)}"


async def list_all(session: Session) -> list[Connector]:
    """Every connector, oldest first."""
    return [_shown(row) for row in await stored.all_connectors(session)]


async def remove(session: Session, name: str, clock: Clock) -> None:
    """Remove a connector; the tickets that it brought stay.

    Raises:
        NotFoundError: there is none of this name.

    """
    if await stored.connector(session, name) is None:
        raise NotFoundError(f"There is no connector {name}.")
    await stored.remove(session, name)
    await record(session, clock.now(), COMMAND_LINE, Act.DISCONNECTED, name)


async def written(session: Session, name: str, *, limit: int) -> list[tuple[str, str, str]]:
    """What was written last, or would have been: ticket, state and text."""
    return [(row.ticket, row.state, row.text) for row in await stored.notes(session, name, limit=limit)]


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


def _shown(row: ConnectorRow) -> Connector:
    return Connector(row.id, row.kind, row.url, row.level, row.synced_at, row.error, row.created_at)
