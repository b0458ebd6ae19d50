"""What people decided last of articles and past answers: how much of them is out of use, who did that, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service import audit
from chatbot.service.audit import Act
from chatbot.storage.queries import retirements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from chatbot.storage.database import Session


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done. ``who`` is None where that was not recorded; ``reason`` is of what is out of use alone."""

    act: Act
    who: str | None
    at: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many passages of something are out of use, and what was decided last of any."""

    out: int = 0
    last: Decision | None = None


async def standings(session: Session, names: Mapping[str, Collection[str]]) -> dict[str, Standing]:
    """Where some hundreds of things stand, each by the names under which it is retired: passages, an article's slug."""
    ids = {each for own in names.values() for each in own}
    retired = {each.passage_id: each for each in await retirements.of(session, ids)}
    recorded = await audit.latest(session, [Act.RETIRED, Act.RESTORED, Act.APPROVED], ids)
    found = {}
    for name, own in names.items():
        out = [retired[each] for each in own if each in retired]
        done = [recorded[each] for each in own if each in recorded]
        last = max(done, key=lambda each: each.at, default=None)
        reason = out[0].reason if out else None
        decision = Decision(last.act, last.who, last.at, reason) if last else None
        if out and (decision is None or decision.act is not Act.RETIRED):  # retired where nobody noted it
            decision = Decision(Act.RETIRED, None, out[0].at.isoformat(), reason)
        found[name] = Standing(len(out), decision)
    return found
