"""Review: people judge the answers of harvested conversations, one by one.

What they approve is used like an imported answer; what they reject is retired, and its conversation stays. Each
decision is in the log of the corpus when the caller's transaction commits, and a running server follows that log.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.errors import ChangedError, InputError, NotFoundError
from chatbot.service.corpus.standings import standings_of, words_digest
from chatbot.storage.queries import harvest, retirements
from chatbot.storage.tables.corpus import Standing
from data.moments import moments_of
from retrieval.passages import passage_of_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.queries.harvest import Harvested

_CHUNK = 50
_NO_CURSOR = "cursor is none that a page of this list gave as `next`."


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that waits, with the question that it would be filed under.

    ``seen`` stands for these very words; ``place`` is where the list goes on after it. ``closed_by`` is who ended the
    conversation, "agent" or "customer".
    """

    id: str
    conversation_id: str
    question: str
    answer: str
    agent: str | None
    at: str | None
    closed_by: str
    seen: str
    place: str


async def page(session: Session, limit: int = sys.maxsize, *, cursor: str | None = None) -> list[Waiting]:
    """What waits for a decision, the conversation that was harvested first first; from a ``place`` on.

    Raises:
        InputError: the cursor is none.

    """
    found: list[Waiting] = []
    async for one in _waiting(session, *_place(cursor)):
        found.append(one)
        if len(found) == limit:
            break
    return found


async def lock(session: Session, passage_ids: Sequence[str]) -> None:
    """Keep others from deciding of these answers until the transaction ends; first, where it decides of several."""
    await harvest.lock(session, {passage_id.rpartition(":")[0] for passage_id in passage_ids})


async def approve(session: Session, passage_id: str, reason: str = "", *, seen: str | None = None) -> bool:
    """Let an answer be used like an imported one; False where it was already.

    ``seen`` says which words the person judged.

    Raises:
        NotFoundError: no harvested conversation has this answer.
        ChangedError: it no longer is in these words.

    """
    one, digest = await _answer(session, passage_id, seen)
    retired = await retirements.remove(session, [passage_id])
    approved = (await harvest.approvals(session, [one.conversation.id])).get(passage_id) == digest
    if approved and not retired:
        return False
    await harvest.approve(session, one.conversation.id, passage_id, digest, reason)
    await harvest.stand(session, one.number, Standing.WAITING)
    await settle(session, one.conversation.id)
    return True


async def reject(session: Session, passage_id: str, reason: str = "", *, seen: str | None = None) -> bool:
    """Take an answer out of use; False where it was already. Raises as ``approve``."""
    one, _ = await _answer(session, passage_id, seen)
    await harvest.withdraw(session, one.conversation.id, passage_id)
    new = await retirements.add(session, [passage_id], reason)
    await settle(session, one.conversation.id)
    return bool(new)


async def settle(session: Session, conversation_id: str) -> None:
    """Note whether answers of a harvested conversation still wait; of any other nothing."""
    one = await harvest.find(session, conversation_id)
    if one is None:
        return
    open_ = bool(await _undecided(session, [one]))
    if one.standing != Standing.HELD or not open_:
        await harvest.stand(session, one.number, Standing.WAITING if open_ else Standing.REVIEWED)


async def _waiting(session: Session, number: int, turn: int) -> AsyncIterator[Waiting]:
    after = number - 1
    while found := await harvest.undecided(session, after=after, limit=_CHUNK):
        after = found[-1].number
        for answer in await _undecided(session, found):
            if _place(answer.place) > (number, turn):
                yield answer


async def _answer(session: Session, passage_id: str, seen: str | None) -> tuple[Harvested, str]:
    """The conversation of an answer, and the digest of its words."""
    one = await harvest.find(session, passage_id.rpartition(":")[0])
    for moment in moments_of(one.conversation) if one else ():
        passage = passage_of_moment(moment)
        if one and passage.id == passage_id and passage.question:
            digest = words_digest(passage)
            if seen is not None and seen != digest:
                raise ChangedError(f"{passage_id} has other words now than those that were judged; look at it again.")
            return one, digest
    raise NotFoundError(f"There is no harvested answer {passage_id!r} here; understudy review --list prints their ids.")


async def _undecided(session: Session, found: Sequence[Harvested]) -> list[Waiting]:
    """The answers of some conversations that wait and are not retired, in order."""
    standings = await standings_of(session, [one.conversation.id for one in found])
    moments = [(one, moment) for one in found for moment in moments_of(one.conversation)]
    retired = await retirements.among(session, [moment.id for _, moment in moments])
    passages = [(one, moment, passage_of_moment(moment)) for one, moment in moments if moment.id not in retired]
    return [
        Waiting(
            id=moment.id,
            conversation_id=moment.conversation_id,
            question=passage.question,
            answer=passage.answer,
            agent=moment.author,
            at=moment.created,
            closed_by="customer" if one.standing == Standing.HELD else "agent",
            seen=words_digest(passage),
            place=f"{one.number}-{moment.turn_index}",
        )
        for one, moment, passage in passages
        if passage.question and standings.waits(one.conversation, passage)
    ]


def _place(cursor: str | None) -> tuple[int, int]:
    number, dash, turn = (cursor or "0-0").partition("-")
    if not (dash and number.isdecimal() and turn.isdecimal() and len(number) < 10 and len(turn) < 10):  # noqa: PLR2004
        raise InputError(_NO_CURSOR)
    return int(number), int(turn)
