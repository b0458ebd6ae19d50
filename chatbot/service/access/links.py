"""Links that let somebody in, once: by an invitation, after a forgotten password, the first admin, and into a demo.

Only the hash of a link's token is kept. What is used, replaced or over is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.errors import LinkError
from chatbot.service.access.tokens import new_link_token, token_hash
from chatbot.storage.queries import people as stored
from chatbot.storage.tables.people import LinkRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.storage.database import Session


class Kind(StrEnum):
    """What a link is for."""

    FIRST = "first"
    INVITATION = "invitation"
    RESET = "reset"
    DEMO = "demo"
    """Signs in as it stands, without a password: at the machine that serves the sample shop, and nowhere else."""


GOOD_FOR = {
    Kind.FIRST: timedelta(days=1),
    Kind.INVITATION: timedelta(days=7),
    Kind.RESET: timedelta(hours=1),
    Kind.DEMO: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Link:
    """What whoever holds a link may know of it; a first link is nobody's yet."""

    kind: Kind
    name: str | None
    email: str | None
    made_by: str | None
    expires_at: datetime


async def make(
    session: Session, clock: Clock, kind: Kind, *, person_id: str | None = None, made_by: str | None = None
) -> str:
    """Make a link and return its token; earlier ones for the same person are dead."""
    await stored.end_links(session, person_id)
    token = new_link_token()
    session.add(
        LinkRow(
            hash=token_hash(token),
            kind=kind.value,
            person_id=person_id,
            made_by=made_by,
            expires_at=clock.now() + GOOD_FOR[kind],
        )
    )
    await session.flush()
    return token


async def first(session: Session, clock: Clock) -> str | None:
    """The token of the link that makes the first admin; None where an admin can sign in already."""
    return None if await stored.has_able_admin(session) else await make(session, clock, Kind.FIRST)


async def look(session: Session, token: str, now: datetime, *, lock: bool = False) -> tuple[Link, str | None]:
    """A link and the id of whom it is for; ``lock`` it before it is used.

    Raises:
        LinkError: there is none (any more).

    """
    row = await stored.link(session, token_hash(token), lock=lock)
    person = None if row is None or row.person_id is None else await stored.by_id(session, row.person_id)
    if row is None or row.expires_at <= now or (person is None and await stored.has_able_admin(session)):
        raise LinkError("This link is unknown, was used or has ended. Ask an admin of the desk for a new one.")
    name, email = (person.name, person.email) if person else (None, None)
    return Link(Kind(row.kind), name, email, row.made_by, row.expires_at), row.person_id


def address(base: str, token: str) -> str:
    """What a person opens; the token is in the fragment, which no server's log ever sees."""
    return f"{base}/console/#link={token}"
