"""Adversarial training on the embeddings: each batch once more, its words shifted to where the loss is highest.

The fast gradient method of Miyato et al. 2017 (arXiv:1605.07725): with the gradient g of the loss by the embeddings e
of one example, the example is learnt again at e + r, r along g. Miyato et al. normalise the embeddings, so that r keeps
its meaning while they are learnt; here r is a share of their norm instead, |r| = size |e|, which comes to the same and
leaves a trained base as it is.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class EmbeddingAdversary:
    """Listens to the embeddings of a model, and shifts them when told to; between that it does nothing.

    A hook does both, so that the model's own ``forward``, PEFT and gradient checkpointing know nothing of it. Only the
    input is shifted: the output layer, which often is the same matrix, stays as it is.
    """

    def __init__(self, embeddings: torch.nn.Module, size: float) -> None:
        self.size = size
        self._listening = False
        self._heard: list[Tensor] = []
        self._shift: Tensor | None = None
        embeddings.register_forward_hook(self._hook)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Learn the gradient of what passes; the backward pass lies inside as well."""
        self._listening, self._heard = True, []
        try:
            yield
        finally:
            self._listening = False
        heard = self._heard[-1]
        self._shift = None if heard.grad is None else worst_shift(heard.detach(), heard.grad, self.size)
        self._heard = []

    @contextlib.contextmanager
    def shifting(self) -> Iterator[None]:
        """Shift the same batch against what was learnt."""
        try:
            yield
        finally:
            self._shift = None

    def _hook(self, _: torch.nn.Module, __: Any, output: Tensor) -> Tensor:
        if self._listening:
            # Frozen embeddings (LoRA, a prefix) have no gradient of their own; retaining one changes nothing else.
            heard = output if output.requires_grad else output.detach().requires_grad_()
            heard.retain_grad()
            self._heard.append(heard)
            return heard
        return output if self._shift is None else output + self._shift


def worst_shift(embeddings: Tensor, gradient: Tensor, size: float) -> Tensor:
    """The shift (batch, length, width): of each example along its gradient, ``size`` times as long as the example."""
    length, slope = (each.float().norm(dim=(1, 2), keepdim=True) for each in (embeddings, gradient))
    shift: Tensor = size * length * gradient.float() / slope.clamp(min=torch.finfo(torch.float32).tiny)
    return shift.to(embeddings.dtype)
