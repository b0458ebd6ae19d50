"""Learning from what other models say: their mean probabilities, and how far a student is from them.

Hinton et al. 2015 (arXiv:1503.02531): the probabilities a model gives to all tokens say more than the one that was
written. Several teachers are averaged in probability, as an ensemble speaks. Only labelled positions count, as in the
loss itself. Knows logits; refuses to know what a teacher is for (an ensemble, a larger model, the one before pruning).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor


def told_by(teachers: Sequence[Any], batch: Mapping[str, Tensor], *, temperature: float = 1.0) -> Tensor:
    """The log of the teachers' mean probabilities: (labelled, vocabulary), in fp32, without gradients.

    ``teachers`` are AnswerGPT2 in eval mode, on the device of ``batch``, which holds ``input_ids`` and ``labels``.
    """
    with torch.no_grad():
        each = [
            functional.log_softmax(teacher(**batch, with_logits=True).logits.float() / temperature, dim=-1)
            for teacher in teachers
        ]
        return torch.logsumexp(torch.stack(each), dim=0) - math.log(len(each))


def distance(logits: Tensor, told: Tensor, *, temperature: float = 1.0) -> Tensor:
    """KL(teachers || student) in nats, summed over rows; ``logits`` and ``told`` are (labelled, vocabulary).

    Times the temperature squared, so that the gradient is as large at every temperature (Hinton et al., section 2.1).
    """
    said = functional.log_softmax(logits.float() / temperature, dim=-1)
    return functional.kl_div(said, told, reduction="sum", log_target=True) * temperature**2


def symmetric_distance(first: Tensor, second: Tensor) -> Tensor:
    """KL of two predictions (logits of the same shape) in both directions, in nats, summed over rows."""
    one, other = (functional.log_softmax(logits.float(), dim=-1) for logits in (first, second))
    there = functional.kl_div(one, other, reduction="sum", log_target=True)
    return there + functional.kl_div(other, one, reduction="sum", log_target=True)
