"""Queries on the corpus: imported conversations and articles, each stored once.

Importing again changes nothing: a line is known by its source and id, and compared by a digest of its
content. The same words under another id are a duplicate and are not stored. Every change is logged (``changes``) in
the same transaction.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from chatbot.storage.long_read import long_read
from chatbot.storage.queries import changes
from chatbot.storage.tables.corpus import ArticleRow, ChangeKind, Standing, TranscriptRow
from data.intake import content_digest
from data.masking.kinds import VERSION
from data.transcripts import (
    Article,
    Conversation,
    article_from_json,
    article_to_json,
    conversation_from_json,
    conversation_to_json,
    to_line,
    web_address,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Sequence

    from chatbot.storage.database import Session

CHUNK = 500
_USED = TranscriptRow.standing != Standing.HELD


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table of the corpus, and what it calls the two keys of a row."""

    table: type[TranscriptRow | ArticleRow]
    first: str
    second: str
    change: ChangeKind


_CONVERSATIONS = _Kind(TranscriptRow, "source", "external_id", ChangeKind.CONVERSATION)
_ARTICLES = _Kind(ArticleRow, "language", "slug", ChangeKind.ARTICLE)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items were new, unchanged, changed, or duplicates of another."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    duplicate: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class CorpusSize:
    """How much is stored."""

    conversations: int
    articles: int


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation or an article as it is stored: its keys, and the columns that change with it."""

    first_key: str
    second_key: str
    digest: str
    content: str
    body: str
    masking: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The columns; ``masking`` where the table has it."""
        values: dict[str, Any] = {"digest": self.digest, "content": self.content, "body": self.body}
        return values if self.masking is None else {**values, "masking": self.masking}


async def store_batch(session: Session, items: Iterable[Conversation | Article]) -> Counts:
    """Store conversations and articles; the caller's transaction decides whether it lasts.

    Give it some hundreds at a time. An item that comes again with another content replaces the first.
    """
    incoming: dict[_Kind, list[Line]] = {_CONVERSATIONS: [], _ARTICLES: []}
    for item in items:
        if isinstance(item, Conversation):
            incoming[_CONVERSATIONS].append(conversation_line(item))
        else:
            incoming[_ARTICLES].append(_article_line(item))
    counts = Counts()
    for kind, batch in incoming.items():
        for start in range(0, len(batch), CHUNK):
            counts += await _store(session, kind, batch[start : start + CHUNK])
    return counts


async def all_conversations(session: Session) -> AsyncIterator[Conversation]:
    """Every conversation in use, in the order of first import; read in chunks, never all at once."""
    async for body in _bodies(session, TranscriptRow):
        yield conversation_from_json(json.loads(body))


async def all_articles(session: Session) -> AsyncIterator[Article]:
    """Every stored article, in the order of first import."""
    async for body in _bodies(session, ArticleRow):
        yield article_from_json(json.loads(body))


async def size(session: Session) -> CorpusSize:
    """How many conversations and articles are in use."""
    conversations = await session.scalar(long_read(select(func.count()).select_from(TranscriptRow).where(_USED)))
    articles = await session.scalar(long_read(select(func.count()).select_from(ArticleRow)))
    return CorpusSize(conversations or 0, articles or 0)


async def articles_unlinked(session: Session) -> int:
    """How many articles have an address that no page may link to."""
    bodies = await session.scalars(long_read(select(ArticleRow.body)))
    urls = (json.loads(body).get("url") for body in bodies)
    return sum(url is not None and web_address(url) is None for url in urls)


async def conversations(session: Session, ids: Collection[str]) -> list[Conversation]:
    """The conversations in use with these ids, of every source; give it some hundreds at most."""
    query = select(TranscriptRow.body).where(TranscriptRow.external_id.in_(ids), _USED).order_by(TranscriptRow.id)
    return [conversation_from_json(json.loads(body)) for body in await session.scalars(long_read(query))]


async def articles(session: Session, slugs: Collection[str], *, lock: bool = False) -> list[Article]:
    """The stored articles with these slugs, in every language; with ``lock`` nobody else changes them meanwhile."""
    query = select(ArticleRow.body).where(ArticleRow.slug.in_(slugs)).order_by(ArticleRow.id)
    query = query.with_for_update() if lock else query
    return [article_from_json(json.loads(body)) for body in await session.scalars(long_read(query))]


