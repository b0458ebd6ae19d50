"""What was sent, held against what was suggested: as it was, edited, or not used. Only the server says so.

Runs in the transaction that stores the reply. A person's first reply after the customer's last message decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz.distance import Levenshtein

from chatbot.dialogue.check.fact_diff import FactDiff, fact_diff
from chatbot.dialogue.text.normalise import comparable
from chatbot.storage.queries import suggestions as stored

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import MessageRow

AS_IS, EDITED, UNUSED = "as_is", "edited", "unused"
EDITED_MOST = 0.4
"""Edit size up to which a text counts as a suggestion that was edited, though nobody said that it was put in."""
INSERTED_MOST = 0.6
"""The same where somebody put it into the reply: beyond it they have written another."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The suggestion that is nearest to a reply: ``used`` is its id, None where it is another text.

    ``edit_size`` is the normalised Levenshtein distance of what a reader sees, 0 (the same) to 1.
    """

    outcome: str
    used: str | None
    edit_size: float | None
    facts: FactDiff


async def compare(session: Session, reply: MessageRow) -> None:
    """Note on the set that was open for the customer's last message what came of it; without one nothing."""
    if not await stored.any_set(session, reply.conversation_id):
        return
    row = await stored.open_set(session, reply.conversation_id, reply.id)
    if row is None:
        return
    done = await stored.events(session, [row.id])
    inserted = {event.suggestion_id for event in done if event.kind == "inserted"}
    found = compared(row.suggestions, reply.text, inserted)
    row.outcome, row.used, row.edit_size, row.sent_id = found.outcome, found.used, found.edit_size, reply.id
    row.facts = {"added": [*map(list, found.facts.added)], "dropped": [*map(list, found.facts.dropped)]}
    await session.flush()


def compared(suggested: Sequence[Mapping[str, Any]], sent: str, inserted: Collection[str] = ()) -> Compared:
    """How a reply stands to what was suggested; ``inserted`` are the ids that somebody put into it."""
    if not suggested:
        return Compared(UNUSED, None, None, FactDiff())
    said = comparable(sent)

    def distance(one: Mapping[str, Any]) -> float:
        return Levenshtein.normalized_distance(comparable(one["text"]), said)

    nearest = min((each for each in suggested if each["id"] in inserted), key=distance, default=None)
    if nearest is None or min(map(distance, suggested)) == 0:
        nearest = min(suggested, key=distance)
    size, put_in = distance(nearest), nearest["id"] in inserted
    kept_whole = put_in and comparable(nearest["text"]) in said
    used = kept_whole or size <= (INSERTED_MOST if put_in else EDITED_MOST)
    outcome = (EDITED if size else AS_IS) if used else UNUSED
    facts = fact_diff(nearest["text"], sent) if size else FactDiff()
    return Compared(outcome, nearest["id"] if used else None, round(size, 4), facts)
