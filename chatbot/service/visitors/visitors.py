"""Visitors and the tokens they carry.

An anonymous visitor is whoever holds the token; a verified one is whom a key of the inbox vouched for. The two never
become one: what somebody wrote before signing in stays with the token they had then, and with that only, because the
next one at the same computer may be another.

A token is good for a day. An anonymous one can be renewed for 30 days more, so that a page which slept comes back to
its conversation; the old one stays good until its own end, so that an answer lost on the way costs nobody anything. A
verified visitor gets a new one by being vouched for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chatbot.errors import TokenExpiredError, UnauthorisedError
from chatbot.service.access.tokens import new_visitor_token, token_hash, visitor_token
from chatbot.storage.queries import visitors as stored
from chatbot.storage.tables.visitors import VisitorRow, VisitorTokenRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.clock import Clock
    from chatbot.service.visitors.identity import Identity
    from chatbot.storage.database import Session
    from chatbot.storage.queries.conversations import Opener
    from chatbot.storage.tables.conversations import ConversationRow

GOOD_FOR = timedelta(days=1)
RENEWABLE_FOR = timedelta(days=30)
"""After its end."""
DEFAULT_INBOX = "default"
TICKET_INBOX = "tickets"
"""Where those are at home who ask by ticket: their help desk says who they are, no page writes to it."""

_NO_TOKEN = "Send the visitor token as `Authorization: Bearer …`."  # noqa: S105 - a sentence
# What customers read; programs go by the code: an expired token is renewed, or its holder vouched for again.
_UNKNOWN = "conversation_gone"
_RENEW = "access_ended"
_VOUCH = "sign_in_again"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is calling, and until when they may. ``session`` is the browser's, from its first token on."""

    id: str
    inbox_id: str
    verified: bool
    session: str
    expires_at: datetime
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it is told once, and whose it is."""

    visitor: Visitor
    token: str


@dataclass(frozen=True, slots=True)
class Visitors:
    """The rules of visitors' tokens; ``secret`` is the desk's. The caller commits."""

    clock: Clock
    secret: bytes

    def first_token(self, conversation_id: str) -> str:
        """The token of the visitor who is new with this conversation."""
        return visitor_token(self.secret, conversation_id)

    async def arrive(self, session: Session, inbox_id: str = DEFAULT_INBOX, *, token: str) -> Issued:
        """A new anonymous visitor, with their first token."""
        row = VisitorRow(id=self.clock.new_id("v"), inbox_id=inbox_id, created_at=self.clock.now())
        session.add(row)
        await session.flush()
        return await self._issue(session, row, token, self.clock.new_id("s"))

    async def admit(self, session: Session, inbox_id: str, identity: Identity) -> Issued:
        """Sign in whom a key vouched for: one visitor on every device. Name and e-mail are those signed last."""
        row = await stored.by_subject(session, inbox_id, identity.subject)
        if row is None:
            new = VisitorRow(
                id=self.clock.new_id("v"), inbox_id=inbox_id, subject=identity.subject, created_at=self.clock.now()
            )
            row = await stored.keep_subject(session, new)
        row.name, row.email = identity.name or row.name, identity.email or row.email
        await session.flush()
        return await self._issue(session, row, new_visitor_token(), self.clock.new_id("s"), key_id=identity.key_id)

    async def find(self, session: Session, token: str | None) -> Visitor | None:
        """Who holds this token; None where nobody was ever given it.

        Raises:
            UnauthorisedError: there is no token at all.
            TokenExpiredError: it was good once.

        """
        found = await _stored(session, token)
        if found is None:
            return None
        row, visitor = found
        if row.expires_at <= self.clock.now():
            raise TokenExpiredError(occasion=_RENEW if visitor.subject is None else _VOUCH)
        return visitor_of(row, visitor)

    async def known(self, session: Session, token: str | None) -> Visitor:
        """``find``, where there has to be a visitor.

        Raises:
            UnauthorisedError: there is no token, or none that anybody was given; an expired one says so.

        """
        visitor = await self.find(session, token)
        if visitor is None:
            raise UnauthorisedError(occasion=_UNKNOWN)
        return visitor

    async def renew(self, session: Session, token: str | None) -> Issued:
        """Another token for the same anonymous visitor, from one that is good or ended at most 30 days ago.

        Raises:
            UnauthorisedError: there is none, or it is not known, too old, or a verified visitor's.

        """
        found = await _stored(session, token)
        if found is None:
            raise UnauthorisedError(occasion=_UNKNOWN)
        row, visitor = found
        if visitor.subject is not None:
            raise TokenExpiredError(occasion=_VOUCH)
        if row.expires_at + RENEWABLE_FOR <= self.clock.now():
            raise UnauthorisedError(occasion=_UNKNOWN)
        return await self._issue(session, visitor, new_visitor_token(), row.session)

    async def leave(self, session: Session, visitor: Visitor) -> None:
        """Sign out: no token of this browser's session opens anything any more."""
        await stored.end_session(session, visitor.session)

    async def conversations(
        self, session: Session, visitor: Visitor, *, before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[ConversationRow]:
        """What a visitor began, newest first; of a page after the first, what lies ``before`` (time, id)."""
        return await stored.conversations(session, visitor.id, before=before, limit=limit)

    async def forget_old(self, session: Session) -> None:
        """Drop the tokens that can no longer be renewed."""
        await stored.forget_expired(session, before=self.clock.now() - RENEWABLE_FOR)

    async def _issue(
        self, session: Session, row: VisitorRow, token: str, name: str, *, key_id: str | None = None
    ) -> Issued:
        now = self.clock.now()
        issued = VisitorTokenRow(
            hash=token_hash(token),
            visitor_id=row.id,
            session=name,
            key_id=key_id,
            issued_at=now,
            expires_at=now + GOOD_FOR,
        )
        session.add(issued)
        await session.flush()
        return Issued(visitor_of(issued, row), token)


async def _stored(session: Session, token: str | None) -> tuple[VisitorTokenRow, VisitorRow] | None:
    if not token:
        raise UnauthorisedError(_NO_TOKEN)
    return await stored.by_token(session, token_hash(token))


def visitor_of(token: VisitorTokenRow | Opener, row: VisitorRow | Opener) -> Visitor:
    """Who holds a token."""
    verified = row.subject is not None
    return Visitor(row.id, row.inbox_id, verified, token.session, token.expires_at, row.name, row.email)
