"""Queries on the corpus' change log, in the order of the commits.

A change is appended in the transaction that makes it, so that what was acknowledged is in the log and what was rolled
back is not. Entries name things, not contents; reading one twice does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, insert, select

from chatbot.storage.long_read import long_read
from chatbot.storage.tables.corpus import ArticleRow, ChangeKind, CorpusChangeRow, TranscriptRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatbot.storage.database import Session

_LOCK = 0x556E6465727374  # "Underst": the log's own among PostgreSQL's advisory locks


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log. ``name`` is a conversation's id, an article's slug or a passage's id."""

    seq: int
    kind: ChangeKind
    name: str


async def append(session: Session, kind: ChangeKind, keys: Iterable[tuple[str, str]]) -> None:
    """Log that these things changed; each by its two keys, see ``CorpusChangeRow``."""
    rows = [{"kind": kind, "first_key": first, "second_key": second} for first, second in keys]
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        # Numbers are drawn before the commit: without a turn to wait for, a reader could see 8 before 7 and miss 7.
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    await session.execute(insert(CorpusChangeRow), rows)


async def last(session: Session) -> int:
    """The number of the newest change; 0 where nothing has ever changed."""
    return await session.scalar(select(func.max(CorpusChangeRow.seq))) or 0


async def since(session: Session, seq: int, limit: int) -> list[Change]:
    """The changes after a number, oldest first."""
    query = (
        select(CorpusChangeRow.seq, CorpusChangeRow.kind, CorpusChangeRow.second_key)
        .where(CorpusChangeRow.seq > seq)
        .order_by(CorpusChangeRow.seq)
        .limit(limit)
    )
    return [Change(number, ChangeKind(kind), name) for number, kind, name in await session.execute(long_read(query))]


async def names_since(session: Session, seq: int) -> set[tuple[ChangeKind, str]]:
    """The different conversations and articles that changed after a number."""
    query = (
        select(CorpusChangeRow.kind, CorpusChangeRow.second_key)
        .where(CorpusChangeRow.seq > seq, CorpusChangeRow.kind != ChangeKind.RETIREMENT)
        .distinct()
    )
    return {(ChangeKind(kind), name) for kind, name in await session.execute(long_read(query))}


async def gone_since(session: Session, seq: int) -> set[tuple[ChangeKind, str]]:
    """What changed after a number and is no longer there, under any source or language."""
    found: set[tuple[ChangeKind, str]] = set()
    name = CorpusChangeRow.second_key
    for kind, there in (
        (ChangeKind.CONVERSATION, exists().where(TranscriptRow.external_id == name)),
        (ChangeKind.ARTICLE, exists().where(ArticleRow.slug == name)),
    ):
        query = select(name).where(CorpusChangeRow.seq > seq, CorpusChangeRow.kind == kind, ~there)
        found.update((kind, gone) for gone in await session.scalars(long_read(query.distinct())))
    return found
