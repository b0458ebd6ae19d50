"""How much each neuron, attention head and layer of a GPT-2 does for a desk's answers, found in one pass over examples.

For neurons and heads it is the first-order Taylor term: what the loss would change by if the part were multiplied by
nought, |activation x gradient| summed over an example's tokens and then over examples (Molchanov et al. 2019,
arXiv:1906.10771; for heads Michel et al. 2019, arXiv:1905.10650). For layers it is how far they turn the residual
stream, one less the cosine of what goes in and comes out (Men et al. 2024, "ShortGPT", arXiv:2403.03853).

Knows weights and batches; refuses to know what is cut off.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from finetune.prompt import IGNORED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

    from finetune.model.answer_model import AnswerGPT2


@dataclass(frozen=True, slots=True)
class Importance:
    """What would be missed, in no unit: ``neurons`` (layers, inner), ``heads`` (layers, heads), ``layers`` (layers).

    Neurons compare within their layer and heads over the whole model (their layers' rows have the norm 1, as Michel et
    al. do); layers run from 0 (adds nothing new) to 2 (turns the stream round).
    """

    neurons: Tensor
    heads: Tensor
    layers: Tensor


def importance(model: AnswerGPT2, batches: Sequence[Mapping[str, Tensor]]) -> Importance:
    """The importance of every part by the loss on ``batches``, which are as ``examples.collator`` makes them.

    The model's weights must ask for gradients; they get none, and the model is as it was afterwards.

    Raises:
        ValueError: there are no batches.

    """
    if not batches:
        raise ValueError("importance is measured on examples: give at least one batch")
    blocks = model.transformer.h
    count, heads = len(blocks), int(model.config.n_head)
    found = {
        "neurons": torch.zeros(count, blocks[0].mlp.c_proj.weight.shape[0], device=model.device),
        "heads": torch.zeros(count, heads, device=model.device),
        "layers": torch.zeros(count, device=model.device),
    }
    tokens, was_training = 0, model.training
    model.eval()
    for batch in batches:
        here = {name: tensor.to(model.device) for name, tensor in batch.items()}
        with _watched(blocks) as seen:
            loss = model(**here, num_items_in_batch=1).loss
        inputs = [*seen.attended, *seen.active]
        for place, (values, gradient) in enumerate(zip(inputs, torch.autograd.grad(loss, inputs), strict=True)):
            missed = (values.detach() * gradient).sum(dim=1)  # (batch, inputs of the projection)
            if place < count:
                found["heads"][place] += missed.view(len(missed), heads, -1).sum(dim=2).abs().sum(dim=0)
            else:
                found["neurons"][place - count] += missed.abs().sum(dim=0)
        real = _real(here["labels"])
        found["layers"] += torch.stack([turn[real].sum() for turn in seen.turned])
        tokens += int(real.sum())
    model.train(was_training)
    norm = found["heads"].norm(dim=1, keepdim=True)
    return Importance(found["neurons"], found["heads"] / norm.clamp(min=1e-12), found["layers"] / max(tokens, 1))


@dataclass(slots=True)
class _Seen:
    """Of one pass, by layer: what both projections read, and one less the cosine of stream before and after."""

    attended: list[Tensor]
    active: list[Tensor]
    turned: list[Tensor]


@contextlib.contextmanager
def _watched(blocks: Any) -> Iterator[_Seen]:
    seen = _Seen([], [], [])

    def turned(_: Any, given: Any, got: Any) -> None:
        after = got[0] if isinstance(got, tuple) else got
        seen.turned.append(1 - functional.cosine_similarity(given[0].detach(), after.detach(), dim=-1))

    hooks = [
        hook
        for block in blocks
        for hook in (
            block.attn.c_proj.register_forward_pre_hook(lambda _, given: seen.attended.append(given[0])),
            block.mlp.c_proj.register_forward_pre_hook(lambda _, given: seen.active.append(given[0])),
            block.register_forward_hook(turned),
        )
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _real(labels: Tensor) -> Tensor:
    """Which positions stand before the last label of their row: the others are padding, (batch, length)."""
    return (labels != IGNORED).flip(1).cumsum(dim=1).flip(1) > 0
