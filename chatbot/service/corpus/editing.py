"""Editing the corpus: store and delete articles, delete transcripts, retire passages or articles and restore them.

Each change is in the log of the corpus when the caller's transaction commits, and a running server follows that log.
What is named and not there raises NotFoundError, and then nothing is changed. Knows no index.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.errors import ChangedError, InputError, NotFoundError
from chatbot.service.audit import Act, Actor, record
from chatbot.service.corpus import review
from chatbot.service.corpus.sources import passages_by_source
from chatbot.storage.queries import corpus, harvest, retirements
from data.intake import content_digest
from retrieval.passages import PassageKind, passages_of_article

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.storage.database import Session
    from data.transcripts import Article

_LONGEST_NAME = 500
_CHANGED = "Somebody changed this article since you opened it."
_GONE = "This article was deleted since you opened it."
_TAKEN = "There is an article of this name already."
NOT_THERE = ""
"""What ``seen`` is of an article that one knows not to be there."""


class EditResult(StrEnum):
    """What an edit did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    RETIRED = "retired"
    RESTORED = "restored"


_RECORDED = {
    EditResult.NEW: Act.ARTICLE_KEPT,
    EditResult.CHANGED: Act.ARTICLE_KEPT,
    EditResult.DELETED: Act.ERASED,
    EditResult.RETIRED: Act.RETIRED,
    EditResult.RESTORED: Act.RESTORED,
}


async def note(session: Session, at: datetime, actor: Actor, outcome: EditResult, name: str) -> None:
    """Record who did that to what is named so; nothing where nothing was changed. The last thing of a transaction."""
    if outcome in _RECORDED:
        await record(session, at, actor, _RECORDED[outcome], name)


async def keep_article(session: Session, article: Article, *, seen: str | None = None) -> EditResult:
    """Store an article, or replace the one of the same slug and language; what else was imported with that stays.

    The same words under another slug are not stored twice (DUPLICATE). One that is out of use as a whole stays so.
    ``seen`` says which words the writer began from, ``NOT_THERE`` that there were none.

    Raises:
        InputError: it has no text, or its slug is too long.
        ChangedError: it is no longer as it was seen.

    """
    if not article.text.strip() or not article.title.strip():
        raise InputError("An article needs a title and a text.")
    if len(article.slug) > _LONGEST_NAME:
        raise InputError(f"The slug has {len(article.slug)} characters; at most {_LONGEST_NAME} are taken.")
    before = await corpus.articles(session, [article.slug], lock=True)
    there = next((each for each in before if (each.language or "") == (article.language or "")), None)
    if seen is not None and seen != (content_digest(there) if there else NOT_THERE):
        raise ChangedError(_CHANGED if there else _GONE if seen else _TAKEN)
    if there:
        article = replace(article, extras={**there.extras, **article.extras})
    counts = await corpus.store_batch(session, [article])
    if counts.changed or counts.new:
        await _stay_out(session, article.slug, before)
    if counts.new:
        return EditResult.NEW
    if counts.changed:
        return EditResult.CHANGED
    return EditResult.DUPLICATE if counts.duplicate else EditResult.UNCHANGED


async def delete_article(session: Session, slug: str, language: str | None = None) -> EditResult:
    """Delete an article, in every language where none is named."""
    if not await corpus.delete_article(session, slug, language):
        raise NotFoundError(f"There is no article {slug!r} here.")
    return EditResult.DELETED


async def delete_transcript(session: Session, name: str, source: str | None = None) -> EditResult:
    """Delete a past conversation, of every source where none is named."""
    if not await corpus.delete_conversation(session, name, source):
        raise NotFoundError(f"There is no transcript {name!r} here.")
    await harvest.forget(session, [name])
    return EditResult.DELETED


async def unlearn(session: Session, name: str) -> None:
    """Delete what was learnt from a conversation, where anything was."""
    await corpus.delete_conversation(session, name)
    await harvest.forget(session, [name])


async def forget(session: Session, names: Sequence[str]) -> int:
    """Delete the conversations and articles of these ids and slugs, all of them or none; how many that were."""
    total = 0
    for name in dict.fromkeys(names):
        gone = await corpus.delete_conversation(session, name) + await corpus.delete_article(session, name)
        if not gone:
            raise NotFoundError(f"There is no conversation and no article {name!r} here; nothing was forgotten.")
        total += gone
    await harvest.forget(session, names)
    return total


async def retire(session: Session, names: Sequence[str], reason: str) -> EditResult:
    """Take passages, or whole articles by their slugs, out of use: not found, not shown, not learnt from.

    All of them or none. Their sources stay.
    """
    passage_ids = [each for name in names for each in await _passages(session, name)]
    await review.lock(session, passage_ids)
    new = await retirements.add(session, passage_ids, reason)
    await _settle(session, passage_ids)
    return EditResult.RETIRED if new else EditResult.UNCHANGED


async def restore(session: Session, names: Sequence[str]) -> EditResult:
    """Bring retired passages, or all of an article's by its slug, back into use; all that are named or nothing."""
    retired = await retirements.ids(session)
    passage_ids: list[str] = []
    for name in names:
        found = [name] if name in retired else [each for each in retired if _article_of(each) == name]
        if not found:
            raise NotFoundError(f"{name!r} is not retired; understudy retired lists what is.")
        passage_ids += found
    await review.lock(session, passage_ids)
    await retirements.remove(session, passage_ids)
    await _settle(session, passage_ids)
    return EditResult.RESTORED


async def _settle(session: Session, passage_ids: Sequence[str]) -> None:
    for name in dict.fromkeys(passage_id.rpartition(":")[0] for passage_id in passage_ids):
        await review.settle(session, name)


async def _passages(session: Session, name: str) -> list[str]:
    """The passage of this id, or those of the article of this slug."""
    sources = [
        (PassageKind.ARTICLE, name),
        (PassageKind.ARTICLE, _article_of(name)),
        (PassageKind.MOMENT, name.rpartition(":")[0]),
    ]
    of_article: list[str] = []
    async for (kind, source), passages in passages_by_source(session, [each for each in sources if each[1]]):
        if any(passage.id == name for passage in passages):
            return [name]
        if (kind, source) == sources[0]:
            of_article += [passage.id for passage in passages]
    if not of_article:
        raise NotFoundError(f"There is no passage or article {name!r} here; understudy search prints their ids.")
    return list(dict.fromkeys(of_article))


def _article_of(passage_id: str) -> str:
    return passage_id.rpartition("#")[0]


async def _stay_out(session: Session, slug: str, before: Sequence[Article]) -> None:
    """Where all of an article was out of use, what it has become now is as well."""
    ids = {passage.id for article in before for passage in passages_of_article(article)}
    out = await retirements.of(session, ids)
    if ids and len(out) == len(ids):
        now = await corpus.articles(session, [slug])
        new = {passage.id for article in now for passage in passages_of_article(article)} - ids
        await retirements.add(session, new, out[0].reason)
