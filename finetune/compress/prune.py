"""Structured pruning: a GPT-2 with fewer neurons and layers, which is an ordinary smaller GPT-2, and with silent heads.

What is least important by a desk's own examples (importance.py) is cut out whole: the matrices get smaller and whatever
runs a GPT-2 runs the result faster. A config has one width for the feed-forward parts of all layers, so each loses as
many neurons. It cannot say that there are fewer heads: heads times their width is the width of the residual stream. A
head is therefore silenced, all its weights set to nought, where gradient descent leaves it for ever (values and
projection each get their gradients through the other). That saves no time, and room only in a file that leaves noughts
out (model/packed.py).

Afterwards the model has to be trained on ("recovery"); that is any training run. Knows weights and batches.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch

from finetune.compress.importance import importance
from finetune.errors import TrainingError
from finetune.model.answer_model import AnswerGPT2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

_EVEN = 8
"""Wide feed-forward parts keep a multiple of so many neurons: processors compute them by the vector."""


def pruned(
    model: AnswerGPT2, batches: Sequence[Mapping[str, Tensor]], *, neurons: float = 0.0, layers: int = 0
) -> AnswerGPT2:
    """``model`` without ``layers`` of its layers and without the share ``neurons`` of what is left of its neurons.

    Layers go first and importance is then measured anew, since the neurons of what is left have to do more.

    Raises:
        TrainingError: that many cannot go.

    """
    if layers:
        model = without_layers(model, layers, importance(model, batches).layers)
    if neurons:
        model = without_neurons(model, neurons, importance(model, batches).neurons)
    return model


def without_layers(model: AnswerGPT2, count: int, important: Tensor) -> AnswerGPT2:
    """A GPT-2 without the ``count`` layers that are least important, (layers); those that write codes are kept.

    Raises:
        TrainingError: no layer would be left, or only such as have to stay.

    """
    needed = writers_of_codes(model)
    free = [layer for layer in range(model.config.n_layer) if layer not in needed]
    most = len(free) if needed else len(free) - 1
    if not 0 < count <= most:
        raise TrainingError(
            f"{count} of the {model.config.n_layer} layers cannot be left out: at most {most} can, so set fewer"
        )
    gone = sorted(free, key=lambda layer: float(important[layer]))[:count]
    kept = [layer for layer in range(model.config.n_layer) if layer not in gone]
    config = copy.deepcopy(model.config)
    config.n_layer = len(kept)
    places = {old: new for new, old in enumerate(kept)}

    def moved(name: str, weight: Tensor) -> tuple[str, Tensor] | None:
        layer = _layer_of(name)
        if layer is None:
            return name, weight
        if layer not in places:
            return None
        new = places[layer]
        if config.scale_attn_by_inverse_layer_idx and ".attn.c_attn." in name:
            weight = weight.clone()
            weight[..., : config.n_embd] *= (new + 1) / (layer + 1)  # queries, which the place of a layer divides
        return name.replace(f".h.{layer}.", f".h.{new}."), weight

    return _rebuilt(model, config, moved)


def without_neurons(model: AnswerGPT2, share: float, important: Tensor) -> AnswerGPT2:
    """A GPT-2 whose layers each lack the ``share`` of their neurons that is least important, (layers, inner).

    Raises:
        TrainingError: the share is not from 0 to below 1.

    """
    if not 0 <= share < 1:
        raise TrainingError(f"{share:g} of the neurons cannot be left out: set a share from 0 to below 1")
    inner = important.shape[1]
    count = max(1, round(inner * (1 - share)))
    if inner >= _EVEN**2:
        count = min(inner, max(_EVEN, round(count / _EVEN) * _EVEN))
    kept = important.topk(count, dim=1).indices.sort(dim=1).values  # (layers, count)
    config = copy.deepcopy(model.config)
    config.n_inner = count

    def cut(name: str, weight: Tensor) -> tuple[str, Tensor]:
        layer = _layer_of(name)
        if layer is None or ".mlp." not in name or name.endswith("mlp.c_proj.bias"):
            return name, weight
        return name, weight.index_select(0 if ".c_proj." in name else weight.ndim - 1, kept[layer])

    return _rebuilt(model, config, cut)


@torch.no_grad()
def silence_heads(model: AnswerGPT2, count: int, important: Tensor) -> list[tuple[int, int]]:
    """Set the ``count`` least important heads, (layers, heads), to nought in place; returns their (layer, head).

    Each layer keeps its most important head; heads that write codes, as those of the copying circuit, are kept too.

    Raises:
        TrainingError: that many cannot go.

    """
    width = model.config.n_embd // model.config.n_head
    needed = {(layer, int(row.argmax())) for layer, row in enumerate(important)}
    needed |= {
        (layer, head)
        for layer in writers_of_codes(model)
        for head in range(model.config.n_head)
        if _writes_codes(model, layer, slice(head * width, (head + 1) * width))
    }
    places = [(layer, head) for layer in range(important.shape[0]) for head in range(important.shape[1])]
    free = sorted((place for place in places if place not in needed), key=lambda place: float(important[place]))
    if not 0 <= count <= len(free):
        raise TrainingError(f"{count} heads cannot be silenced: at most {len(free)} of {len(places)} can, so set fewer")
    for layer, head in free[:count]:
        attention = model.transformer.h[layer].attn
        for part in range(3):
            start = part * model.config.n_embd + head * width
            attention.c_attn.weight[:, start : start + width] = 0.0
            attention.c_attn.bias[start : start + width] = 0.0
        attention.c_proj.weight[head * width : (head + 1) * width] = 0.0
    return free[:count]


def writers_of_codes(model: AnswerGPT2) -> set[int]:
    """Layers whose attention writes codes that later ones read (``config.code_dimensions``, growth.py)."""
    return {layer for layer in range(model.config.n_layer) if _writes_codes(model, layer, slice(None))}


def _writes_codes(model: AnswerGPT2, layer: int, rows: slice[Any, Any, Any]) -> bool:
    codes = getattr(model.config, "code_dimensions", 0)
    written = model.transformer.h[layer].attn.c_proj.weight[rows, model.config.n_embd - codes :]
    return bool(codes) and bool((written != 0).any())


def _layer_of(name: str) -> int | None:
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["transformer", "h"] else None


def _rebuilt(model: AnswerGPT2, config: Any, change: Callable[[str, Tensor], tuple[str, Tensor] | None]) -> AnswerGPT2:
    """A GPT-2 of another config whose weights are the model's, each put through ``change`` (None leaves it out)."""
    weights = [change(name, weight.detach()) for name, weight in model.state_dict().items()]
    smaller: AnswerGPT2 = AnswerGPT2(config).to(model.device)
    smaller.load_state_dict(dict(each for each in weights if each is not None))
    smaller.generation_config = copy.deepcopy(model.generation_config)
    smaller.train(model.training)
    return smaller
