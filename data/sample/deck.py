"""A deck of cards: everything is drawn once before anything is drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class Deck(Generic[T]):
    """Shuffled by the given generator, and shuffled anew when too little of it is left."""

    def __init__(self, cards: Sequence[T], rng: random.Random) -> None:
        self._cards, self._rng = tuple(cards), rng
        self._left: list[T] = []

    def draw(self, fits: Callable[[T], bool] | None = None) -> T:
        """Take the next card that fits; the ones passed over stay for later.

        Raises:
            LookupError: no card of the whole deck fits.

        """
        for pile in (self._left, self._shuffled()):
            for place in range(len(pile) - 1, -1, -1):
                if fits is None or fits(pile[place]):
                    card = pile.pop(place)
                    self._left = pile
                    return card
        raise LookupError("no card of this deck fits")

    def _shuffled(self) -> list[T]:
        pile = list(self._cards)
        self._rng.shuffle(pile)
        return pile
