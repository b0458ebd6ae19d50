"""The desk's past as moments: read from the database, ordered by time, without those that a version learnt from."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from chatbot.service.corpus.standings import standings_of
from chatbot.storage.queries import corpus, retirements
from data.moments import moments_of
from data.split import held_out
from data.times import parse_time
from retrieval.passages import passage_of_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.storage.database import Database
    from data.moments import Moment

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


async def known_moments(database: Database, *, waiting: bool = True) -> list[Moment]:
    """Every moment that is stored and not retired, in the order of first import.

    Without those that are ``waiting`` for a person's judgement where a model is to learn from them: what it has learnt
    cannot be taken back.
    """
    async with database.read() as session:
        retired = await retirements.ids(session)
        standings = await standings_of(session)
        return [
            moment
            async for conversation in corpus.all_conversations(session)
            for moment in moments_of(conversation)
            if moment.id not in retired and (waiting or not standings.waits(conversation, passage_of_moment(moment)))
        ]


def by_time(moments: Sequence[Moment]) -> list[Moment]:
    """Oldest conversation first (``place_in_time``); the moments of one conversation stay together and in order."""
    return sorted(moments, key=lambda moment: place_in_time(moment.created, moment.conversation_id))


def place_in_time(created: str | None, conversation_id: str) -> tuple[str, str]:
    """What conversations are ordered by: their time in UTC, and where that is the same or unknown, by lot.

    Unknown times come first. The lot is a hash of the id, so that a desk without dates is divided by chance and not
    by whatever its ids count.
    """
    time = parse_time(created) or _BEFORE_ALL
    lot = blake2b(conversation_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return time.isoformat(timespec="seconds"), lot


def unlearnt(moments: Sequence[Moment], share: float) -> list[Moment]:
    """Those of held-out conversations; ``share`` is the held-out share of what was learnt from, 1 for all."""
    return [moment for moment in moments if share >= 1 or held_out(moment.conversation_id, share)]
