"""What people did with suggestions, as their programs tell it; and all of it, set by set, for whoever measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotFoundError
from chatbot.storage.queries import suggestions as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chatbot.clock import Clock
    from chatbot.storage.database import Session
    from chatbot.storage.queries.suggestions import Sent
    from chatbot.storage.tables.suggestions import SuggestionEventRow

_OF_ONE = frozenset({"expanded", "inserted"})


async def note(session: Session, clock: Clock, set_id: str, by: str, events: Sequence[dict[str, Any]]) -> int:
    """Keep what somebody did; what is known already changes nothing. How many were new.

    Raises:
        NotFoundError: there is no such set.
        InputError: an event names a suggestion that is not in it, or none where it has to.

    """
    row = await stored.locked(session, set_id)
    if row is None:
        raise NotFoundError("There is no such set of suggestions.")
    known = {each["id"] for each in row.suggestions}
    new = 0
    for event in events:
        which = event["suggestion_id"]
        if which and which not in known:
            raise InputError(f"The set has no suggestion {which!r}.")
        if not which and event["kind"] in _OF_ONE:
            raise InputError(f"An event `{event['kind']}` names the suggestion that it is about.")
        new += await stored.note(session, {**event, "set_id": set_id, "by": by, "created_at": clock.now()})
    return new


async def page(session: Session, *, after: tuple[datetime, str] | None, limit: int) -> list[dict[str, Any]]:
    """Some sets with what became of them, the oldest first."""
    return await _shown(session, await stored.page(session, after=after, limit=limit))


async def one(session: Session, set_id: str) -> dict[str, Any]:
    """One set with what became of it.

    Raises:
        NotFoundError: there is none.

    """
    found = await stored.one(session, set_id)
    if found is None:
        raise NotFoundError("There is no such set of suggestions.")
    return (await _shown(session, [found]))[0]


async def _shown(session: Session, found: Sequence[Sent]) -> list[dict[str, Any]]:
    done: dict[str, list[dict[str, Any]]] = {}
    for event in await stored.events(session, [sent.row.id for sent in found]):
        done.setdefault(event.set_id, []).append(_event(event))
    return [_set(sent, done.get(sent.row.id, [])) for sent in found]


def _set(sent: Sent, events: list[dict[str, Any]]) -> dict[str, Any]:
    row = sent.row
    return {
        "set_id": row.id,
        "conversation_id": row.conversation_id,
        "message_id": row.message_id,
        "index": row.index_version,
        "model": row.model,
        "contract": row.contract,
        "blind": row.blind,
        "propensity": row.propensity,
        "at": row.created_at,
        "suggestions": [{**each, "rank": rank} for rank, each in enumerate(row.suggestions, 1)],
        "events": events,
        "outcome": row.outcome,
        "used": row.used,
        "edit_size": row.edit_size,
        "facts": row.facts,
        "sent_id": row.sent_id,
        "sent": sent.text,
    }


def _event(row: SuggestionEventRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("reason", "words", "offered", "taken", "kept")}
    about = row.suggestion_id or None
    return {"kind": row.kind, "suggestion_id": about, "by": row.by, "at": row.created_at, **told}
