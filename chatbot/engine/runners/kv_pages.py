"""Pages of keys and values: which belong to which sequence; counted, shared, copied when written to.

A page holds the keys and values of a fixed number of tokens in a row. A fork shares its parent's pages; whoever writes
into a page that others hold too gets a copy of its own first. Plain bookkeeping: knows no tensor.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class HeldPages:
    """A sequence: its pages in order, and how many tokens they hold."""

    pages: list[int] = field(default_factory=list)
    length: int = 0


class Pages:
    """Hands pages out. ``copy(source, target)`` copies one; ``grow(count)`` makes room for so many in all."""

    def __init__(self, tokens: int, copy: Callable[[int, int], None], grow: Callable[[int], None]) -> None:
        self._tokens = tokens
        self._copy, self._grow = copy, grow
        self._free: list[int] = []
        self._holders: Counter[int] = Counter()
        self._count = 0

    @property
    def in_use(self) -> int:
        """How many pages some sequence holds."""
        return len(self._holders)

    def extend(self, held: HeldPages, tokens: int) -> None:
        """Give a sequence the pages that ``tokens`` more need, none of those to be written shared with another.

        Its length stays: what is not written yet is not held.
        """
        last = held.length // self._tokens
        if held.length % self._tokens and self._holders[held.pages[last]] > 1:
            own = self._take()
            self._copy(held.pages[last], own)
            self._drop(held.pages[last])
            held.pages[last] = own
        missing = -(-(held.length + tokens) // self._tokens) - len(held.pages)
        held.pages.extend(self._take() for _ in range(missing))

    def fork(self, held: HeldPages, length: int) -> HeldPages:
        """A sequence that shares the first ``length`` tokens of another."""
        shared = held.pages[: -(-length // self._tokens)]
        self._holders.update(shared)
        return HeldPages(list(shared), length)

    def truncate(self, held: HeldPages, length: int) -> None:
        """Forget all but the first ``length`` tokens."""
        held.length = min(held.length, length)
        needed = -(-held.length // self._tokens)
        for page in held.pages[needed:]:
            self._drop(page)
        del held.pages[needed:]

    def _take(self) -> int:
        if not self._free:
            more = max(self._count, 1)
            self._grow(self._count + more)
            # The lowest comes first, so that memory never used stays untouched.
            self._free.extend(range(self._count + more - 1, self._count - 1, -1))
            self._count += more
        page = self._free.pop()
        self._holders[page] = 1
        return page

    def _drop(self, page: int) -> None:
        self._holders[page] -= 1
        if not self._holders[page]:
            del self._holders[page]
            self._free.append(page)
