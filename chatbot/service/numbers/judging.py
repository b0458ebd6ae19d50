"""People judge a random sample of the answers that the bot gave by itself: that is what the wrong-answer rate is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.storage.queries import judgements as stored

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.numbers.periods import Period
    from chatbot.storage.database import Session


async def to_judge(session: Session, period: Period) -> dict[str, Any]:
    """The answer of this period that is to be judged next, and how many were."""
    found = await stored.unjudged(session, *period.span)
    return {"judged": await stored.count(session, *period.span), "answer": found and found._asdict()}


async def judge(session: Session, message_id: str, said: str, *, by: str, now: datetime) -> None:
    """Keep what somebody says of an answer; the last word counts.

    Raises:
        NotFoundError: there is no such answer.

    """
    if not await stored.is_answer(session, message_id):
        raise NotFoundError("There is no answer of the bot with this id.")
    await stored.keep(session, message_id, said, by=by, at=now)
