"""One training of a base on its examples, whatever its size: more labels, shifted positions, the loop's settings.

Knows models and examples; refuses to know where examples come from and what becomes of the base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.progress import Report, silent
from finetune.examples import Example, ExampleSet, collator
from finetune.loop.fit import fit, new_budget
from finetune.loop.fit_settings import FitSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from finetune.loop.fit_settings import FitResult
    from finetune.loop.time_budget import Budget
    from finetune.model.answer_model import AnswerGPT2

CONTEXT_TOKENS = 1024
EXTRA = (0.5, 0.1)
"""Share of the other tokens that carry loss too, at first and at the end."""
_SHIFTED = 0.25
LEARNING_RATE = 1e-3
LOOP: dict[str, Any] = {
    "epochs": 100,
    "batch_size": 16,
    "warmup_steps": 60,
    "weight_decay": 0.1,
    "patience": 0,
    "evaluations": 8,
    "save_minutes": 4.0,
    "tracker": "none",
}


class BaseSet(ExampleSet):
    """Examples with the extra labels and shifted positions that only the base's training uses."""

    def __init__(
        self, examples: Sequence[Example], budget: Budget, *, seed: int, context: int = CONTEXT_TOKENS
    ) -> None:
        super().__init__(examples)
        self._context = context
        self._budget = budget
        self._random = np.random.default_rng(seed)

    def __getitem__(self, place: int) -> dict[str, Any]:
        example = self.examples[place]
        ids = np.asarray(example.input_ids)
        share = EXTRA[0] + (EXTRA[1] - EXTRA[0]) * self._budget.share
        extra = self._random.random(len(ids)) < share
        labels = np.where(extra, ids, np.asarray(example.labels))
        room = self._context - len(ids)
        offset = int(self._random.integers(0, room + 1)) if self._random.random() < _SHIFTED else 0
        return {
            "input_ids": example.input_ids,
            "labels": labels.tolist(),
            "position_ids": range(offset, offset + len(ids)),
        }


def base_settings(**chosen: Any) -> FitSettings:
    """How a base is trained, but for what is chosen."""
    return FitSettings(**{"learning_rate": LEARNING_RATE, "optimizer": "muon", **LOOP, **chosen})


def fit_base(
    model: AnswerGPT2,
    tokenizer: Any,
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: FitSettings,
    work_folder: Path,
    report: Report = silent,
) -> FitResult:
    """Train a base in place; longer examples than it holds lose the beginning of their dialogue."""
    context = model.config.n_positions
    budget = new_budget(settings, len(train))
    return fit(
        model,
        BaseSet([_fitting(each, context) for each in train], budget, seed=settings.seed, context=context),
        ExampleSet([_fitting(each, context) for each in heldout[:200]]) if heldout else None,
        collate=collator(tokenizer),
        settings=settings,
        budget=budget,
        work_folder=work_folder,
        report=report,
    )


def _fitting(example: Example, context: int) -> Example:
    """The example with its first token and so many of the last that it fits; the answer stays whole."""
    if len(example.input_ids) <= context:
        return example
    cut = len(example.input_ids) - context + 1
    ids, labels = example.input_ids, example.labels
    return Example((ids[0], *ids[cut:]), (labels[0], *labels[cut:]), example.answer_bytes)
