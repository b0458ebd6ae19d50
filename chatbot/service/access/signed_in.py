"""Who is signed in, found by the token of a browser: what they may do, where else they are, and the end of it.

How somebody gets a token is in ``sign_ins``. Knows no password, no cookie and no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chatbot.errors import (
    NotFoundError,
    OtherAgentError,
    PasswordNeededError,
    PermissionMissingError,
    UnauthorisedError,
)
from chatbot.service.access.people import Person, shown
from chatbot.service.access.roles import MEANING, Permission
from chatbot.service.access.tokens import token_hash
from chatbot.service.audit import Act, Actor, record
from chatbot.storage.queries import people as stored
from chatbot.storage.tables.people import SignInRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.storage.database import Database, Session

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
RECENT = timedelta(minutes=10)
"""How long ago the password may have been typed for what is dangerous."""
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person in one browser."""

    id: str
    person: Person
    device: str
    created_at: datetime
    seen_at: datetime
    proved_at: datetime

    def check(self, permission: Permission) -> None:
        """Refuse what the person's role is not for.

        Raises:
            PermissionMissingError: it lacks this permission.

        """
        if not self.person.may(permission):
            raise PermissionMissingError(
                f"Your role ({self.person.role}) lacks the permission `{permission}` ({MEANING[permission]})."
            )

    def check_recent(self, now: datetime) -> None:
        """Refuse what takes the password anew.

        Raises:
            PasswordNeededError: it was typed too long ago.

        """
        if now - self.proved_at > RECENT:
            raise PasswordNeededError("This takes your password again, or a passkey: POST /v1/session/proof.")

    @property
    def leads(self) -> bool:
        """Whether what others have is theirs to give to somebody else."""
        return self.person.may(Permission.LEAD)

    @property
    def counts_as(self) -> str:
        """Who is counted where agents are: this person."""
        return self.person.name

    def acting_for(self, agent: str | None) -> str:
        """The person whom a request names, who can only be this one.

        Raises:
            OtherAgentError: it names another.

        """
        if agent not in {None, self.person.name}:
            raise OtherAgentError(f"You are signed in as {self.person.name}; the request names {agent}.")
        return self.person.name

    def actor(self, address: str | None) -> Actor:
        """Who does what is recorded."""
        return Actor(named(self.person), f"session {self.id}", address)


async def holder(session: Session, token: str | None, now: datetime) -> SignedIn:
    """Who is signed in by a token.

    Raises:
        UnauthorisedError: nobody (any more).

    """
    found = await stored.signed_in(session, token_hash(token)) if token else None
    if found is not None:
        row, person = found
        if row.created_at > now - LONGEST and row.seen_at > now - IDLE and person.disabled_at is None:
            return signed_in_from(row, shown(person))
    raise UnauthorisedError("Sign in: POST /v1/session.")


async def note(database: Database, signed_in: SignedIn, now: datetime) -> None:
    """Note that a browser is still in use; not each time."""
    if now - signed_in.seen_at > _NOTED_EVERY:
        async with database.write() as session:
            row = await session.get(SignInRow, signed_in.id)
            if row is not None:
                row.seen_at = now


async def devices(session: Session, signed_in: SignedIn, now: datetime) -> list[SignedIn]:
    """Where this person is signed in, the latest first."""
    found = [signed_in_from(row, signed_in.person) for row in await stored.sign_ins(session, signed_in.person.id)]
    return [each for each in found if each.created_at > now - LONGEST and each.seen_at > now - IDLE]


async def end(session: Session, signed_in: SignedIn, which: str, now: datetime, address: str | None) -> None:
    """End one of a person's own sign-ins, this one or that of another device.

    Raises:
        NotFoundError: it is none of theirs.

    """
    if not await stored.end_sign_ins(session, signed_in.person.id, only=which):
        raise NotFoundError("You are not signed in there.")
    act = Act.SIGNED_OUT if which == signed_in.id else Act.DEVICE_ENDED
    await record(session, now, signed_in.actor(address), act, which)


async def forget_old(session: Session, now: datetime) -> None:
    """Drop what opens nothing any more."""
    await stored.forget_old(session, since=now - LONGEST, seen_since=now - IDLE, now=now)


def signed_in_from(row: SignInRow, person: Person) -> SignedIn:
    """A sign-in of the table, and whose it is."""
    return SignedIn(row.id, person, row.device, row.created_at, row.seen_at, row.proved_at)


def named(person: Person) -> str:
    """A person as the audit log names them."""
    return f"{person.name} ({person.id})"
