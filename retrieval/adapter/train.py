"""Teaches a ``DeskAdapter`` on a desk's own pairs: a question with the answer it got, or with the article it was sent.

Contrastive learning (InfoNCE: van den Oord et al. 2018) in both directions: among the answers of a batch, and some that
lie near in the index, the question's own has to be the nearest; likewise for the answer. The frozen encoder's vectors
are handed in, so that an epoch takes seconds on two cores. Stops in a time budget, or when pairs of conversations that
were held out get no better, and returns the best state of them. Knows texts and vectors: no database, no versions.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from data.progress import silent
from retrieval.adapter.adapter import DeskAdapter, Tower, weighed
from retrieval.terms import terms
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from numpy.typing import NDArray

    from data.progress import Report


_AMONG = 1000


class TuneError(ValueError):
    """There is nothing to learn from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions and the answers that belong to them, row by row, with the encoder's vectors of both, (n, d).

    Rows of one ``group`` are no wrong answers to each other; by default those with the same answer.
    """

    questions: Sequence[str]
    answers: Sequence[str]
    question_vectors: NDArray[np.float32]
    answer_vectors: NDArray[np.float32]
    groups: Sequence[str] = ()

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.questions)


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
class Tuned:
    """The adapter, and how held-out pairs did: hit@1 and MRR of a pair's own answer among ``among`` others."""

    adapter: DeskAdapter
    before: dict[str, float]
    after: dict[str, float]
    curve: list[dict[str, float]] = field(default_factory=list)

    @property
    def better(self) -> bool:
        """Whether held-out questions find their answers better than with the encoder alone."""
        return self.after["mrr"] > self.before["mrr"]


def tune(
    pairs: Pairs,
    held_out: Pairs,
    encoder: str,
    settings: TuneSettings | None = None,
    report: Report = silent,
) -> Tuned:
    """Train an adapter for the encoder with this fingerprint. Reports step "tune" in batches.

    Raises:
        TuneError: fewer than two pairs to learn from, or none held out.

    """
    import torch

    wish = settings or TuneSettings()
    if len(pairs) < 2 or not len(held_out):  # noqa: PLR2004
        raise TuneError(f"{len(pairs)} pairs to learn from and {len(held_out)} held out are too few to tune on.")
    torch.manual_seed(wish.seed)
    known, rarity = vocabulary([*pairs.questions, *pairs.answers], wish)
    model = _Towers(pairs.question_vectors.shape[1], len(known))
    learnt, kept = _Bags.of(pairs, known, rarity), _Bags.of(held_out, known, rarity)
    before = model.figures(kept)
    best, best_state, curve = before, model.state(), [{"epoch": 0.0, **before}]
    optimiser = torch.optim.AdamW(model.groups(wish), lr=wish.learning_rate)
    draw = np.random.default_rng(wish.seed)
    steps = max(1, len(pairs) // wish.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, wish.learning_rate, total_steps=steps * wish.epochs + 1)
    deadline, since = time.monotonic() + 60 * wish.minutes, 0
    for epoch in range(wish.epochs):
        for step, rows in enumerate(_batches(len(pairs), wish.batch, draw)):
            loss = model.loss(learnt, rows, wish, draw)
            if not torch.isfinite(loss):
                raise TuneError("The loss is no number any more: lower the learning rate.")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            report("tune", epoch * steps + min(step + 1, steps), steps * wish.epochs)
        found = model.figures(kept)
        curve.append({"epoch": float(epoch + 1), "loss": float(loss.detach()), **found})
        if found["mrr"] > best["mrr"]:
            best, best_state, since = found, model.state(), 0
        else:
            since += 1
        if since >= wish.patience or time.monotonic() > deadline:
            break
    report("tune", steps * wish.epochs, steps * wish.epochs)
    question, answer = (
        Tower(best_state[f"{side}.map"], best_state[f"{side}.words"]) for side in ("question", "answer")
    )
    return Tuned(DeskAdapter(encoder, known, rarity, question, answer), before, best, curve)


def figures(pairs: Pairs, adapter: DeskAdapter | None) -> dict[str, float]:
    """How well questions find their own answer among (at most) a thousand, with an adapter or with the encoder alone.

    Returns ``hit@1`` and ``mrr``; an answer as near as the true one counts as nearer.
    """
    questions, answers = pairs.question_vectors, pairs.answer_vectors
    if adapter is not None:
        questions = adapter.questions(pairs.questions, questions)
        answers = adapter.answers(pairs.answers, answers)
    ranks: list[NDArray[np.int64]] = []
    for start in range(0, len(pairs), _AMONG):
        scores = questions[start : start + _AMONG] @ answers[start : start + _AMONG].T
        ranks.append((scores >= scores.diagonal()[:, None]).sum(axis=1))
    rank = np.concatenate(ranks)
    return {"hit@1": float((rank == 1).mean()), "mrr": float((1 / rank).mean())}


def vocabulary(texts: Sequence[str], settings: TuneSettings) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """The words worth knowing: sorted hashes and their idf, the most frequent first to be kept."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(set(hashes(terms(text)).tolist()))
    frequent = [(word, count) for word, count in counts.most_common(settings.words) if count >= settings.seen_in]
    frequent.sort()
    known = np.array([word for word, _ in frequent], dtype=np.uint64)
    seen = np.array([count for _, count in frequent], dtype=np.float32)
    return known, np.log((len(texts) + 1) / seen).astype(np.float32)


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
        import torch

        found = [weighed(text, known, rarity) for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(words) for words, _ in found])]).astype(np.int64)
        words = np.concatenate([words for words, _ in found]).astype(np.int64)
        weights = np.concatenate([weights for _, weights in found]).astype(np.float32)
        return cls(torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32)), words, weights, starts)

    def some(
        self, rows: NDArray[np.int64], drop: float, draw: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Vectors, words, offsets and weights of these rows, with a share of the words weighing nothing."""
        import torch

        spans = [np.arange(self.starts[row], self.starts[row + 1]) for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(span) for span in spans])[:-1]]).astype(np.int64)
        flat = np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)
        weights = self.weights[flat]
        if drop:
            weights = weights * (draw.random(len(flat)) >= drop).astype(np.float32) / np.float32(1 - drop)
        words, begins, shares = (torch.from_numpy(part) for part in (self.words[flat], offsets, weights))
        return self.vectors[torch.from_numpy(rows)], words, begins, shares


