"""Passkeys (WebAuthn): a person's device signs what this server drew, after it has seen that it is them.

That takes the place of password and second factor: who is at the device is verified there, by a finger or a PIN.
A passkey is for one host, and only a public key is kept. Each challenge is answered once. Knows no cookie and no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError, SignInError
from chatbot.service.access import ceremonies, webauthn_json
from chatbot.service.access.ceremonies import Kind
from chatbot.service.audit import Act, Actor, record
from chatbot.storage.queries import passkeys as stored
from chatbot.storage.queries import people
from chatbot.storage.tables.people import PasskeyRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.access.rate_limits import Limits
    from chatbot.service.access.sign_ins import SignIns, Whence
    from chatbot.service.access.signed_in import SignedIn
    from chatbot.service.access.webauthn_json import Site
    from chatbot.storage.database import Database, Session
    from chatbot.storage.tables.people import PersonRow

_MOST = 20  # of one person
_LONGEST_COUNTED = 100  # characters of a credential's name, where tries are counted
_WRONG = "This passkey does not open this desk, or it took too long. Try again, or sign in with your password."


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it; named after the browser in which it was made."""

    id: str
    name: str
    host: str
    created_at: datetime
    used_at: datetime | None


class Passkeys:
    """Passkeys at one server. What browsers send and get is WebAuthn's own JSON (level 3, ``toJSON``)."""

    def __init__(self, database: Database, clock: Clock, limits: Limits, sign_ins: SignIns) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits
        self._sign_ins = sign_ins

    async def begin_making(self, signed_in: SignedIn, site: Site) -> dict[str, Any]:
        """What `navigator.credentials.create` is asked for, so that a device makes a passkey for somebody."""
        async with self._database.write() as session:
            had = await stored.of_person(session, signed_in.person.id)
            here = [each.credential for each in had if each.host == site.host]
            options = webauthn_json.to_make(site, signed_in.person, but=here)
            token = _of(options["challenge"], signed_in)
            await ceremonies.begin(session, Kind.PASSKEY_MADE, token, self._clock.now())
        return options

    async def make(self, signed_in: SignedIn, site: Site, made: dict[str, Any], whence: Whence) -> Passkey:
        """Keep a passkey that somebody's device has made.

        Raises:
            InputError: it is none, answers nothing that was asked, or the person has too many.

        """
        challenge, now, whose = webauthn_json.challenge(made), self._clock.now(), signed_in.person.id
        async with self._database.write() as session:
            asked = await ceremonies.end(session, Kind.PASSKEY_MADE, _of(challenge, signed_in), now)
            found = webauthn_json.made(made, challenge, site) if asked else None
            had = await stored.of_person(session, whose)
            if found and len(had) < _MOST and await stored.by_credential(session, found.credential) is None:
                row = PasskeyRow(
                    id=self._clock.new_id("pk"),
                    person_id=whose,
                    credential=found.credential,
                    host=site.host,
                    public_key=found.public_key,
                    counter=found.counter,
                    name=whence.device,
                    created_at=now,
                )
                session.add(row)
                await session.flush()
                await record(session, now, signed_in.actor(whence.address), Act.PASSKEY_ADDED, whose, name=row.name)
                return _shown(row)
        raise InputError(f"This is no passkey that was asked for, or you have it, or {_MOST} already. Begin anew.")

    async def begin_using(self, site: Site, address: str | None) -> dict[str, Any]:
        """What `navigator.credentials.get` is asked for: any passkey for this host.

        Raises:
            RateLimitedError: an address asks too often.

        """
        self._limits.arrival(address, "", None)
        options = webauthn_json.to_use(site)
        async with self._database.write() as session:
            await ceremonies.begin(session, Kind.PASSKEY_USED, options["challenge"], self._clock.now())
        return options

    async def sign_in(self, site: Site, used: dict[str, Any], whence: Whence) -> tuple[str, SignedIn]:
        """A token for whoever shows a passkey; no code of a second factor is asked for.

        Raises:
            SignInError: it is nobody's here, answers nothing that was asked, or the person may not.
            RateLimitedError: too many were wrong.

        """
        with self._sign_ins.counted(_account(used), whence.address):
            async with self._database.write() as session:
                row = await self._owner(session, site, used)
                if row is not None:
                    return await self._sign_ins.admit(session, row, whence, by="passkey")
                who = Actor("nobody", "passkey", whence.address)
                await record(session, self._clock.now(), who, Act.SIGN_IN_FAILED)
            raise SignInError(_WRONG)

    async def prove(
        self, signed_in: SignedIn, site: Site, used: dict[str, Any], address: str | None
    ) -> tuple[str, SignedIn]:
        """Take a passkey in place of the password, for what is dangerous; the browser gets a new token.

        Raises:
            SignInError: it is not this person's.
            RateLimitedError: too many were wrong.

        """
        with self._sign_ins.counted(_account(used), address):
            async with self._database.write() as session:
                row = await self._owner(session, site, used)
                renewed = await self._sign_ins.renew(session, signed_in) if _is(row, signed_in) else None
                if renewed is not None:
                    return renewed
                actor = signed_in.actor(address)
                await record(session, self._clock.now(), actor, Act.SIGN_IN_FAILED, signed_in.person.id)
            raise SignInError(_WRONG)

    async def _owner(self, session: Session, site: Site, used: dict[str, Any]) -> PersonRow | None:
        """Whose passkey this is, locked, if all is well with both; the challenge is used up in any case."""
        challenge, now = webauthn_json.challenge(used), self._clock.now()
        if not await ceremonies.end(session, Kind.PASSKEY_USED, challenge, now):
            return None
        passkey = await stored.by_credential(session, webauthn_json.credential(used))
        if passkey is None or passkey.host != site.host:
            return None
        counter = webauthn_json.used(used, challenge, site, passkey)
        row = await people.locked(session, passkey.person_id)
        if counter is None or row is None or row.disabled_at is not None:
            return None
        passkey.counter, passkey.used_at = counter, now
        return row


async def listed(session: Session, person_id: str) -> list[Passkey]:
    """Somebody's passkeys, oldest first."""
    return [_shown(row) for row in await stored.of_person(session, person_id)]


async def remove(session: Session, now: datetime, actor: Actor, person_id: str, *, only: str | None = None) -> None:
    """Take away somebody's passkeys, or ``only`` one of them.

    Raises:
        NotFoundError: they have no such passkey.

    """
    gone: Sequence[str] = await stored.remove(session, person_id, only=only)
    if only is not None and not gone:
        raise NotFoundError("You have no such passkey.")
    for name in gone:
        await record(session, now, actor, Act.PASSKEY_REMOVED, person_id, name=name)


def _of(challenge: str, signed_in: SignedIn) -> str:
    return f"{challenge} {signed_in.person.id}"


def _is(row: PersonRow | None, signed_in: SignedIn) -> bool:
    return row is not None and row.id == signed_in.person.id


def _account(used: dict[str, Any]) -> str:
    return f"passkey {str(used.get('id'))[:_LONGEST_COUNTED]}"


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(row.id, row.name, row.host, row.created_at, row.used_at)
