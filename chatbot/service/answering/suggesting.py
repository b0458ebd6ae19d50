"""What is suggested for a customer's last message: made once, by whoever asks first, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.service.suggested import sets

if TYPE_CHECKING:
    from chatbot.clock import Clock
    from chatbot.service.serving.serving import Serving
    from chatbot.storage.database import Database
    from chatbot.storage.tables.suggestions import SuggestionSetRow
    from data.transcripts import Turn


async def suggested(
    database: Database, serving: Serving, clock: Clock, conversation_id: str, *, held_back: float
) -> tuple[SuggestionSetRow, tuple[Turn, ...]] | None:
    """The set for the customer's last message, and the turns it is for; None where the customer said nothing in words.

    Raises:
        NotFoundError: there is no such conversation.

    """
    async with database.read() as session:
        asked = await sets.asked(session, conversation_id)
    if asked is None:
        return None
    if asked.known is not None:
        return asked.known, asked.turns
    loaded, candidates = await serving.ask(lambda pipeline: pipeline.suggest(asked.turns, sets.MOST))
    versions = sets.Versions(loaded.index, loaded.model, loaded.contract)
    async with database.write() as session:
        kept = await sets.keep(
            session, clock, conversation_id, asked.message_id, candidates, versions, held_back=held_back
        )
    return kept, asked.turns


def is_held(row: SuggestionSetRow) -> bool:
    """Whether it is held back until somebody has answered, to learn what people write."""
    return row.blind and row.outcome is None
