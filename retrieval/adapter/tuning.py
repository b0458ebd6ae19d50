"""Teaches a ``DeskAdapter`` on a desk's own pairs: a question with the answer it got, or with the article it was sent.

Contrastive learning (InfoNCE: van den Oord et al. 2018) in both directions: among the answers of a batch the question's
own has to be the nearest; likewise for the answer. The frozen encoder's vectors
are handed in, so that an epoch takes seconds on two cores. Stops in a time budget, or when pairs of conversations that
were held out get no better, and returns the best state of them. Knows texts and vectors: no database, no versions.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from data.progress import silent
from retrieval.adapter.adapter import DeskAdapter, Tower
from retrieval.adapter.towers import Bags, Towers, TuneSettings
from retrieval.terms import terms
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.adapter.pairs import Pairs


class TuneError(ValueError):
    """There is nothing to learn from; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The adapter, and how held-out pairs did: hit@1 and MRR of a pair's own answer among (at most) a thousand."""

    adapter: DeskAdapter
    before: dict[str, float]
    after: dict[str, float]
    curve: list[dict[str, float]] = field(default_factory=list)


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
    settings = settings or TuneSettings()
    if len(pairs) < 2 or not len(held_out):  # noqa: PLR2004
        raise TuneError(f"{len(pairs)} pairs to learn from and {len(held_out)} held out are too few to tune on.")
    torch.manual_seed(settings.seed)
    known, rarity = vocabulary([*pairs.questions, *pairs.answers], settings)
    model = Towers(pairs.question_vectors.shape[1], len(known), settings)
    learnt, kept = Bags.of(pairs, known, rarity), Bags.of(held_out, known, rarity)
    before = model.figures(kept)
    best, best_state, curve = before, model.state(), [{"epoch": 0.0, **before}]
    optimiser = torch.optim.AdamW(model.groups(), lr=settings.learning_rate)
    draw = np.random.default_rng(settings.seed)
    steps = max(1, len(pairs) // settings.batch)
    total = steps * settings.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=total + 1)
    deadline, since = time.monotonic() + 60 * settings.minutes, 0
    for epoch in range(settings.epochs):
        for step, rows in enumerate(_batches(len(pairs), settings.batch, draw)):
            loss = model.loss(learnt, rows, draw)
            if not torch.isfinite(loss):
                raise TuneError("The loss is no number any more: lower the learning rate.")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            report("tune", epoch * steps + min(step + 1, steps), total)
        found = model.figures(kept)
        curve.append({"epoch": float(epoch + 1), "loss": float(loss.detach()), **found})
        if found["mrr"] > best["mrr"]:
            best, best_state, since = found, model.state(), 0
        else:
            since += 1
        if since >= settings.patience or time.monotonic() > deadline:
            break
    report("tune", total, total)
    question, answer = (
        Tower(best_state[f"{side}.map"], best_state[f"{side}.words"]) for side in ("question", "answer")
    )
    return Tuned(DeskAdapter(encoder, known, rarity, question, answer), before, best, curve)


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


def _batches(count: int, size: int, draw: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Row numbers in random order; a last batch of less than half the size is left out, unless it is the only one."""
    order = draw.permutation(count)
    for start in range(0, count, size):
        rows = order[start : start + size]
        if start == 0 or len(rows) >= size // 2:
            yield rows
