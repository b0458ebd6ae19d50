"""The two towers of an adapter while they are trained, in torch: batches of texts, the loss, held-out figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, embedding_bag, normalize

from retrieval.adapter.adapter import weighed
from retrieval.adapter.pairs import Pairs, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """Chosen on the end of Thunderbird's train (docs/results/retrieval.md); good for any desk of some hundred pairs."""

    minutes: float = 5.0
    epochs: int = 30
    batch: int = 1024
    learning_rate: float = 1e-3
    temperature: float = 0.05
    word_decay: float = 1e-3
    map_decay: float = 1e-2
    dropout: float = 0.2
    """Share of a text's words that are left out in training, anew each time."""
    seen_in: int = 3
    """A word is known when it stands in so many texts."""
    words: int = 40_000
    patience: int = 4
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Side:
    """Texts of one tower: vectors (n, d) and words as one flat list with where each text begins (n + 1)."""

    vectors: torch.Tensor
    words: NDArray[np.int64]
    weights: NDArray[np.float32]
    starts: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        vectors: NDArray[np.float32],
        known: NDArray[np.uint64],
        rarity: NDArray[np.float32],
    ) -> _Side:
        found = [weighed(text, known, rarity) for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(words) for words, _ in found])]).astype(np.int64)
        words = np.concatenate([words for words, _ in found]).astype(np.int64)
        weights = np.concatenate([weights for _, weights in found]).astype(np.float32)
        return cls(torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32)), words, weights, starts)

    def some(
        self, rows: NDArray[np.int64], drop: float, draw: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Vectors, words, offsets and weights of these rows, with a share of the words weighing nothing."""
        spans = [np.arange(self.starts[row], self.starts[row + 1]) for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(span) for span in spans])[:-1]]).astype(np.int64)
        flat = np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)
        weights = self.weights[flat]
        if drop:
            weights = weights * (draw.random(len(flat)) >= drop).astype(np.float32) / np.float32(1 - drop)
        words, begins, shares = (torch.from_numpy(part) for part in (self.words[flat], offsets, weights))
        return self.vectors[torch.from_numpy(rows)], words, begins, shares


@dataclass(frozen=True, slots=True)
class Bags:
    """Both sides of the pairs, ready for training; ``same`` numbers rows of one group equally."""

    question: _Side
    answer: _Side
    same: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Pairs, known: NDArray[np.uint64], rarity: NDArray[np.float32]) -> Bags:
        """The pairs with the words that are known, by hash and idf."""
        numbers: dict[str, int] = {}
        same = np.array(
            [numbers.setdefault(answer, len(numbers)) for answer in pairs.groups or pairs.answers], dtype=np.int64
        )
        return cls(
            _Side.of(pairs.questions, pairs.question_vectors, known, rarity),
            _Side.of(pairs.answers, pairs.answer_vectors, known, rarity),
            same,
        )


class Towers:
    """The two towers in torch.

    They begin as the encoder itself: M is the identity plus what is learnt, at first nothing, and no word says
    anything; so weight decay pulls towards the encoder.
    """

    def __init__(self, dimension: int, words: int, settings: TuneSettings) -> None:
        self._settings = settings
        self.parameters = {
            f"{side}.{part}": torch.nn.Parameter(torch.zeros(rows, dimension))
            for side in ("question", "answer")
            for part, rows in (("map", dimension), ("words", max(1, words)))
        }

    def groups(self) -> list[dict[str, Any]]:
        """Parameters with how hard each is pulled to its start."""
        decays = {"words": self._settings.word_decay, "map": self._settings.map_decay}
        return [
            {"params": [each for name, each in self.parameters.items() if name.endswith(part)], "weight_decay": decay}
            for part, decay in decays.items()
        ]

    def seen(self, side: str, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Unit vectors of a batch, (b, d)."""
        vectors, words, offsets, weights = batch
        table = self.parameters[f"{side}.words"]
        bag = embedding_bag(words, table, offsets, mode="sum", per_sample_weights=weights)
        return normalize(vectors + vectors @ self.parameters[f"{side}.map"] + bag, dim=1)

    def loss(self, bags: Bags, rows: NDArray[np.int64], draw: np.random.Generator) -> torch.Tensor:
        """Mean of both directions; an equal answer elsewhere in the batch is no wrong answer."""
        questions = self.seen("question", bags.question.some(rows, self._settings.dropout, draw))
        answers = self.seen("answer", bags.answer.some(rows, self._settings.dropout, draw))
        scores = questions @ answers.T / self._settings.temperature
        same = torch.from_numpy(bags.same[rows])
        equal = (same[:, None] == same[None, :]) & ~torch.eye(len(rows), dtype=torch.bool)
        scores = scores.masked_fill(equal, float("-inf"))
        truth = torch.arange(len(rows))
        return (cross_entropy(scores, truth) + cross_entropy(scores.T, truth)) / 2

    def figures(self, bags: Bags) -> dict[str, float]:
        """``figures`` of held-out pairs with the weights as they are now."""
        draw = np.random.default_rng(0)
        everything = np.arange(len(bags.same))
        with torch.inference_mode():
            questions = self.seen("question", bags.question.some(everything, 0.0, draw)).numpy()
            answers = self.seen("answer", bags.answer.some(everything, 0.0, draw)).numpy()
        return figures(Pairs(everything.astype(str).tolist(), (), questions, answers), None)

    def state(self) -> dict[str, NDArray[np.float32]]:
        """A copy of the weights, the maps with their identity."""
        copied = {name: each.detach().numpy().copy() for name, each in self.parameters.items()}
        return {
            name: each + np.eye(len(each), dtype=np.float32) if name.endswith("map") else each
            for name, each in copied.items()
        }
