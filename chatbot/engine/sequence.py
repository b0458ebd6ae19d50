"""One request on its way through the engine: its ids, how many of them the runner holds, what is still to do.

Plain state, no numbers of a model: the scheduler counts with it, the engine moves it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chatbot.engine.protocol import Event, Generate, Request, RequestOutcome, Score
from chatbot.engine.speculation import Proposer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


@dataclass(slots=True, eq=False)
class Sequence:
    """A request that was taken in. ``until`` is when its time is over, on the engine's clock."""

    request: Request
    listener: Callable[[Event], object]
    until: float | None
    ids: list[int] = field(init=False)
    held: int = 0
    slot: int | None = None
    rows: list[int] = field(init=False)
    scores: list[float] = field(init=False)
    outcome: RequestOutcome | None = None
    randomness: np.random.Generator = field(init=False)
    _proposer: Proposer | None = field(init=False)

    def __post_init__(self) -> None:
        request = self.request
        self.ids = list(request.prompt)
        candidates = request.candidates if isinstance(request, Score) else ()
        self.scores = [0.0] * len(candidates)
        # Candidates still to judge, by number. Of one with a single token the prompt alone says all.
        self.rows = [number for number, candidate in enumerate(candidates) if len(candidate) > 1]
        self.randomness = np.random.default_rng(request.sampling.seed if isinstance(request, Generate) else 0)
        self._proposer = Proposer(request.evidence) if isinstance(request, Generate) and request.evidence else None

    @property
    def conversation(self) -> Hashable:
        """Whose turn this request takes: its conversation's, or a turn of its own where it names none."""
        return self if self.request.conversation is None else self.request.conversation

    @property
    def written(self) -> list[int]:
        """The ids behind the prompt."""
        return self.ids[len(self.request.prompt) :]

    @property
    def decodes(self) -> bool:
        """Whether its prompt is read and it goes on token by token."""
        return isinstance(self.request, Generate) and self.held >= len(self.request.prompt)

    @property
    def due(self) -> int:
        """How many ids it could run in the next step."""
        if self.held < len(self.ids):
            return len(self.ids) - self.held
        return sum(self.row_length(number) for number in self.rows)

    @property
    def most(self) -> int:
        """How many ids it can come to hold."""
        following = self.request.sampling.max_tokens if isinstance(self.request, Generate) else self.request.following
        return len(self.request.prompt) + following

    def row_length(self, number: int) -> int:
        """How many ids of a candidate have to be run: its last is judged and leads nowhere."""
        assert isinstance(self.request, Score)
        return len(self.request.candidates[number]) - 1

    def prompt_lookup(self, context_tokens: int) -> tuple[int, ...]:
        """What its text is likely to go on with, as far as there is room and a use for it."""
        if self._proposer is None or not isinstance(self.request, Generate):
            return ()
        left = self.request.sampling.max_tokens - (len(self.ids) - len(self.request.prompt))
        return self._proposer.propose(self.ids, min(left, context_tokens - len(self.ids)) - 1)
