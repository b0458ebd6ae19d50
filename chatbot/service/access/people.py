"""The desk's people: invited, listed, given a role, disabled. Their passwords and sign-ins are others' business.

Every change is recorded, and whoever's rights change is signed out everywhere: the next token is made under the new
ones. The caller commits. Knows no HTTP.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import InputError, KnownPersonError, LastAdminError, NotFoundError
from chatbot.service.access import links
from chatbot.service.access.roles import ROLES, Permission, Role
from chatbot.service.access.wellformed import plain, visible
from chatbot.service.audit import Act, record
from chatbot.storage.queries import people as stored
from chatbot.storage.tables.people import PersonRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session

_LONGEST_NAME, _LONGEST_EMAIL = 100, 254
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the desk, as others may see them; ``name`` is what customers read."""

    id: str
    name: str
    email: str
    role: Role
    state: str
    """``active``, ``invited`` (has no password yet) or ``disabled``."""
    created_at: datetime
    second_factor: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether the role has a permission."""
        return permission in ROLES[self.role]


async def invite(
    session: Session, clock: Clock, actor: Actor, *, email: str, name: str, role: Role
) -> tuple[Person, str]:
    """Add somebody, and make the link by which they choose a password. The link is shown once.

    Raises:
        InputError: address or name is none.
        KnownPersonError: somebody has one of them already.

    """
    row = new_row(clock, email=email, name=name, role=role)
    await add(session, row)
    link = await links.make(session, clock, links.Kind.INVITATION, person_id=row.id, made_by=actor.who)
    await record(session, clock.now(), actor, Act.INVITED, row.id, email=row.email, name=row.name, role=role.value)
    return shown(row), link


async def listed(session: Session) -> list[Person]:
    """Everybody, by name, disabled ones included."""
    return [shown(row) for row in await stored.everybody(session)]


async def find(session: Session, who: str) -> Person:
    """Somebody by id or address.

    Raises:
        NotFoundError: there is nobody.

    """
    row = await stored.by_id(session, who) or await stored.by_email(session, who.strip().lower())
    if row is None:
        raise NotFoundError(f"There is nobody {who!r} here; `understudy agents list` shows who is.")
    return shown(row)


async def change_role(session: Session, clock: Clock, actor: Actor, person_id: str, role: Role) -> Person:
    """Give somebody another role.

    Raises:
        LastAdminError: they are the last admin who can sign in.

    """
    row = await _locked(session, person_id, stays=role is Role.ADMIN)
    if row.role != role:
        before, row.role = row.role, role.value
        await stored.end_sign_ins(session, row.id)
        await record(session, clock.now(), actor, Act.ROLE_CHANGED, row.id, before=before, after=role.value)
    return shown(row)


async def disable(session: Session, clock: Clock, actor: Actor, person_id: str) -> Person:
    """Let somebody in no more: signed out everywhere, their links dead. What they did stays theirs.

    Raises:
        LastAdminError: they are the last admin who can sign in.

    """
    row = await _locked(session, person_id, stays=False)
    if row.disabled_at is None:
        row.disabled_at = clock.now()
        await stored.end_sign_ins(session, row.id)
        await stored.end_links(session, row.id)
        await record(session, clock.now(), actor, Act.DISABLED, row.id)
    return shown(row)


async def enable(session: Session, clock: Clock, actor: Actor, person_id: str) -> Person:
    """Let somebody in again, by the password they had."""
    row = await _locked(session, person_id, stays=True)
    if row.disabled_at is not None:
        row.disabled_at = None
        await record(session, clock.now(), actor, Act.ENABLED, row.id)
    return shown(row)


async def new_link(session: Session, clock: Clock, actor: Actor, person_id: str) -> tuple[Person, str]:
    """A link by which somebody sets a new password, or their invitation anew; earlier links are dead.

    Raises:
        InputError: they are disabled.

    """
    row = await _locked(session, person_id, stays=True)
    if row.disabled_at is not None:
        raise InputError(f"{row.name} is disabled: understudy agents enable {row.email}.")
    kind = links.Kind.INVITATION if row.password is None else links.Kind.RESET
    link = await links.make(session, clock, kind, person_id=row.id, made_by=actor.who)
    await record(session, clock.now(), actor, Act.LINK_MADE, row.id, kind=kind.value)
    return shown(row), link


def new_row(clock: Clock, *, email: str, name: str, role: Role) -> PersonRow:
    """Somebody who is not stored yet.

    Raises:
        InputError: address or name is none.

    """
    try:
        name, email = visible(plain(" ".join(name.split()))), plain(email.strip().lower())
    except ValueError as wrong:
        raise InputError(f"Name or address {wrong}.") from None
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InputError(f"Give a name of 1 to {_LONGEST_NAME} characters, as customers will read it.")
    if len(email) > _LONGEST_EMAIL or _EMAIL.fullmatch(email) is None:
        raise InputError("Give an e-mail address such as mira@shop.example.")
    key = unicodedata.normalize("NFKC", name).casefold()
    return PersonRow(
        id=clock.new_id("p"), name=name, name_key=key, email=email, role=role.value, created_at=clock.now()
    )


async def add(session: Session, row: PersonRow) -> None:
    """Store somebody new.

    Raises:
        KnownPersonError: somebody has this address or name already.

    """
    if not await stored.add(session, row):
        raise KnownPersonError(
            f"Somebody here has the address {row.email} or the name {row.name} already: understudy agents list."
        )


def shown(row: PersonRow) -> Person:
    """A row as others may see it."""
    state = "disabled" if row.disabled_at else "active" if row.password or row.provider_subject else "invited"
    return Person(row.id, row.name, row.email, Role(row.role), state, row.created_at, row.factor_since is not None)


async def _locked(session: Session, person_id: str, *, stays: bool) -> PersonRow:
    """Somebody, locked; ``stays`` says that they can be an admin after this if they are one now.

    The admins are locked first, by whoever changes anybody: of two who remove each other's last rights at once the
    second sees what the first did.
    """
    admins = await stored.able_admins(session)
    row = await stored.locked(session, person_id)
    if row is None:
        raise NotFoundError(f"There is nobody {person_id!r} here; `understudy agents list` shows who is.")
    if not stays and admins == {row.id}:
        raise LastAdminError(f"{row.name} is the only admin who can sign in; make somebody else one first.")
    return row
