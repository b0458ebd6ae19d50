"""Whatever somebody signs in by besides their password, taken away at once: for who lost it, or had it stolen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.service.access import passkeys, second_factor
from chatbot.service.audit import Act, record
from chatbot.storage.queries import people as stored

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session


async def take_away(session: Session, now: datetime, actor: Actor, person_id: str) -> None:
    """Remove somebody's second factor, their passkeys, and who they are at the provider."""
    await second_factor.remove(session, now, actor, person_id)
    await passkeys.remove(session, now, actor, person_id)
    row = await stored.locked(session, person_id)
    if row is not None and row.provider_subject is not None:
        row.provider_subject = None
        await record(session, now, actor, Act.PROVIDER_UNLINKED, person_id)
