"""The weights a run trains, by themselves: the best so far, and what processes hand to whoever started them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finetune.loop import distributed

if TYPE_CHECKING:
    from pathlib import Path

    import torch

BEST = "best.safetensors"


def save_trained(model: torch.nn.Module, path: Path, loss: float | None) -> None:
    """Write the trainable weights and the held-out loss they have, as a whole or not at all.

    With several processes all of them have to come here: weights that are divided among them (FSDP) are put together.
    """
    from safetensors.torch import save_file

    weights = {}
    for wrapped, weight in model.named_parameters():
        if weight.requires_grad:
            whole = weight.full_tensor() if hasattr(weight, "full_tensor") else weight
            if distributed.is_first():
                name = wrapped.replace("_checkpoint_wrapped_module.", "")  # FSDP's own gradient checkpointing
                weights[name] = whole.detach().cpu().clone()
    if distributed.is_first():
        beside = path.with_suffix(".tmp")
        save_file(weights, beside, metadata={"loss": repr(loss)})
        beside.replace(path)


def load_trained(model: torch.nn.Module, path: Path) -> None:
    """Put weights from ``save_trained`` into a model that is trained in the same way."""
    from safetensors.torch import load_file

    model.load_state_dict(load_file(path), strict=False)


def best_loss(path: Path) -> float | None:
    """The held-out loss of the weights at ``path``; None where there are none or they are damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return float(file.metadata()["loss"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
