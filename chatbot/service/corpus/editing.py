"""Editing the corpus: store and delete articles, delete transcripts, retire passages and restore them.

Each change is in the log of the corpus when the caller's transaction commits, and a running server follows that log.
What is named and not there raises NotFoundError, and then nothing is changed. Knows no index.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.service.corpus import review
from chatbot.service.corpus.sources import passages_by_source
from chatbot.storage.queries import corpus, harvest, retirements
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Session
    from data.transcripts import Article

_LONGEST_NAME = 500


class EditResult(StrEnum):
    """What an edit did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    RETIRED = "retired"
    RESTORED = "restored"


async def keep_article(session: Session, article: Article) -> EditResult:
    """Store an article, or replace the one of the same slug and language.

    The same words under another slug are not stored twice (DUPLICATE).

    Raises:
        InputError: it has no text, or its slug is too long.

    """
    if not article.text.strip() or not article.title.strip():
        raise InputError("An article needs a title and a text.")
    if len(article.slug) > _LONGEST_NAME:
        raise InputError(f"The slug has {len(article.slug)} characters; at most {_LONGEST_NAME} are taken.")
    counts = await corpus.store_batch(session, [article])
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


async def retire(session: Session, passage_ids: Sequence[str], reason: str) -> EditResult:
    """Take passages out of use, all of them or none: not found, not shown, not learnt from. Their sources stay."""
    for passage_id in passage_ids:
        if not await _exists(session, passage_id):
            raise NotFoundError(f"There is no passage {passage_id!r} here; understudy search prints their ids.")
    await review.lock(session, passage_ids)
    new = await retirements.add(session, passage_ids, reason)
    await _settle(session, passage_ids)
    return EditResult.RETIRED if new else EditResult.UNCHANGED


async def restore(session: Session, passage_ids: Sequence[str]) -> EditResult:
    """Bring retired passages back into use, all of them or none."""
    unknown = sorted(set(passage_ids) - await retirements.ids(session))
    if unknown:
        raise NotFoundError(f"{unknown[0]!r} is not retired; understudy retired lists what is.")
    await review.lock(session, passage_ids)
    await retirements.remove(session, passage_ids)
    await _settle(session, passage_ids)
    return EditResult.RESTORED


async def _settle(session: Session, passage_ids: Sequence[str]) -> None:
    for name in dict.fromkeys(passage_id.rpartition(":")[0] for passage_id in passage_ids):
        await review.settle(session, name)


async def _exists(session: Session, passage_id: str) -> bool:
    named = [(PassageKind.ARTICLE, passage_id.rpartition("#")[0]), (PassageKind.MOMENT, passage_id.rpartition(":")[0])]
    async for _, passages in passages_by_source(session, [source for source in named if source[1]]):
        if any(passage.id == passage_id for passage in passages):
            return True
    return False
