"""Decides which sequences run in the next step, and how much of each. Plain Python: no model, no clock, no thread.

Every step is planned anew (Yu et al. 2022, "Orca"): texts being written get their next token first, and what is left
of the step goes to prompts, in pieces (Agrawal et al. 2023, "Sarathi"), so that a long prompt never stalls a running
reply. Conversations take turns, not requests.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from chatbot.engine.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once.

    ``step_tokens``: of one step, so that no token waits long for the next. ``reading_tokens``: of a step in which
    nobody writes, since one long step reads faster than two. ``prompt_tokens``: what prompts get of a step even where
    running texts fill it. ``kept_tokens``: of all running sequences together, by memory.
    ``running_each``: of one conversation.
    """

    step_tokens: int = 256
    reading_tokens: int = 512
    prompt_tokens: int = 32
    running: int = 32
    running_each: int = 4
    waiting: int = 256
    kept_tokens: int = 2**17


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A sequence and how many of its due ids it runs in this step."""

    sequence: Sequence
    tokens: int


class Scheduler:
    """The sequences of one engine: those that wait, by conversation, and those that run."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        # The conversation whose turn it is comes first.
        self._waiting: OrderedDict[Hashable, deque[Sequence]] = OrderedDict()
        self._running: list[Sequence] = []
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._count

    @property
    def running(self) -> tuple[Sequence, ...]:
        """Those that run, in the order in which they were let in."""
        return tuple(self._running)

    @property
    def full(self) -> bool:
        """Whether nothing more may be added."""
        return self._count >= self._limits.waiting

    def __iter__(self) -> Iterator[Sequence]:
        yield from self._running
        for queue in self._waiting.values():
            yield from queue

    def add(self, sequence: Sequence) -> None:
        """Let a sequence wait for its turn. It is the caller's to ask first whether that is ``full``."""
        self._waiting.setdefault(sequence.conversation, deque()).append(sequence)
        self._count += 1

    def remove(self, sequence: Sequence) -> None:
        """Forget a sequence, wherever it stands.

        Raises:
            ValueError: it stands nowhere.

        """
        if sequence in self._running:
            self._running.remove(sequence)
            return
        queue = self._waiting.get(sequence.conversation, deque())
        queue.remove(sequence)
        self._count -= 1
        if not queue:
            del self._waiting[sequence.conversation]

    def admit(self) -> list[Sequence]:
        """Let in whom there is room for: one of each conversation in turn. Returns those that begin to run."""
        begun: list[Sequence] = []
        kept = sum(sequence.most for sequence in self._running)
        each = Counter(sequence.conversation for sequence in self._running)
        passed = 0
        while passed < len(self._waiting) and len(self._running) < self._limits.running:
            conversation, queue = next(iter(self._waiting.items()))
            self._waiting.move_to_end(conversation)
            fits = kept + queue[0].most <= self._limits.kept_tokens or not self._running
            if not fits or each[conversation] >= self._limits.running_each:
                passed += 1
                continue
            sequence = queue.popleft()
            if not queue:
                del self._waiting[conversation]
            self._count -= 1
            self._running.append(sequence)
            begun.append(sequence)
            each[conversation] += 1
            kept += sequence.most
            passed = 0
        return begun

    def plan(self) -> list[Scheduled]:
        """The next step: every running text its one token, then as much of prompts and candidates as there is room."""
        writing = [sequence for sequence in self._running if sequence.decodes]
        shares = [Scheduled(sequence, sequence.due) for sequence in writing]
        room = self._limits.step_tokens if writing else self._limits.reading_tokens
        left = max(room - len(writing), self._limits.prompt_tokens)
        for sequence in self._reading():
            tokens = min(sequence.due, left)
            if tokens <= 0:
                break
            shares.append(Scheduled(sequence, tokens))
            left -= tokens
        return shares

    def _reading(self) -> list[Sequence]:
        """Those that read, a conversation's second behind the first of every other."""
        rank: Counter[Hashable] = Counter()
        ranked = []
        for place, sequence in enumerate(self._running):
            if not sequence.decodes:
                ranked.append((rank[sequence.conversation], place, sequence))
                rank[sequence.conversation] += 1
        return [sequence for *_, sequence in sorted(ranked, key=lambda one: one[:2])]
