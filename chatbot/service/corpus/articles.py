"""Articles for who looks after them: listed, read with what is out of use, and shown as customers get to read them.

Changes are ``editing``'s. Knows no index: what is stored here, a running bot takes in within about a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from chatbot.dialogue.write.excerpt import written
from chatbot.errors import NotFoundError
from chatbot.service import audit
from chatbot.service.audit import Act
from chatbot.service.corpus.decisions import standings
from chatbot.storage.queries import corpus
from data.blocks import BlockKind, blocks_of
from data.importers.markdown_text import plain_text
from data.intake import content_digest
from retrieval.passages import chunks, passages_of_article

if TYPE_CHECKING:
    from chatbot.service.audit import Done
    from chatbot.service.corpus.decisions import Standing
    from chatbot.storage.database import Session
    from data.transcripts import Article

_WHOLE = (BlockKind.ITEM, BlockKind.ROW)
"""What is read only together with those beside it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An article as it is stored. ``seen`` stands for these words; ``changed`` says who wrote them, where recorded."""

    article: Article
    seen: str
    parts: int
    standing: Standing
    changed: Done | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What a customer gets to read where this part of an article answers, under the heading that it stands under."""

    heading: str
    text: str


async def listed(session: Session, words: str = "", *, start: int = 0, limit: int = 50) -> tuple[list[Kept], int]:
    """Some of the articles that have all these words, in the order of their titles; and how many there are."""
    wanted = words.casefold().split()
    found = [
        article
        async for article in corpus.all_articles(session)
        if all(word in f"{article.slug}\n{article.title}\n{article.text}".casefold() for word in wanted)
    ]
    found.sort(key=lambda one: (one.title.casefold(), one.slug, one.language or ""))
    return await _kept(session, found[start : start + limit]), len(found)


async def one(session: Session, slug: str, language: str | None = None) -> Kept:
    """An article; where it is stored in several languages and none is named, the one that came first.

    Raises:
        NotFoundError: there is none.

    """
    found = [each for each in await corpus.articles(session, [slug]) if language is None or each.language == language]
    if not found:
        raise NotFoundError(f"There is no article {slug!r} here.")
    return (await _kept(session, found[:1]))[0]


def parts_of(markdown: str) -> list[Part]:
    """What customers get to read of an article, part by part: what the bot would send where that part answers."""
    parts = []
    for chunk in chunks(plain_text(markdown)):
        for _, blocks in groupby(
            enumerate(blocks_of(chunk)), lambda at: (at[1].lead, None if at[1].kind in _WHOLE else at[0])
        ):
            together = [block for _, block in blocks]
            parts.append(Part(together[0].heading, written(together, "")))
    return parts


async def _kept(session: Session, articles: list[Article]) -> list[Kept]:
    seen = [content_digest(article) for article in articles]
    parts = [[passage.id for passage in passages_of_article(article)] for article in articles]
    names = {digest: [article.slug, *own] for digest, article, own in zip(seen, articles, parts, strict=True)}
    found = await standings(session, names)
    changed = await audit.latest(session, [Act.ARTICLE_KEPT], [article.slug for article in articles])
    return [
        Kept(article, digest, len(own), found[digest], changed.get(article.slug))
        for article, digest, own in zip(articles, seen, parts, strict=True)
    ]
