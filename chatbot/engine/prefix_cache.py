"""Prefix cache: keeps the keys and values of finished sequences for the next turn of the same conversation.

A longer dialogue begins with the ids of the shorter one (``finetune.prompt``), so its keys and values are already
there. The least recently used goes first when the memory is full. Few sequences are kept, so that looking through all
of them costs less than a tree of blocks would.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.engine.runners.runner import Runner

KEPT_BYTES = 2**27
"""Keys and values kept of all finished sequences: 128 MiB, 7,000 tokens of the model that ships."""
MOST = 64
_TAIL = 64
"""A sequence may lose so many ids at its end to be gone on with; of one that would lose more a copy is made."""


class Prefixes:
    """Finished sequences of one runner, by their ids. Owns their slots."""

    def __init__(self, runner: Runner, *, kept_bytes: int = KEPT_BYTES, most: int = MOST) -> None:
        self._runner = runner
        self._tokens = kept_bytes // max(runner.token_bytes, 1)
        self._most = most
        self._held = 0
        self._slots: OrderedDict[tuple[int, ...], int] = OrderedDict()  # the most recently used comes last

    @property
    def kept_bytes(self) -> int:
        """The memory that all of it takes."""
        return self._held * self._runner.token_bytes

    def take(self, ids: Sequence[int]) -> tuple[int, int]:
        """A slot of the caller's own that holds a beginning of ``ids``, and how many of them.

        The last id is never held: what follows it is what is asked for.
        """
        wanted = tuple(ids)
        nearest = max(self._slots, key=lambda known: shared(known, wanted), default=())
        held = min(shared(nearest, wanted), len(wanted) - 1)
        if held <= 0:
            return self._runner.start(), 0
        if len(nearest) - held > _TAIL:
            self._slots.move_to_end(nearest)
            return self._runner.fork(self._slots[nearest], held), held
        slot = self._slots.pop(nearest)
        self._held -= len(nearest)
        self._runner.truncate(slot, held)
        return slot, held

    def give(self, ids: Sequence[int], slot: int) -> None:
        """Keep a slot that holds ``ids`` and is nobody's any more; or release it where there is no room."""
        key = tuple(ids)
        if not key or len(key) > self._tokens or key in self._slots:
            self._runner.release(slot)
            return
        self._slots[key] = slot
        self._held += len(key)
        while self._held > self._tokens or len(self._slots) > self._most:
            old, its_slot = self._slots.popitem(last=False)
            self._held -= len(old)
            self._runner.release(its_slot)

    def clear(self) -> None:
        """Release all of it."""
        while self._slots:
            self._runner.release(self._slots.popitem()[1])
        self._held = 0


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two sequences have in common at their beginning."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
