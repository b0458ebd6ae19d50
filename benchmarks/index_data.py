"""Vectors and questions for the benchmark of the index, and how a search is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 0
K = 10
DIMENSION = 384
QUESTIONS, TIMED = 500, 1000
SELECTIVITY = 0.01

Search = Callable[[NDArray[np.float32]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Data:
    """Vectors (n, d) float16, questions (q, d), others to tune with, and which vectors pass the filter."""

    vectors: NDArray[np.float16]
    questions: NDArray[np.float32]
    tuning: NDArray[np.float32]
    passing: NDArray[np.bool_]
    made_of: str

    @classmethod
    def make(cls, count: int, embeddings: Path | None) -> Data:
        """Draw from the embeddings below a folder, or from clusters."""
        rng = np.random.default_rng(SEED)
        files = sorted(embeddings.rglob("*.vectors.npy")) if embeddings else []
        if files:
            base = np.unique(np.vstack([np.load(path, allow_pickle=False) for path in files]), axis=0)
            made_of = f"{len(base):,} real vectors, resampled"
        else:
            base = _clusters(rng)
            made_of = "a mixture of clusters"
        vectors = np.empty((count, base.shape[1]), dtype=np.float16)
        for start in range(0, count, 8192):
            vectors[start : start + 8192] = _sampled(base, min(8192, count - start), rng)
        questions = _sampled(base, 2 * QUESTIONS, rng)
        passing = rng.random(count) < SELECTIVITY
        return cls(vectors, questions[:QUESTIONS], questions[QUESTIONS:], passing, made_of)

    def parts(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The vectors in parts as the libraries take them, each with the number of its first."""
        for start in range(0, len(self.vectors), 8192):
            yield start, unit(self.vectors[start : start + 8192].astype(np.float32))


def _clusters(rng: np.random.Generator) -> NDArray[np.float16]:
    """20,000 unit vectors around 500 centres that have few directions in common, as embeddings do."""
    directions = rng.standard_normal((64, DIMENSION))
    centres = rng.standard_normal((500, 64)) @ directions
    rows = centres[rng.integers(500, size=20_000)] + 0.7 * rng.standard_normal((20_000, 64)) @ directions
    return unit((rows + 0.2 * rng.standard_normal(rows.shape)).astype(np.float32)).astype(np.float16)


def _sampled(base: NDArray[np.float16], count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    a, b, c = (base[rng.integers(len(base), size=count)].astype(np.float32) for _ in range(3))
    return unit(a + np.float32(0.4) * (b - c))


def timed(search: Search, questions: NDArray[np.float32]) -> tuple[list[Sequence[int]], list[float]]:
    """What each question finds, and ms of ``TIMED`` searches after a few that warm up."""
    for question in questions[:20]:
        search(question)
    found, times = [], []
    for row in range(TIMED):
        started = time.perf_counter()
        places = search(questions[row % len(questions)])
        times.append(1000 * (time.perf_counter() - started))
        if row < len(questions):
            found.append(places)
    return found, times
