"""What of a GPT-2 is trained: all of it, a little beside it, or a prefix before it; and back to an ordinary one.

``full`` trains all weights; ``lora`` (Hu et al. 2021, arXiv:2106.09685) small matrices beside them; ``ia3`` (Liu et al.
2022, arXiv:2205.05638) a factor for each key, value and neuron, which like LoRA's matrices are merged at the end;
``prefix`` keys and values before the first token (prefix.py). All but ``full`` are PEFT's. With ``freeze`` the lowest
layers stay as they are, whatever the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from finetune.library_logs import quiet
from finetune.loop.layer_rates import layer_of
from finetune.model.answer_model import plain
from finetune.model.prefix import learnt_prefix, prefixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finetune.model.answer_model import AnswerGPT2
    from finetune.training_settings import TrainSettings


def adapted(model: AnswerGPT2, settings: TrainSettings, *, new_tokens: Sequence[int], opening: Sequence[int]) -> Any:
    """The model as its method trains it: what is to be learnt requires gradients, the rest does not.

    ``new_tokens`` are ids the base has never seen, whose embeddings LoRA trains besides; ``opening`` are ids a prefix
    starts from.
    """
    if settings.method == "prefix":
        return prefixed(model, settings.prefix_tokens, opening)
    if settings.method == "lora":
        trained = _with_matrices(model, list(new_tokens) or None, settings.lora_rank)
    elif settings.method == "ia3":
        trained = _with_factors(model)
    else:
        trained = model
    if settings.freeze:
        _freeze(trained, settings.freeze, learns_tokens=bool(new_tokens))
    return trained


def with_dropout(model: Any, share: float) -> None:
    """Drop this share of signals wherever a GPT-2 can; the config, and with it what is saved, stays as it is.

    A GPT-2 from a hub drops 0.1 by its config; 0 leaves that alone.
    """
    for module in model.modules() if share else ():
        if isinstance(module, torch.nn.Dropout):
            module.p = share


def ordinary(trained: Any, method: str) -> Any:
    """A trained model as a GPT2LMHeadModel in eval mode on the CPU, with ``desk_prefix`` (a tensor or None) set."""
    prefix = None
    if method in {"lora", "ia3"}:
        trained = trained.merge_and_unload()
    elif method == "prefix":
        prefix = learnt_prefix(trained)
        trained = trained.get_base_model()
    served = plain(trained)
    served.desk_prefix = prefix
    return served


def _with_matrices(model: AnswerGPT2, new_tokens: list[int] | None, rank: int) -> Any:
    """LoRA on all linear layers; the embeddings of tokens the base has never seen are trained with it."""
    with quiet():
        from peft import LoraConfig, get_peft_model

        result = get_peft_model(
            model,
            LoraConfig(
                r=rank,
                lora_alpha=2 * rank,
                lora_dropout=0.0,
                target_modules=["c_attn", "c_proj", "c_fc"],
                fan_in_fan_out=True,
                trainable_token_indices=new_tokens,
            ),
        )
    return _local(result)


def _with_factors(model: AnswerGPT2) -> Any:
    """IA3 on keys and values, whose matrix GPT-2 shares with the queries, and on what the neurons say."""
    with quiet():
        from peft import IA3Config, get_peft_model

        neurons = ["mlp.c_proj"]
        config = IA3Config(target_modules=["c_attn", *neurons], feedforward_modules=neurons, fan_in_fan_out=True)
        return _local(get_peft_model(model, config))


def _local(adapted: Any) -> Any:
    """Else PEFT looks for the base on the hub each time it saves an adapter."""
    adapted.peft_config["default"].base_model_name_or_path = None
    return adapted


def _freeze(model: Any, layers: int, *, learns_tokens: bool) -> None:
    """Leave the lowest layers and the embeddings alone; these only where no token in them is new to the base."""
    for name, weight in model.named_parameters():
        layer = layer_of(name)
        if layer is not None and layer < layers and not (layer < 0 and learns_tokens):
            weight.requires_grad_(requires_grad=False)
