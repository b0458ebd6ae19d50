"""Queries on the desk's people, their sign-ins and the links they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, select

from chatbot.storage.prepared import Prepared
from chatbot.storage.tables.conversations import ConversationRow
from chatbot.storage.tables.people import CeremonyRow, LinkRow, PersonRow, SignInRow
from chatbot.storage.tables.schema import table
from chatbot.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session

_SIGN_IN, _PERSON, _CONVERSATION = table(SignInRow), table(PersonRow), table(ConversationRow)
_SIGNED_IN = select(_SIGN_IN.c.id).where(
    _SIGN_IN.c.hash == bindparam("token_hash"),
    _SIGN_IN.c.created_at > bindparam("since"),
    _SIGN_IN.c.seen_at > bindparam("seen_since"),
    exists().where(_PERSON.c.id == _SIGN_IN.c.person_id, _PERSON.c.disabled_at.is_(None)),
)
_HOLDS = Prepared(_SIGNED_IN)
_OPENS = Prepared(_SIGNED_IN.where(exists().where(_CONVERSATION.c.id == bindparam("conversation_id"))))
_ABLE_ADMIN = (PersonRow.role == "admin", PersonRow.disabled_at.is_(None), PersonRow.password.is_not(None))


async def add(session: Session, row: PersonRow) -> bool:
    """Store a new person; False where somebody has this address or name already, who is as they were."""
    values = {column.name: getattr(row, column.name) for column in _PERSON.columns}
    stored = insert(session, PersonRow).values(**values).on_conflict_do_nothing().returning(PersonRow.id)
    return await session.scalar(stored) is not None


async def everybody(session: Session) -> Sequence[PersonRow]:
    """All people in the order of their names."""
    return (await session.scalars(select(PersonRow).order_by(PersonRow.name_key))).all()


async def locked(session: Session, person_id: str) -> PersonRow | None:
    """One person by id, kept from being changed by others until the transaction ends."""
    return await session.get(PersonRow, person_id, with_for_update=True, populate_existing=True)


async def by_id(session: Session, person_id: str) -> PersonRow | None:
    """One person by id."""
    return await session.get(PersonRow, person_id)


async def by_email(session: Session, email: str) -> PersonRow | None:
    """One person by address, written as it is stored."""
    return await session.scalar(select(PersonRow).where(PersonRow.email == email))


async def by_subject(session: Session, subject: str) -> PersonRow | None:
    """Who somebody of the provider is here."""
    return await session.scalar(select(PersonRow).where(PersonRow.provider_subject == subject))


async def able_admins(session: Session) -> set[str]:
    """The ids of the admins who can sign in, all of them locked: whoever counts them waits for whoever changes one."""
    query = select(PersonRow.id).where(*_ABLE_ADMIN).order_by(PersonRow.id).with_for_update()
    return set(await session.scalars(query))


async def has_able_admin(session: Session) -> bool:
    """Whether any admin can sign in."""
    return bool(await session.scalar(select(exists().where(*_ABLE_ADMIN))))


async def signed_in(session: Session, token_hash: str) -> tuple[SignInRow, PersonRow] | None:
    """The sign-in of a token and whose it is, however old."""
    query = select(SignInRow, PersonRow).join(PersonRow).where(SignInRow.hash == token_hash)
    found = (await session.execute(query)).one_or_none()
    return None if found is None else (found[0], found[1])


async def sign_ins(session: Session, person_id: str) -> Sequence[SignInRow]:
    """Where a person is signed in, the latest first."""
    query = select(SignInRow).where(SignInRow.person_id == person_id)
    return (await session.scalars(query.order_by(SignInRow.seen_at.desc(), SignInRow.id))).all()


async def end_sign_ins(session: Session, person_id: str, *, only: str | None = None) -> int:
    """End a person's sign-ins, or ``only`` this one of theirs; how many those were."""
    query = delete(SignInRow).where(SignInRow.person_id == person_id).returning(SignInRow.id)
    if only is not None:
        query = query.where(SignInRow.id == only)
    return len((await session.scalars(query)).all())


async def end_token(session: Session, token_hash: str) -> None:
    """End the sign-in of a token, whosever it is."""
    await session.execute(delete(SignInRow).where(SignInRow.hash == token_hash))


async def holds(session: Session, token_hash: str, *, since: datetime, seen_since: datetime) -> bool:
    """Whether a sign-in still holds."""
    return bool(await _HOLDS.run(session, token_hash=token_hash, since=since, seen_since=seen_since))


async def opens(
    session: Session, token_hash: str, conversation_id: str, *, since: datetime, seen_since: datetime
) -> bool:
    """Whether a sign-in still holds and the conversation is there."""
    wanted = {"token_hash": token_hash, "conversation_id": conversation_id, "since": since, "seen_since": seen_since}
    return bool(await _OPENS.run(session, **wanted))


async def link(session: Session, token_hash: str, *, lock: bool) -> LinkRow | None:
    """The link of a token; with a lock the second of two who use it at once finds none."""
    query = select(LinkRow).where(LinkRow.hash == token_hash)
    return await session.scalar(query.with_for_update() if lock else query)


async def end_links(session: Session, person_id: str | None) -> None:
    """Delete a person's links; without a person those that make a first admin."""
    whose = LinkRow.person_id.is_(None) if person_id is None else LinkRow.person_id == person_id
    await session.execute(delete(LinkRow).where(whose))


async def lock_first_links(session: Session) -> None:
    """Wait for whoever makes a first admin, and let nobody else do so until the transaction ends."""
    await session.execute(
        select(LinkRow.hash).where(LinkRow.person_id.is_(None)).order_by(LinkRow.hash).with_for_update()
    )


async def forget_old(session: Session, *, since: datetime, seen_since: datetime, now: datetime) -> None:
    """Delete what is over: sign-ins by age or silence, links and ceremonies by their end."""
    over = (SignInRow.created_at <= since) | (SignInRow.seen_at <= seen_since)
    await session.execute(delete(SignInRow).where(over))
    await session.execute(delete(LinkRow).where(LinkRow.expires_at <= now))
    await session.execute(delete(CeremonyRow).where(CeremonyRow.expires_at <= now))
