"""Pairs of answers of which people preferred one: what was sent, against a suggestion edited, passed over or refused.

Questions, and replies that somebody wrote, are those of the stored transcript, so masked and cleaned, and only of
conversations in which nothing waits for a person's judgement (ADR 30): weights cannot forget. A suggestion that was
taken as it was counts against those that stood above it, which were read and passed over (Joachims et al. 2005), not
against those below, of which nobody knows whether they were read. Sets that were held back until somebody had answered
are no choice and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from chatbot.dialogue.text.normalise import comparable
from chatbot.learning.training.splits import HELD_OUT as NEVER_LEARNT
from chatbot.storage.queries import corpus, harvest, suggestions
from chatbot.storage.tables.corpus import Standing
from data.masking.mask import Masker
from data.moments import Moment
from data.split import held_out
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.storage.database import Database, Session
    from chatbot.storage.queries.suggestions import Sent
    from data.transcripts import Conversation

HELD_OUT = 0.2
"""Share of the conversations whose pairs are measured on, by hash of their id."""
FEWEST_LEARNT, FEWEST_MEASURED = 40, 10
"""Pairs below which preferences are not learnt."""
STALE = "Preferences were not learnt: too many of the answers that people preferred are gone or wait for a person."
_AT_ONCE = 200
_SAME = 85.0
"""Likeness (0 to 100) from which a stored turn is taken for the reply that was sent: masking has changed some words."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A moment, whose answer is what was sent, and the text of a suggestion that was not preferred.

    ``evidence``: ids of the passages that what was sent is from, where it was a suggestion taken as it was.
    """

    moment: Moment
    rejected: str
    evidence: tuple[str, ...] = ()


async def preferences(database: Database) -> list[Preference]:
    """All pairs that people's handling of suggestions has left, in order of time."""
    found: list[Preference] = []
    after = None
    async with database.read() as session:
        while some := await suggestions.page(session, after=after, limit=_AT_ONCE):
            after = (some[-1].row.created_at, some[-1].row.id)
            found.extend(await _of_sets(session, [each for each in some if each.text and not each.row.blind]))
    return found


def divided(pairs: Iterable[Preference]) -> tuple[list[Preference], list[Preference]]:
    """To learn from, and to measure on, by conversation; what training never learns from is only measured on."""
    learnt: list[Preference] = []
    measured: list[Preference] = []
    for each in pairs:
        name = each.moment.conversation_id
        apart = held_out(name, NEVER_LEARNT) or held_out(name, HELD_OUT, salt="preferences")
        (measured if apart else learnt).append(each)
    return learnt, measured


def too_few(learnt: int, measured: int) -> str | None:
    """Why preferences are not learnt from so few, as a sentence; None where they are enough."""
    if learnt >= FEWEST_LEARNT and measured >= FEWEST_MEASURED:
        return None
    return (
        f"Preferences were not learnt: {learnt + measured} suggestions were edited, passed over or refused in "
        f"conversations that are reviewed ({learnt} to learn from, {measured} to measure on), where at least "
        f"{FEWEST_LEARNT} and {FEWEST_MEASURED} are needed. They grow as agents answer with suggestions."
    )


async def _of_sets(session: Session, sets: Sequence[Sent]) -> list[Preference]:
    known = {each.id: each for each in await corpus.conversations(session, {each.row.conversation_id for each in sets})}
    asked = await suggestions.questions(session, [each.row.message_id for each in sets])
    refused: dict[str, set[str]] = {}
    for event in await suggestions.events(session, [each.row.id for each in sets]):
        if event.kind == "rejected":
            refused.setdefault(event.set_id, set()).add(event.suggestion_id)
    found = []
    for each in sets:
        conversation = known.get(each.row.conversation_id)
        if conversation is not None and await _reviewed(session, conversation.id):
            question = asked.get(each.row.message_id, "")
            found.extend(_of_set(each, question, conversation, refused.get(each.row.id, set())))
    return found


async def _reviewed(session: Session, conversation_id: str) -> bool:
    one = await harvest.find(session, conversation_id)
    return one is not None and one.standing == Standing.REVIEWED


def _of_set(sent: Sent, question: str, conversation: Conversation, refused: set[str]) -> list[Preference]:
    suggested: list[dict[str, Any]] = sent.row.suggestions
    used = next((rank for rank, each in enumerate(suggested) if each["id"] == sent.row.used), None)
    as_it_was = used is not None and not sent.row.edit_size
    evidence = tuple(suggested[used]["evidence"]) if as_it_was and used is not None else ()
    rejected = [
        each["text"]
        for rank, each in enumerate(suggested)
        if each["id"] in refused or (used is not None and (rank < used or (rank == used and not as_it_was)))
    ]
    chosen, *masked = Masker().mask_all([sent.text or "", *rejected])
    # What was sent as it was is no turn of the transcript, which takes it for the bot's.
    moment = _moment(conversation, question, sent.text or "", chosen if as_it_was else None)
    if moment is None:
        return []
    return [
        Preference(moment, text, evidence)
        for text in dict.fromkeys(masked)
        if text.strip() and comparable(text) != comparable(moment.answer)
    ]


def _moment(conversation: Conversation, question: str, sent: str, answer: str | None) -> Moment | None:
    """The stored question with what was said before it, and ``answer``, or what the transcript has of ``sent``."""
    place = _place(conversation, Role.CUSTOMER, question, 0)
    if place is None:
        return None
    if answer is None:
        reply = _place(conversation, Role.AGENT, sent, place)
        if reply is None:
            return None
        answer = conversation.turns[reply].text
    return Moment(
        id=f"{conversation.id}:preferred:{place}",
        conversation_id=conversation.id,
        turn_index=place + 1,
        context=conversation.turns[: place + 1],
        answer=answer,
        language=conversation.language,
        created=conversation.created,
    )


def _place(conversation: Conversation, role: Role, text: str, start: int) -> int | None:
    """Where something was said, from ``start`` on; None where nothing is like it."""
    wanted = comparable(text)
    likeness = {
        place: fuzz.ratio(comparable(turn.text), wanted)
        for place, turn in enumerate(conversation.turns)
        if place >= start and turn.role is role
    }
    best = max(likeness, key=lambda place: likeness[place], default=None)
    return None if best is None or likeness[best] < _SAME else best
