"""Connectors as they are set up: made, listed, removed, and which of them a hook is for. Secrets are kept encrypted."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.service.connectors.django_helpdesk import KIND, DjangoHelpdesk
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import ConnectorRow
from chatbot.storage.tables.tickets import CHAT

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.connectors.protocol import HelpDesk
    from chatbot.service.outgoing.door import Client, Door
    from chatbot.storage.database import Session
    from chatbot.storage.tables.connectors import Level

KINDS = {KIND: DjangoHelpdesk}
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
    """A connector as somebody sets it up. ``credential`` is the whole value of the Authorization header."""

    name: str
    kind: str
    url: str
    credential: str
    level: Level


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
        encryptor.encrypt(wanted.credential),
        wanted.level.value,
    )
    row.error = None
    await session.flush()
    return _shown(row), f"/v1/connectors/{row.id}/hook/{encryptor.decrypt(row.secret)}"


async def list_all(session: Session) -> list[Connector]:
    """Every connector, oldest first."""
    return [_shown(row) for row in await stored.all_connectors(session)]


async def remove(session: Session, name: str) -> None:
    """Remove a connector; the tickets that it brought stay.

    Raises:
        NotFoundError: there is none of this name.

    """
    if await stored.connector(session, name) is None:
        raise NotFoundError(f"There is no connector {name}.")
    await stored.remove(session, name)


async def written(session: Session, name: str, *, limit: int) -> list[tuple[str, str, str]]:
    """What was written last, or would have been: ticket, state and text."""
    return [(row.ticket, row.state, row.text) for row in await stored.notes(session, name, limit=limit)]


async def kind_rung(session: Session, name: str, secret: str, encryptor: Encryptor) -> str:
    """The kind of the connector whose bell somebody rings who has its secret.

    Raises:
        NotFoundError: there is no such connector, or the secret is another; the two look the same.

    """
    row = await stored.connector(session, name)
    right = encryptor.decrypt(row.secret) if row is not None else secrets.token_urlsafe(_SECRET_BYTES)
    if not hmac.compare_digest(right.encode(), secret.encode("utf-8", "replace")) or row is None:
        raise NotFoundError("There is no such connector.")
    return row.kind


def help_desk(kind: str, client: Client, url: str, credential: str) -> HelpDesk:
    """The help desk that a connector calls."""
    return KINDS[kind](client, url, credential)


def _shown(row: ConnectorRow) -> Connector:
    return Connector(row.id, row.kind, row.url, row.level, row.synced_at, row.error, row.created_at)
