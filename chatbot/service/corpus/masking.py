"""Masks stored transcripts anew, where the rules have learnt to find more since.

Batch by batch, each in its own transaction, so that it can be stopped at any time and goes on where it was: what is
done carries the rules' version. Changed conversations are in the corpus' log, which the index follows; their ids and
moments stay, and with them what was retired. Tells kinds and counts, never a value.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.storage.queries import masking as stored_masking
from data.masking.conversation import mask_conversation
from data.masking.kinds import VERSION
from data.progress import Report, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from chatbot.storage.database import Database
    from chatbot.storage.queries.masking import Stored
    from data.transcripts import Conversation

STEP = "mask"
_A_TRANSACTION = 200


@dataclass(slots=True)
class MaskSummary:
    """What masking anew did, in counts of conversations, and how many places of each kind it masked."""

    looked_at: int = 0
    changed: int = 0
    masked: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Counts as JSON."""
        return {"looked_at": self.looked_at, "changed": self.changed, "masked": dict(self.masked.most_common())}


async def mask_anew(
    database: Database,
    *,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
    everything: bool = False,
    report: Report = silent,
) -> MaskSummary:
    """Mask what older rules than today's have masked, or all of it; ``keep`` and ``countries`` as in an import.

    Reports conversations done of those that there are to do.
    """
    if everything:
        async with database.write() as session:
            await stored_masking.forget_all(session)
    async with database.read() as session:
        total = await stored_masking.count_older(session, VERSION)
    summary, last = MaskSummary(), 0
    report(STEP, 0, total)
    while True:
        async with database.read() as session:
            batch = await stored_masking.older(session, VERSION, last, _A_TRANSACTION)
        if not batch:
            break
        last = batch[-1].row
        masked, counts = await asyncio.to_thread(_masked, batch, keep, countries)
        async with database.write() as session:
            summary.changed += await stored_masking.store(session, masked)
        summary.looked_at += len(batch)
        summary.masked.update(counts)
        report(STEP, min(summary.looked_at, total), total)
    return summary


def _masked(
    batch: Sequence[Stored], keep: Collection[str], countries: Collection[str]
) -> tuple[list[tuple[Stored, Conversation]], Counter[str]]:
    """Each conversation beside itself masked, and how many places of each kind were masked in all."""
    counts: Counter[str] = Counter()
    pairs = []
    for stored in batch:
        conversation, found = mask_conversation(stored.conversation, keep, countries)
        counts.update(found)
        pairs.append((stored, conversation))
    return pairs, counts
