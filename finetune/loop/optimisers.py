"""The optimiser of a run: AdamW for everything, or Muon for the matrices of the layers and AdamW for the rest.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks") makes the momentum of a matrix
orthogonal before it is applied, so that no direction of it is left behind; updates are scaled to the size that AdamW's
have (Liu et al. 2025, arXiv:2502.16982), so that one learning rate holds for both. Embeddings, norms and biases are no
such matrices. Both are torch's own. Knows parameters; refuses to know batches and budgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from finetune.loop.layer_rates import rate_factor
from finetune.model.answer_model import code_writers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from finetune.loop.fit_settings import FitSettings

_MATRIX = 2  # dimensions


def optimiser_for(model: Any, settings: FitSettings) -> torch.optim.Optimizer:
    """The optimiser that ``settings`` name for what of ``model`` requires gradients; weight decay on matrices only.

    What holds a circuit's codes is not decayed; each layer has its own rate where ``layer_decay`` says so.
    """
    kept = {id(weight) for weight in code_writers(model)} if hasattr(model, "config") else set()
    groups: dict[tuple[bool, bool, float], list[torch.nn.Parameter]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            flat = min(weight.shape) == 1 or weight.ndim < _MATRIX  # a column of factors (IA3) is to stay near 1
            matrix = settings.optimizer == "muon" and weight.ndim == _MATRIX and not flat and ".h." in f".{name}"
            decayed = not flat and id(weight) not in kept
            factor = 1.0 if settings.layer_decay == 1 else rate_factor(name, model.config.n_layer, settings.layer_decay)
            groups.setdefault((matrix, decayed, factor), []).append(weight)

    def those(*, matrices: bool) -> list[dict[str, Any]]:
        return [
            {
                "params": weights,
                "weight_decay": settings.weight_decay if decayed else 0.0,
                "lr": settings.learning_rate * factor,
            }
            for (matrix, decayed, factor), weights in groups.items()
            if matrix == matrices
        ]

    found: list[torch.optim.Optimizer] = []
    if those(matrices=True):
        found.append(torch.optim.Muon(those(matrices=True), lr=settings.learning_rate, adjust_lr_fn="match_rms_adamw"))
    if those(matrices=False):
        adam = torch.optim.AdamW(those(matrices=False), lr=settings.learning_rate, betas=(0.9, 0.98), fused=True)
        found.append(adam)
    return found[0] if len(found) == 1 else Together(found)


class Together(torch.optim.Optimizer):
    """Several optimisers as one, each with parameters of its own: a step of it is a step of all."""

    def __init__(self, parts: Iterable[torch.optim.Optimizer]) -> None:
        self.parts = list(parts)
        self.defaults = {}

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]  # the parts' own, also after a load
        """The groups of all parts; whoever sets a learning rate in one sets it in its part."""
        return [group for part in self.parts for group in part.param_groups]

    @property
    def state(self) -> dict[Any, Any]:  # type: ignore[override]
        """The states of all parts."""
        return {key: value for part in self.parts for key, value in part.state.items()}

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """A step of each part; the Trainer computes the loss itself and gives no closure."""
        del closure
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """The parts' states, in their order."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
