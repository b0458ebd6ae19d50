"""Unstructured sparsity: the smallest weights of each matrix set to nought, and kept there while the rest is trained.

Magnitude pruning with recovery training (Han et al. 2015, "Learning both weights and connections", arXiv:1506.02626),
by a share of each matrix or, as GPUs with sparse tensor cores want it, N of every M weights (Mishra et al. 2021,
arXiv:2104.08378). Dense runtimes multiply by nought as by anything else: what is gained is room on disk, where a file
keeps the others and one bit a weight (model/packed.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from finetune.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


@torch.no_grad()
def set_to_nought(model: Any, share: float) -> None:
    """Set the ``share`` of each matrix of a GPT-2's layers that is smallest to nought, in place; embeddings stay.

    Raises:
        TrainingError: the share is not from 0 to below 1.

    """
    if not 0 <= share < 1:
        raise TrainingError(f"{share:g} of the weights cannot be nought: set a share from 0 to below 1")
    for weight in matrices(model):
        count = int(weight.numel() * share)
        if count:
            smallest = weight.abs().flatten().topk(count, largest=False, sorted=False).indices
            weight.view(-1)[smallest] = 0.0


@torch.no_grad()
def set_to_nought_of(model: Any, gone: int, of: int) -> None:
    """Set the ``gone`` smallest of every ``of`` weights that one output reads in a row to nought, in place.

    Raises:
        TrainingError: a matrix cannot be shared out so.

    """
    for weight in matrices(model):
        if weight.shape[0] % of or not 0 <= gone <= of:
            raise TrainingError(f"{gone} of {of} cannot be nought in a matrix of {weight.shape[0]} inputs")
        rows = weight.view(-1, of, weight.shape[1])  # (groups, of, outputs)
        smallest = rows.abs().topk(gone, dim=1, largest=False).indices
        rows.scatter_(1, smallest, 0.0)


def keep_noughts(model: Any) -> None:
    """Let training leave alone what is nought now: those weights get no gradient, so that AdamW does not move them."""
    weight: Any
    for weight in matrices(model):
        weight.register_hook(lambda gradient, weight=weight: gradient * (weight != 0))


def matrices(model: Any) -> Iterator[Tensor]:
    """The matrices of a GPT-2's layers, each (inputs, outputs)."""
    for block in model.transformer.h:
        for part in (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj):
            yield part.weight
