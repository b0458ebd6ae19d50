"""Backing: who else says what an answer says, and whether that is enough to say it to anybody.

One conversation is one customer's case. What answers to different customers by more than one agent say, or an article,
is the desk's word. Sees texts and keys of people, no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.passages import PassageKind
from retrieval.voices import UNTOLD, customers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from retrieval.passages import Passage
    from retrieval.voices import Voice

CORROBORATED = 3
"""Conversations with different customers that have to say the same."""
AGENTS = 2
"""Agents who have to have said it, in a desk whose transcripts name them."""


@dataclass(frozen=True)
class Backing:
    """What was found near a question, and a way to look up who in the whole desk uses a word.

    ``near`` are past answers, the one that is checked among them, and articles. ``using`` finds the answers and
    articles that hold all words of a text; ``common`` tells whether a word is used by support desks in general, by an
    article, or by two agents to two customers. ``named``: the desk's transcripts say who answered; where none
    does, agents cannot be told apart and are not counted.
    """

    near: Sequence[Passage]
    using: Callable[[str], Sequence[Passage]]
    common: Callable[[str], bool]
    needed: int = CORROBORATED
    named: bool = False

    def enough(self, saying: Iterable[Passage], *, least: int = 1) -> bool:
        """Whether these passages, which say the same, are enough: an article, or ``needed`` different customers.

        ``least`` is the smallest number that counts, whatever is needed. Where one is enough, so is an answer that a
        person approved; a code or a name that it holds may still be one customer's.
        """
        voices: list[Voice] = []
        for passage in saying:
            if passage.kind is PassageKind.ARTICLE or (passage.approved and least == 1):
                return True
            voices += passage.heard_from
        needed = max(self.needed, least)
        agents = {voice.agent for voice in voices}  # those who are not named count as one
        counted = self.named or UNTOLD in agents
        return customers(voices) >= needed and (not counted or len(agents - {UNTOLD}) >= min(AGENTS, needed))
