"""What a step of training makes smaller, where that is more than the cross entropy of the answers.

Label smoothing (Szegedy et al. 2016, arXiv:1512.00567), agreement of two passes that differ by dropout (R-Drop; Liang
et al. 2021, arXiv:2106.14448), and what teachers say (distillation.py). All of it on labelled positions only, from one
pass through the model, so that gradient checkpointing and several processes need no care.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from finetune.loop.distillation import distance, symmetric_distance, told_by
from finetune.prompt import IGNORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Objective:
    """The loss of a batch, called as a model is; held-out loss stays the plain cross entropy."""

    label_smoothing: float = 0.0
    r_drop: float = 0.0
    teachers: Sequence[Any] = ()
    teaching: float = 0.5

    @property
    def plain(self) -> bool:
        """Whether it is the model's own loss."""
        return not (self.label_smoothing or self.r_drop or self.teachers)

    def __call__(
        self, model: Any, num_items_in_batch: Tensor | int | None = None, **batch: Tensor
    ) -> dict[str, Tensor]:
        """``{"loss": …}``: nats divided as by ``AnswerGPT2``; ``batch`` holds ``input_ids`` and ``labels``.

        R-Drop's objective is halved, so that its first part is the mean cross entropy of both passes and learning rates
        mean the same with and without it.
        """
        passes = 2 if self.r_drop else 1
        doubled = {name: tensor.repeat(passes, 1) for name, tensor in batch.items()}
        logits = model(**doubled, with_logits=True).logits.float()  # (passes x labelled, vocabulary)
        targets = batch["labels"][:, 1:]
        answers = targets[targets != IGNORED]
        total = functional.cross_entropy(
            logits, answers.repeat(passes), reduction="sum", label_smoothing=self.label_smoothing
        )
        if self.teachers:
            told = told_by(self.teachers, batch).repeat(passes, 1)
            total = (1 - self.teaching) * total + self.teaching * distance(logits, told)
        total = total / passes
        if self.r_drop:
            total = total + self.r_drop / 4 * symmetric_distance(*logits.chunk(2))
        count = len(answers) if num_items_in_batch is None else num_items_in_batch
        return {"loss": total / torch.clamp(torch.as_tensor(count), min=1)}
