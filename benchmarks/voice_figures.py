"""Figures of several ways to reply to the same questions, beside the replies that were really given.

Each figure is made of sums over questions, so that an interval (95 %, percentile bootstrap over questions; Efron 1979)
is one product with how often each question was drawn; a difference of two ways is of the same draws. Knows no desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sacrebleu.metrics import CHRF

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one way: ``counts`` are of each question, shape (n, k), ``of`` makes it of sums, (…, k)."""

    counts: NDArray[np.float64]
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    @property
    def value(self) -> float | None:
        """The figure over all questions; None where nothing counts."""
        value = float(self.of(self.counts.sum(axis=0)[None])[0])
        return None if np.isnan(value) else value

    def drawn(self, draws: NDArray[np.float64]) -> NDArray[np.float64]:
        """The figure of each draw, shape (rounds); ``draws`` says how often each question is in it, (rounds, n)."""
        return self.of(draws @ self.counts)


def draws_of(questions: int, rounds: int = ROUNDS) -> NDArray[np.float64]:
    """How often each question is in each round of a bootstrap, shape (rounds, questions)."""
    shares = np.full(questions, 1 / questions)
    return np.random.default_rng(0).multinomial(questions, shares, size=rounds).astype(np.float64)


def share(parts: Sequence[float] | NDArray[Any], of: Sequence[float] | NDArray[Any] | None = None) -> Figure:
    """The sum of the parts by that of the wholes, which are 1 each where they are not given."""
    wholes = np.ones(len(parts)) if of is None else np.asarray(of, dtype=np.float64)
    return Figure(np.stack([np.asarray(parts, dtype=np.float64), wholes], axis=1), _ratio)


def chrf(replies: Sequence[str], real: Sequence[str]) -> Figure:
    """ChrF of all replies together, 0 to 100 (Popovic 2015; sacrebleu). A longer text has the higher one."""
    counts = [_counts(reply.strip(), answer) for reply, answer in zip(replies, real, strict=True)]
    return Figure(np.array(counts, dtype=np.float64), _chrf)


def likest(replies: Sequence[str], answer: str) -> int:
    """The place of the reply with the highest chrF by itself, the first of equals."""
    scores = _chrf(np.array([_counts(reply.strip(), answer) for reply in replies], dtype=np.float64))
    return int(np.argmax(scores))


def intervals(
    figures: Mapping[str, Mapping[str, Figure]], names: Sequence[str], beside: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """By way and figure the interval [low, high], and [difference, low, high] to the way ``beside``."""
    rows = next(iter(figures.values()))
    draws = draws_of(len(next(iter(rows.values())).counts))
    drawn = {way: {name: row[name].drawn(draws) for name in names} for way, row in figures.items()}
    alone = {way: {name: _interval(drawn[way][name]) for name in names} for way in figures}
    against = {
        way: {
            name: _difference(row[name].value, figures[beside][name].value, drawn[way][name] - drawn[beside][name])
            for name in names
        }
        for way, row in figures.items()
        if way != beside
    }
    return alone, against


def _interval(values: NDArray[np.float64]) -> list[float] | None:
    counted = values[~np.isnan(values)]
    return np.percentile(counted, (2.5, 97.5)).tolist() if len(counted) else None


def _difference(value: float | None, other: float | None, drawn: NDArray[np.float64]) -> list[float] | None:
    interval = _interval(drawn)
    return None if value is None or other is None or interval is None else [value - other, *interval]


def _ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    wholes = np.where(sums[..., 1] > 0, sums[..., 1], np.nan)
    ratio: NDArray[np.float64] = sums[..., 0] / wholes
    return ratio


def _counts(reply: str, answer: str) -> list[int]:
    """The n-gram counts of one pair, which sum to those of a corpus; sacrebleu has them, but not for the asking."""
    metric = CHRF()
    references = metric._extract_reference_info([metric._preprocess_segment(answer)])  # noqa: SLF001
    return list(metric._compute_segment_statistics(metric._preprocess_segment(reply), references))  # noqa: SLF001


def _chrf(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    metric = CHRF()
    return np.array([metric._compute_f_score(row.tolist()) for row in sums])  # noqa: SLF001
