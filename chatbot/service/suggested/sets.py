"""The set of suggestions for a customer's message: made once, kept, and the same for everybody who asks again.

Two things are drawn, by the ids alone: in a share of conversations a set is blind, held back until somebody has
answered, so that what people write by themselves can be compared; and of two suggestions that are nearly as probable
the second sometimes stands first, so that what is taken for standing first can be told from what is taken for being
better (``propensity``, for inverse propensity weights: Joachims et al. 2017). Asks no model.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import NotFoundError
from chatbot.service.turns import spoken
from chatbot.storage.queries import conversations, suggestions
from chatbot.storage.tables.suggestions import SuggestionSetRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.clock import Clock
    from chatbot.dialogue.answer import Candidate
    from chatbot.storage.database import Session
    from data.transcripts import Turn

MOST = 3
"""Suggestions in a set."""
SWAPPED = 0.05
"""The share of sets whose first two change places, where they may."""
CLOSE = 0.1
"""They may where their probabilities differ by less."""
_MOST_TURNS = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation to suggest for: the customer's last message, all turns, and the set that is there already."""

    message_id: str
    turns: tuple[Turn, ...]
    known: SuggestionSetRow | None


@dataclass(frozen=True, slots=True)
class Versions:
    """What suggested."""

    index: str | None
    model: str | None
    contract: str | None


async def asked(session: Session, conversation_id: str) -> Asked | None:
    """What to suggest for; None where the customer has said nothing in words.

    Raises:
        NotFoundError: there is no such conversation.

    """
    conversation = await conversations.find(session, conversation_id)
    if conversation is None:
        raise NotFoundError("There is no such conversation.")
    newest = await suggestions.newest_question(session, conversation_id)
    if newest is None:
        return None
    known = await suggestions.for_message(session, newest)
    said = await conversations.messages(session, conversation_id, up_to=conversation.last_seq)
    return Asked(newest, spoken(said)[-_MOST_TURNS:], known)


async def keep(
    session: Session,
    clock: Clock,
    conversation_id: str,
    message_id: str,
    candidates: Sequence[Candidate],
    versions: Versions,
    *,
    held_back: float,
) -> SuggestionSetRow:
    """Keep what was made for a message; where somebody else did meanwhile, that is what counts."""
    await conversations.locked(session, conversation_id)
    known = await suggestions.for_message(session, message_id)
    if known is not None:
        return known
    placed, propensity = placed_by_chance(candidates[:MOST], draw("places", message_id))
    set_id = clock.new_id("s")
    row = SuggestionSetRow(
        id=set_id,
        conversation_id=conversation_id,
        message_id=message_id,
        index_version=versions.index,
        model=versions.model,
        contract=versions.contract,
        blind=draw("blind", conversation_id) < held_back,
        propensity=propensity,
        suggestions=[_stored(f"{set_id}_{number}", each) for number, each in enumerate(placed, 1)],
        created_at=clock.now(),
    )
    session.add(row)
    await session.flush()
    return row


def placed_by_chance(candidates: Sequence[Candidate], drawn: float) -> tuple[list[Candidate], float]:
    """Suggestions in the order in which they are shown, and how probable that order was; ``drawn`` is in [0, 1)."""
    placed = [*candidates]
    if len(placed) < 2 or abs(placed[0].probability - placed[1].probability) >= CLOSE:  # noqa: PLR2004 - a pair
        return placed, 1.0
    if drawn >= SWAPPED:
        return placed, 1 - SWAPPED
    return [placed[1], placed[0], *placed[2:]], SWAPPED


def draw(what: str, name: str) -> float:
    """A number in [0, 1) that is always the same for a name, and of no use for another ``what``."""
    digest = hashlib.sha256(f"{what} {name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def warnings_of(candidate: Candidate) -> list[str]:
    """What to look at before it is sent: the checks that it failed."""
    return [f"{check.name}: {check.detail}" for check in candidate.checks if not check.passed]


def _stored(name: str, candidate: Candidate) -> dict[str, Any]:
    return {
        "id": name,
        "text": candidate.text,
        "confidence": candidate.probability,
        "mode": candidate.origin,
        "evidence": [*candidate.evidence_ids],
        "warnings": warnings_of(candidate),
    }
