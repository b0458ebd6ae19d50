"""From rows of the corpus to the passages that an index holds: what they say, and whether they wait. Opens no index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.service.corpus.standings import standings_of
from chatbot.storage.queries import corpus
from chatbot.storage.tables.corpus import ChangeKind
from data.transcripts import Article
from retrieval.passages import PassageKind, passages_of_article, passages_of_conversation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from chatbot.storage.database import Session
    from data.transcripts import Conversation
    from retrieval.passages import Passage

Source = tuple[PassageKind, str]
"""A conversation, whose passages are moments, by its id; an article by its slug."""
KINDS = {ChangeKind.CONVERSATION: PassageKind.MOMENT, ChangeKind.ARTICLE: PassageKind.ARTICLE}
"""What becomes of a conversation and of an article in the index."""


async def passages_by_source(
    session: Session, only: Collection[Source] | None = None
) -> AsyncIterator[tuple[Source, list[Passage]]]:
    """The passages of what is stored: of all of it, in the order of first import, or of the sources named.

    All of it is read in chunks; name some hundreds at most. An id of two systems, or an article in two languages, comes
    twice.
    """
    standings = await standings_of(session, None if only is None else _names(only, PassageKind.MOMENT))
    async for item in _items(session, only):
        if isinstance(item, Article):
            yield (PassageKind.ARTICLE, item.slug), passages_of_article(item)
        else:
            yield (PassageKind.MOMENT, item.id), standings.marked(item, passages_of_conversation(item))


async def _items(session: Session, only: Collection[Source] | None) -> AsyncIterator[Conversation | Article]:
    if only is None:
        async for conversation in corpus.all_conversations(session):
            yield conversation
        async for article in corpus.all_articles(session):
            yield article
        return
    for conversation in await corpus.conversations(session, _names(only, PassageKind.MOMENT)):
        yield conversation
    for article in await corpus.articles(session, _names(only, PassageKind.ARTICLE)):
        yield article


def _names(sources: Collection[Source], kind: PassageKind) -> list[str]:
    return [name for one, name in sources if one is kind]