async def keys(session: Session) -> tuple[set[str], set[str]]:
    """The ids of all conversations in use and the slugs of all articles."""
    ids = await session.scalars(long_read(select(TranscriptRow.external_id).where(_USED)))
    slugs = await session.scalars(long_read(select(ArticleRow.slug)))
    return set(ids), set(slugs)


async def delete_conversation(session: Session, external_id: str, source: str | None = None) -> int:
    """Delete a conversation, of every source where none is named; how many that were."""
    return await _delete(session, _CONVERSATIONS, source, external_id)


async def delete_article(session: Session, slug: str, language: str | None = None) -> int:
    """Delete an article, in every language where none is named; how many that were."""
    return await _delete(session, _ARTICLES, language, slug)


def conversation_line(item: Conversation) -> Line:
    """A conversation as it is stored."""
    return Line(
        first_key=item.source or "",
        second_key=item.id,
        digest=content_digest(item),
        content=_digest([[str(turn.role), turn.text] for turn in item.turns]),
        body=_line(conversation_to_json(item)),
        masking=VERSION,
    )


async def _delete(session: Session, kind: _Kind, first_key: str | None, second_key: str) -> int:
    first = getattr(kind.table, kind.first)
    statement = delete(kind.table).where(getattr(kind.table, kind.second) == second_key).returning(first)
    if first_key is not None:
        statement = statement.where(first == first_key)
    gone = (await session.scalars(statement)).all()
    await changes.append(session, kind.change, [(name, second_key) for name in gone])
    return len(gone)


async def _bodies(session: Session, table: type[TranscriptRow | ArticleRow]) -> AsyncIterator[str]:
    last = 0
    while True:
        query = select(table.id, table.body).where(table.id > last).order_by(table.id).limit(CHUNK)
        if table is TranscriptRow:
            query = query.where(_USED)
        rows = (await session.execute(long_read(query))).all()
        if not rows:
            return
        for last, body in rows:  # noqa: B007 - the last one is where the next portion begins
            yield body


async def _store(session: Session, kind: _Kind, batch: Sequence[Line]) -> Counts:
    table = kind.table
    first, second = getattr(table, kind.first), getattr(table, kind.second)
    found = await session.execute(
        select(table.id, first, second, table.digest).where(second.in_({item.second_key for item in batch}))
    )
    known: dict[tuple[str, str], tuple[int | None, str]] = {(row[1], row[2]): (row[0], row[3]) for row in found}
    doubles = select(table.content).where(table.content.in_({item.content for item in batch}))
    if table is TranscriptRow:  # a harvested conversation is no copy of an export's, nor the other way round
        doubles = doubles.where(TranscriptRow.standing == Standing.IMPORTED)
    contents = set(await session.scalars(doubles))
    inserts: dict[tuple[str, str], dict[str, Any]] = {}
    updates: list[dict[str, Any]] = []
    touched: dict[tuple[str, str], None] = {}
    unchanged = changed = duplicate = 0
    for item in batch:
        key = (item.first_key, item.second_key)
        if key in known:
            row_id, digest = known[key]
            if digest == item.digest:
                unchanged += 1
                continue
            changed += 1
            if row_id is None:
                inserts[key].update(item.values)
            else:
                updates.append({"id": row_id, **item.values})
            known[key] = (row_id, item.digest)
        elif item.content in contents:
            duplicate += 1
            continue
        else:
            inserts[key] = {kind.first: item.first_key, kind.second: item.second_key, **item.values}
            known[key] = (None, item.digest)
        contents.add(item.content)
        touched[key] = None
    if inserts:
        await session.execute(insert(table), list(inserts.values()))
    if updates:
        await session.execute(update(table), updates)
    await changes.append(session, kind.change, list(touched))
    return Counts(len(inserts), unchanged, changed, duplicate)


def _article_line(item: Article) -> Line:
    return Line(
        first_key=item.language or "",
        second_key=item.slug,
        digest=content_digest(item),
        content=_digest([item.language, item.title, item.text]),
        body=_line(article_to_json(item)),
    )


def _line(value: dict[str, Any]) -> str:
    line = to_line(value)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, as broken exports have them: keep it escaped
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return line


def _digest(value: object) -> str:
    line = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode("ascii")).hexdigest()
