"""Signing in: a person's password, or a link that sets one, for a token that opens what their role may do.

The token is opaque, in one browser, and kept as a hash. It ends after 12 hours without a request, after 14 days, when
it is ended on another device, and when the person's role, password or standing changes. Knows no cookie and no HTTP.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from chatbot.errors import CodeNeededError, InputError, LinkError, SignInError
from chatbot.service.access import links, passwords, people, second_factor
from chatbot.service.access.people import shown
from chatbot.service.access.roles import Role
from chatbot.service.access.signed_in import SignedIn, forget_old, named, signed_in_from
from chatbot.service.access.tokens import new_sign_in_token, token_hash
from chatbot.service.audit import Act, Actor, record
from chatbot.storage.queries import people as stored
from chatbot.storage.tables.people import SignInRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.passwords import Passwords
    from chatbot.service.access.rate_limits import Limits
    from chatbot.storage.database import Database, Session
    from chatbot.storage.tables.people import PersonRow

_WRONG = "The e-mail address, the password or the code is wrong."


@dataclass(frozen=True, slots=True)
class Whence:
    """Where somebody signs in: what the browser calls itself, in a few words, and the address."""

    device: str
    address: str | None
    replaces: str | None = None
    """The token that the browser had until now; it ends."""


class SignIns:
    """Signing in at one server."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        limits: Limits,
        encryptor: Encryptor,
        *,
        demo: bool = False,
    ) -> None:
        """``demo``: the sample shop is served, whose link signs in without a password."""
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._limits = limits
        self._encryptor = encryptor
        self._demo = demo

    async def sign_in(self, email: str, password: str, whence: Whence, code: str | None = None) -> tuple[str, SignedIn]:
        """A token for whoever has this address and password, and the code of a second factor where they have one.

        Who is unknown waits as long and hears the same.

        Raises:
            SignInError: they do not belong together, or the person may not.
            CodeNeededError: all is right but for the code, which did not come.
            RateLimitedError: too many were wrong.

        """
        email = email.strip().lower()
        with self.counted(email, whence.address):
            async with self._database.read() as session:
                found = await stored.by_email(session, email)
            kept = None if found is None or found.disabled_at else found.password
            right = await self._passwords.matches(kept, password)
            fresh = await self._passwords.hash(password) if right and self._passwords.is_outdated(kept or "") else None
            async with self._database.write() as session:
                row = await stored.locked(session, found.id) if found is not None else None
                if row is not None and right and row.disabled_at is None and row.password == kept:
                    row.password = fresh or row.password
                    if second_factor.check(row, self._encryptor, code, self._clock.now()):
                        return await self.admit(session, row, whence, by="password")
                # Committed, unlike what an error leaves; whoever is unknown is not named: it may be a password.
                who = Actor("nobody", "password", whence.address)
                await record(session, self._clock.now(), who, Act.SIGN_IN_FAILED, found.id if found else None)
            raise SignInError(_WRONG)

    async def accept(
        self,
        token: str,
        password: str | None,
        whence: Whence,
        *,
        name: str | None = None,
        email: str | None = None,
        code: str | None = None,
    ) -> tuple[str, SignedIn]:
        """Set the password of whoever a link is for, and sign them in; a first link makes the first admin.

        A link is used once. An earlier password is gone, and so is wherever they were signed in.

        Raises:
            LinkError: there is no such link (any more).
            CodeNeededError: they have a second factor, which a link does not replace; SignInError: the code is wrong.
            InputError: the password, or the name or address of a first admin, will not do.
            KnownPersonError: somebody has this name or address already.

        """
        async with self._database.read() as session:
            link, person_id = await links.look(session, token, self._clock.now())
        if link.kind is links.Kind.DEMO:
            return await self._enter_demo(token, whence)
        if password is None:
            raise InputError("password: expected one, which the link sets.")
        new = None
        if person_id is None:
            new = people.new_row(self._clock, email=email or "", name=name or "", role=Role.ADMIN)
        whose = new or link
        passwords.check(password, name=whose.name or "", email=whose.email or "")
        kept = await self._passwords.hash(password)
        with self.counted(whose.email or "", whence.address):
            async with self._database.write() as session:
                if new is not None:
                    await stored.lock_first_links(session)
                row = await stored.locked(session, person_id) if person_id else new
                await links.look(session, token, self._clock.now(), lock=True)
                if row is None or row.disabled_at is not None:
                    raise LinkError
                if not second_factor.check(row, self._encryptor, code, self._clock.now()):
                    raise SignInError("The code is wrong.")
                row.password = kept
                if new is not None:
                    await people.add(session, new)
                await stored.end_links(session, person_id)
                await stored.end_sign_ins(session, row.id)
                actor = Actor(named(shown(row)), "link", whence.address)
                await record(session, self._clock.now(), actor, Act.PASSWORD_SET, row.id, kind=link.kind.value)
                return await self.admit(session, row, whence, by="link")

    async def _enter_demo(self, token: str, whence: Whence) -> tuple[str, SignedIn]:
        """Sign in whoever a demo's link is for; nothing is set."""
        if not self._demo or whence.address is None or not ip_address(whence.address).is_loopback:
            raise LinkError("This link opens the sample shop, on the machine where `understudy demo` runs.")
        async with self._database.write() as session:
            _, person_id = await links.look(session, token, self._clock.now(), lock=True)
            row = await stored.locked(session, person_id) if person_id else None
            if row is None or row.disabled_at is not None:
                raise LinkError
            await stored.end_links(session, person_id)
            return await self.admit(session, row, whence, by="link")

    async def prove(self, signed_in: SignedIn, password: str, address: str | None) -> tuple[str, SignedIn]:
        """Take the password anew, for what is dangerous; the browser gets a new token.

        Raises:
            SignInError: it is wrong.
            RateLimitedError: too many were.

        """
        with self.counted(signed_in.person.email, address):
            async with self._database.read() as session:
                found = await stored.by_id(session, signed_in.person.id)
            right = await self._passwords.matches(found.password if found else None, password)
            async with self._database.write() as session:
                renewed = await self.renew(session, signed_in) if right else None
                if renewed is not None:
                    return renewed
                actor = signed_in.actor(address)
                await record(session, self._clock.now(), actor, Act.SIGN_IN_FAILED, signed_in.person.id)
            raise SignInError("The password is wrong.")

    async def renew(self, session: Session, signed_in: SignedIn) -> tuple[str, SignedIn] | None:
        """A new token for a browser in which somebody has just shown again who they are; None if it has ended."""
        row, now = await session.get(SignInRow, signed_in.id, with_for_update=True), self._clock.now()
        if row is None:
            return None
        token = new_sign_in_token()
        row.hash, row.proved_at, row.seen_at = token_hash(token), now, now
        return token, signed_in_from(row, signed_in.person)

    @contextmanager
    def counted(self, account: str, address: str | None) -> Iterator[None]:
        """Around what tries a password or a code. Counted is what fails, but not that a code was still to come."""
        self._limits.password_tried(account, address)
        try:
            yield
        except CodeNeededError:
            self._limits.password_right(account, address)
            raise
        self._limits.password_right(account, address)

    async def admit(
        self, session: Session, row: PersonRow, whence: Whence, *, by: str, at: datetime | None = None
    ) -> tuple[str, SignedIn]:
        """A token for somebody who has shown who they are, ``by`` what; the row is locked, and not disabled.

        ``at`` is when they did, if not now.
        """
        now, token = self._clock.now(), new_sign_in_token()
        await forget_old(session, now)
        if whence.replaces is not None:
            await stored.end_token(session, token_hash(whence.replaces))
        signed = SignInRow(
            id=self._clock.new_id("s"),
            hash=token_hash(token),
            person_id=row.id,
            device=whence.device,
            created_at=now,
            seen_at=now,
            proved_at=at or now,
        )
        session.add(signed)
        await session.flush()
        person = shown(row)
        signed_in = signed_in_from(signed, person)
        await record(session, now, signed_in.actor(whence.address), Act.SIGNED_IN, row.id, device=whence.device, by=by)
        return token, signed_in
