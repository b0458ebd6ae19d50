"""Signing in through the provider: whom somebody there is here, and that they come back to the browser that went.

The way there and back hangs on two secrets: the state, which goes through the provider, and the browser's, which is in
its cookie alone. Nonce and verifier are made of both; kept is a hash, once, for minutes. Roles are the desk's own.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog

from chatbot.errors import InputError, KnownPersonError, NotReadyError, SignInError
from chatbot.service.access import ceremonies, people
from chatbot.service.access.ceremonies import Kind
from chatbot.service.access.provider import Errand, Identity, Provider, of_same_issuer
from chatbot.service.access.provider_requests import ProviderError
from chatbot.service.access.roles import Role
from chatbot.service.access.signed_in import LONGEST
from chatbot.service.access.tokens import token_hash
from chatbot.service.audit import Act, Actor, record
from chatbot.storage.queries import people as stored

if TYPE_CHECKING:
    from chatbot.clock import Clock
    from chatbot.service.access.rate_limits import Limits
    from chatbot.service.access.sign_ins import SignIns, Whence
    from chatbot.service.access.signed_in import SignedIn
    from chatbot.settings import Settings
    from chatbot.storage.database import Database, Session
    from chatbot.storage.tables.people import PersonRow

_OTHER_WAY = "This answer is not one that this browser waits for (any more). Sign in anew."
_NOBODY = "Nobody here has the address that the provider has verified as yours. Ask an admin for an invitation."


class ProviderSignIns:
    """Signing in through the provider at one server; ``join`` are domains whose people need no invitation."""

    def __init__(
        self,
        provider: Provider,
        database: Database,
        clock: Clock,
        limits: Limits,
        sign_ins: SignIns,
        join: tuple[str, ...] = (),
    ) -> None:
        self.provider = provider
        self._database = database
        self._clock = clock
        self._limits = limits
        self._sign_ins = sign_ins
        self._join = {domain.lower().lstrip("@") for domain in join}

    @classmethod
    def of(
        cls, settings: Settings, database: Database, clock: Clock, limits: Limits, sign_ins: SignIns
    ) -> ProviderSignIns | None:
        """Through the provider that is set; None where none is, or not rightly: then everybody has a password."""
        try:
            provider = Provider.of(settings)
        except NotReadyError as error:
            structlog.get_logger("provider").warning("no sign-in through the provider", why=str(error))
            return None
        return None if provider is None else cls(provider, database, clock, limits, sign_ins, settings.oidc_join)

    async def begin(self, back: str, address: str | None, *, again: bool) -> tuple[str, str]:
        """Where to send a browser, and the secret that it keeps until it is back.

        Raises:
            ProviderError: the provider does not answer as it should.
            RateLimitedError: an address asks too often.

        """
        self._limits.arrival(address, "", None)
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        there = await self.provider.address(_errand(state, browser, back), again=again)
        async with self._database.write() as session:
            await ceremonies.begin(session, Kind.PROVIDER, f"{state} {browser}", self._clock.now())
        return there, browser

    async def finish(
        self, code: str, state: str, issuer: str | None, browser: str | None, back: str, whence: Whence
    ) -> tuple[str, SignedIn]:
        """A token for whoever came back from the provider.

        Raises:
            SignInError: this browser went not there, or nobody here is whom it names.
            ProviderError: what it says does not hold.
            RateLimitedError: too much was wrong.

        """
        with self._sign_ins.counted(f"provider {token_hash(browser or '')}", whence.address):
            async with self._database.write() as session:
                went = browser and await ceremonies.end(session, Kind.PROVIDER, f"{state} {browser}", self._clock.now())
            if not went:
                await self._failed(whence, "another browser")
                raise SignInError(_OTHER_WAY)
            try:
                errand = _errand(state, browser or "", back)
                found = await self.provider.identity(code, errand, issuer, self._clock.now())
            except ProviderError:
                await self._failed(whence, "the provider")
                raise
            async with self._database.write() as session:
                row = await self._person(session, found, whence)
                if row is not None:
                    at = found.seen_at or self._clock.now() - LONGEST  # then it proves nothing that takes a password
                    return await self._sign_ins.admit(session, row, whence, by="provider", at=at)
            await self._failed(whence, "nobody here")
            raise SignInError(_NOBODY)

    async def _person(self, session: Session, found: Identity, whence: Whence) -> PersonRow | None:
        """Whom somebody there is here, locked: known from before, or by their address for the first time."""
        known = await stored.by_subject(session, found.subject)
        email = (found.email or "").strip().lower()
        if known is None and email:
            known = await stored.by_email(session, email) or await self._joining(session, found, email, whence)
        row = await stored.locked(session, known.id) if known is not None else None
        if row is None or row.disabled_at is not None:
            return None
        if row.provider_subject != found.subject:
            if row.provider_subject is not None and of_same_issuer(row.provider_subject, found.subject):
                return None  # the address is somebody else's there by now
            row.provider_subject = found.subject
            await stored.end_links(session, row.id)
            await record(session, self._clock.now(), _actor(whence), Act.PROVIDER_LINKED, row.id, email=email)
        return row

    async def _joining(self, session: Session, found: Identity, email: str, whence: Whence) -> PersonRow | None:
        """Somebody new, where their domain may join; None where it may not, or somebody has their name."""
        if email.rpartition("@")[2] not in self._join:
            return None
        try:
            row = people.new_row(self._clock, email=email, name=found.name or email.partition("@")[0], role=Role.AGENT)
            await people.add(session, row)
        except (InputError, KnownPersonError):
            return None
        said = {"email": row.email, "name": row.name, "role": row.role}
        await record(session, self._clock.now(), _actor(whence), Act.INVITED, row.id, **said)
        return row

    async def _failed(self, whence: Whence, why: str) -> None:
        async with self._database.write() as session:
            await record(session, self._clock.now(), _actor(whence), Act.SIGN_IN_FAILED, why=why)


def _errand(state: str, browser: str, back: str) -> Errand:
    nonce, verifier = (token_hash(f"{use} {state} {browser}") for use in ("nonce", "verifier"))
    return Errand(state, nonce, verifier, back)


def _actor(whence: Whence) -> Actor:
    return Actor("nobody", "provider", whence.address)
