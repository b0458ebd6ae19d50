"""Whether an answer waits: it was given in a live conversation, and nobody approved it in these words.

One customer's answer is not yet the desk's. While it waits it is shown to people and sent to nobody, unless enough
others say the same (which is not known here).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from chatbot.storage.queries import harvest
from chatbot.storage.tables.corpus import HARVESTED
from data.transcripts import COUNTS_AS, Role
from retrieval.voices import UNTOLD

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chatbot.storage.database import Session
    from data.transcripts import Conversation
    from retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class Standings:
    """The ids of harvested conversations, and the digests of what was approved of them by passage id."""

    harvested: frozenset[str]
    approved: Mapping[str, str]

    def waits(self, conversation: Conversation, passage: Passage) -> bool:
        """Whether a passage of this conversation waits."""
        if conversation.source != HARVESTED or conversation.id not in self.harvested:
            return False
        return self.approved.get(passage.id) != words_digest(passage)

    def marked(self, conversation: Conversation, passages: Sequence[Passage]) -> list[Passage]:
        """The passages of this conversation, marked as waiting or approved where it is a harvested one.

        Its customer is known for sure, so the same words of another are another's and no copy of a file. Its agents are
        known by their keys; by names alone, as until these were noted, they are not: anybody could give those.
        """
        if conversation.source != HARVESTED or conversation.id not in self.harvested:
            return list(passages)
        known = all(COUNTS_AS in turn.extras for turn in conversation.turns if turn.role is Role.AGENT)
        sure: dict[str, str | None] = {"words": None} if known else {"words": None, "agent": UNTOLD}
        marked = []
        for passage in passages:
            waits = self.waits(conversation, passage)
            voices = tuple(voice._replace(**sure) for voice in passage.voices)
            marked.append(replace(passage, waits=waits, approved=not waits, voices=voices))
        return marked


async def standings_of(session: Session, among: Collection[str] | None = None) -> Standings:
    """The standings of all conversations, or of those ``among`` some hundreds."""
    return Standings(await harvest.ids(session, among), await harvest.approvals(session, among))


def words_digest(passage: Passage) -> str:
    """What a person judges: the answer, and the question that it is filed under. Other words are another judgement."""
    return blake2b(f"{passage.question}\0{passage.answer}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
