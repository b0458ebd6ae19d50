"""Hits: what a search proposes, with the parts of its score, and the best of it.

Knows nothing of where proposals come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval.index.view import View
    from retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found. ``similarity`` is the cosine of the questions; ``score``, the sum of ``why``, ranks.

    ``why`` holds the weighted parts: meaning (the cosine), added (what a question added to the article is nearer),
    words, tuned, votes, outcome, count, age.
    """

    passage: Passage
    score: float
    similarity: float
    place: int | None = None
    """Where the passage stands in the view it was found in, so that its answer need not be encoded again."""
    why: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposals:
    """Places and the weighted parts of their scores, each of shape (len(places)).

    "meaning" is the cosine itself, "added" what a question added to the article is nearer, a cosine as well.
    """

    places: NDArray[np.int64]
    parts: dict[str, NDArray[np.float32]]

    @classmethod
    def joined(cls, several: Sequence[Proposals]) -> Proposals:
        """All of them; they have the same parts."""
        if not several:
            nothing = np.empty(0, dtype=np.float32)
            return cls(np.empty(0, dtype=np.int64), {"meaning": nothing, "added": nothing})
        names = several[0].parts
        return cls(
            np.concatenate([each.places for each in several]),
            {name: np.concatenate([each.parts[name] for each in several]) for name in names},
        )

    @property
    def scores(self) -> NDArray[np.float32]:
        """The sums of the parts."""
        return np.asarray(np.sum(list(self.parts.values()), axis=0), dtype=np.float32)

    def best(self, k: int) -> Proposals:
        """The k with the highest scores, best first; of equals, the one that was there first."""
        order = np.lexsort((self.places, -self.scores))[:k]
        return Proposals(self.places[order], {name: part[order] for name, part in self.parts.items()})

    def hits(self, view: View) -> list[Hit]:
        """The same as hits, in this order."""
        return [
            Hit(
                view.passage(place),
                float(score),
                float(self.parts["meaning"][row] + self.parts["added"][row]),
                place,
                {name: float(part[row]) for name, part in self.parts.items() if part[row]},
            )
            for row, (place, score) in enumerate(zip(self.places.tolist(), self.scores, strict=True))
        ]