@dataclass(frozen=True, slots=True)
class _Bags:
    """Both sides of the pairs, ready for training; ``same`` numbers rows of one group equally."""

    question: _Side
    answer: _Side
    same: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Pairs, known: NDArray[np.uint64], rarity: NDArray[np.float32]) -> _Bags:
        numbers: dict[str, int] = {}
        same = np.array(
            [numbers.setdefault(answer, len(numbers)) for answer in pairs.groups or pairs.answers], dtype=np.int64
        )
        return cls(
            _Side.of(pairs.questions, pairs.question_vectors, known, rarity),
            _Side.of(pairs.answers, pairs.answer_vectors, known, rarity),
            same,
        )


class _Towers:
    """The two towers in torch.

    They begin as the encoder itself: M is the identity plus what is learnt, at first nothing, and no word says
    anything; so weight decay pulls towards the encoder.
    """

    def __init__(self, dimension: int, words: int) -> None:
        import torch

        self.parameters = {
            f"{side}.{part}": torch.nn.Parameter(torch.zeros(rows, dimension))
            for side in ("question", "answer")
            for part, rows in (("map", dimension), ("words", max(1, words)))
        }

    def groups(self, wish: TuneSettings) -> list[dict[str, Any]]:
        """Parameters with how hard each is pulled to its start."""
        named = self.parameters.items()
        return [
            {"params": [each for name, each in named if name.endswith("words")], "weight_decay": wish.word_decay},
            {"params": [each for name, each in named if name.endswith("map")], "weight_decay": wish.map_decay},
        ]

    def seen(self, side: str, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Unit vectors of a batch, (b, d)."""
        import torch

        vectors, words, offsets, weights = batch
        table = self.parameters[f"{side}.words"]
        bag = torch.nn.functional.embedding_bag(words, table, offsets, mode="sum", per_sample_weights=weights)
        return torch.nn.functional.normalize(vectors + vectors @ self.parameters[f"{side}.map"] + bag, dim=1)

    def loss(self, bags: _Bags, rows: NDArray[np.int64], wish: TuneSettings, draw: np.random.Generator) -> torch.Tensor:
        """Mean of both directions; an equal answer elsewhere in the batch is no wrong answer."""
        import torch

        questions = self.seen("question", bags.question.some(rows, wish.dropout, draw))
        answers = self.seen("answer", bags.answer.some(rows, wish.dropout, draw))
        scores = questions @ answers.T / wish.temperature
        same = torch.from_numpy(bags.same[rows])
        equal = (same[:, None] == same[None, :]) & ~torch.eye(len(rows), dtype=torch.bool)
        scores = scores.masked_fill(equal, float("-inf"))
        truth = torch.arange(len(rows))
        across = torch.nn.functional.cross_entropy
        return (across(scores, truth) + across(scores.T, truth)) / 2

    def figures(self, bags: _Bags) -> dict[str, float]:
        """``figures`` of held-out pairs with the weights as they are now."""
        import torch

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


def _batches(count: int, size: int, draw: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Row numbers in random order; a last batch of less than half the size is left out, unless it is the only one."""
    order = draw.permutation(count)
    for start in range(0, count, size):
        rows = order[start : start + size]
        if start == 0 or len(rows) >= size // 2:
            yield rows
