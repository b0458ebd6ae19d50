"""Queries on harvested conversations: those that people had on this desk, and which of their answers are approved.

An import never changes how one stands. Every change is logged (``changes``) in the same transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import changes
from chatbot.storage.queries.corpus import conversation_line
from chatbot.storage.tables.corpus import HARVESTED, ApprovalRow, ChangeKind, Standing, TranscriptRow
from data.transcripts import conversation_from_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatbot.storage.database import Session
    from data.transcripts import Conversation

_OURS = TranscriptRow.source == HARVESTED
_HARVESTED = TranscriptRow.standing != Standing.IMPORTED
_UNDECIDED = TranscriptRow.standing.in_([Standing.WAITING, Standing.HELD])
_COLUMNS = (TranscriptRow.id, TranscriptRow.standing, TranscriptRow.body)


@dataclass(frozen=True, slots=True)
class Harvested:
    """One harvested conversation and how it stands; ``number`` orders them."""

    number: int
    standing: Standing
    conversation: Conversation


async def store(session: Session, item: Conversation, *, held: bool) -> bool:
    """Keep a harvested conversation, or what became of one; whether anything changed.

    ``held`` (a customer closed it): it is kept and used for nothing, and what is here already stays as it is. The same
    words of two customers are two conversations, unlike the same words in two exports.
    """
    line = conversation_line(item)
    standing = Standing.HELD if held else Standing.WAITING
    values = {**line.values, "standing": standing}
    known = (
        await session.execute(
            select(TranscriptRow.id, TranscriptRow.digest, TranscriptRow.standing).where(
                _OURS, TranscriptRow.external_id == item.id
            )
        )
    ).first()
    if known is None:
        await session.execute(insert(TranscriptRow).values(source=HARVESTED, external_id=item.id, **values))
    elif held or (known.digest == line.digest and known.standing != Standing.HELD):
        return False
    else:
        await session.execute(update(TranscriptRow).where(TranscriptRow.id == known.id).values(**values))
    if not held:
        await _log(session, item.id)
    return True


async def find(session: Session, conversation_id: str) -> Harvested | None:
    """One harvested conversation, locked until the transaction ends; None where there is none of that id."""
    query = select(*_COLUMNS).where(_OURS, _HARVESTED, TranscriptRow.external_id == conversation_id)
    row = (await session.execute(query.with_for_update())).first()
    return None if row is None else _read(*row)


async def lock(session: Session, conversation_ids: Collection[str]) -> None:
    """Keep these from other writers until the transaction ends.

    Whoever changes several takes them before the log of the corpus, which one writer has at a time: as all others do.
    """
    query = select(TranscriptRow.id).where(_OURS, TranscriptRow.external_id.in_(conversation_ids))
    await session.execute(query.order_by(TranscriptRow.id).with_for_update())


async def undecided(session: Session, *, after: int, limit: int) -> list[Harvested]:
    """Those of which an answer may wait for a decision, with a number beyond ``after``, in order."""
    query = select(*_COLUMNS).where(_OURS, _UNDECIDED, TranscriptRow.id > after)
    query = query.order_by(TranscriptRow.id).limit(limit)
    return [_read(*row) for row in await session.execute(long_read(query))]


async def count_undecided(session: Session) -> int:
    """How many conversations hold answers that wait for a decision."""
    query = select(func.count()).select_from(TranscriptRow).where(_OURS, _UNDECIDED)
    return await session.scalar(long_read(query)) or 0


async def ids(session: Session, among: Collection[str] | None = None) -> frozenset[str]:
    """The ids of all that are harvested, or of those ``among`` some hundreds."""
    query = select(TranscriptRow.external_id).where(_OURS, _HARVESTED)
    if among is not None:
        query = query.where(TranscriptRow.external_id.in_(among))
    return frozenset(await session.scalars(long_read(query)))


async def approvals(session: Session, among: Collection[str] | None = None) -> Mapping[str, str]:
    """The digests of what was approved by passage id: of all, or of conversations ``among`` some hundreds."""
    query = select(ApprovalRow.passage_id, ApprovalRow.digest)
    if among is not None:
        query = query.where(ApprovalRow.conversation_id.in_(among))
    return {row.passage_id: row.digest for row in await session.execute(long_read(query))}


async def approve(session: Session, conversation_id: str, passage_id: str, digest: str, reason: str) -> None:
    """Note that an answer is approved in these words; an older approval of it is replaced."""
    await session.execute(delete(ApprovalRow).where(ApprovalRow.passage_id == passage_id))
    row = {"passage_id": passage_id, "conversation_id": conversation_id, "digest": digest, "reason": reason}
    await session.execute(insert(ApprovalRow).values(**row))
    await _log(session, conversation_id)


async def withdraw(session: Session, conversation_id: str, passage_id: str) -> None:
    """Take an approval back, where there is one."""
    statement = delete(ApprovalRow).where(ApprovalRow.passage_id == passage_id).returning(ApprovalRow.passage_id)
    if (await session.scalars(statement)).all():
        await _log(session, conversation_id)


async def forget(session: Session, conversation_ids: Sequence[str]) -> None:
    """Delete the approvals of deleted conversations."""
    await session.execute(delete(ApprovalRow).where(ApprovalRow.conversation_id.in_(conversation_ids)))


async def stand(session: Session, number: int, standing: Standing) -> None:
    """Set how one stands."""
    await session.execute(update(TranscriptRow).where(TranscriptRow.id == number).values(standing=standing))


def _read(number: int, standing: str, body: str) -> Harvested:
    return Harvested(number, Standing(standing), conversation_from_json(json.loads(body)))


async def _log(session: Session, conversation_id: str) -> None:
    await changes.append(session, ChangeKind.CONVERSATION, [(HARVESTED, conversation_id)])
