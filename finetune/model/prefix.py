"""Prefix tuning: keys and values before the first token, learnt while all weights of the GPT-2 stay as they are.

Li & Liang 2021 (arXiv:2101.00190), trained by PEFT. What is learnt is one tensor (layers, 2, heads, prefix tokens,
head width) of keys and values. A served model is an ordinary ``GPT2LMHeadModel`` that carries it as ``desk_prefix``;
whoever runs the model begins with ``starting_cache`` instead of an empty one, and its first token has position P.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from finetune.library_logs import quiet
from finetune.model.weights import PREFIX, PREFIX_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from finetune.model.answer_model import AnswerGPT2


def prefixed(model: AnswerGPT2, tokens: int, opening: Sequence[int]) -> Any:
    """``model`` under PEFT with a prefix of ``tokens`` places as all there is to train.

    The prefix starts as the keys and values of ``opening`` (ids, repeated where too few): real activations train far
    better than random ones (Li & Liang, section 7.4).
    """
    ids = torch.tensor([[opening[place % len(opening)] for place in range(tokens)]], device=model.device)
    cache = DynamicCache(config=model.config)
    with torch.no_grad():
        model.eval().transformer(input_ids=ids, cache=cache, use_cache=True)
    with quiet():
        from peft import PrefixTuningConfig, get_peft_model, initialize_kv_prefix_from_past_key_values

        adapted = get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens))
        initialize_kv_prefix_from_past_key_values(adapted, past_key_values=cache, num_virtual_tokens=tokens)
    return adapted


def learnt_prefix(adapted: Any) -> Tensor:
    """The prefix of a model made by ``prefixed``: (layers, 2, heads, prefix tokens, head width), fp32 on the CPU."""
    with torch.no_grad():
        layers = adapted.get_prompt(1).layers
        return torch.stack([torch.stack((layer.keys[0], layer.values[0])) for layer in layers]).float().cpu()


def prefix_tokens(model: Any) -> int:
    """How many positions a served model's prefix takes; 0 without one."""
    prefix = getattr(model, "desk_prefix", None)
    return 0 if prefix is None else int(prefix.shape[3])


def starting_cache(model: Any, batch_size: int = 1) -> DynamicCache:
    """The cache a served model begins with, for ``batch_size`` rows; empty where the model has no prefix."""
    cache = DynamicCache(config=model.config)
    prefix = getattr(model, "desk_prefix", None)
    if prefix is not None:
        for layer, (keys, values) in enumerate(prefix.to(model.device, model.dtype)):
            cache.update(keys.expand(batch_size, -1, -1, -1), values.expand(batch_size, -1, -1, -1), layer)
    return cache


def save_prefix(model: Any, folder: Path) -> None:
    """Write the model's prefix into ``folder``; without one, see that none lies there."""
    from safetensors.torch import save_file

    prefix = getattr(model, "desk_prefix", None)
    if prefix is None:
        (folder / PREFIX_FILE).unlink(missing_ok=True)
    else:
        save_file({PREFIX: prefix.float().contiguous()}, folder / PREFIX_FILE)


def read_prefix(folder: Path) -> Tensor:
    """The prefix that ``save_prefix`` wrote."""
    from safetensors.torch import load_file

    prefix: Tensor = load_file(folder / PREFIX_FILE)[PREFIX]
    return prefix
