"""What of a GPT-2 is trained: all of it, small matrices beside it, or a prefix before it; and back to an ordinary one.

``full`` trains all weights; ``lora`` (Hu et al. 2021, arXiv:2106.09685) small matrices beside them that are merged at
the end; ``prefix`` keys and values before the first token (prefix.py). LoRA and prefix are PEFT's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finetune.library_logs import quiet
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
    if settings.method == "lora":
        return _with_matrices(model, list(new_tokens) or None, settings.lora_rank)
    if settings.method == "prefix":
        return prefixed(model, settings.prefix_tokens, opening)
    return model


def ordinary(trained: Any, method: str) -> Any:
    """A trained model as a GPT2LMHeadModel in eval mode on the CPU, with ``desk_prefix`` (a tensor or None) set."""
    prefix = None
    if method == "lora":
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
    # Else PEFT looks for the base on the hub each time it saves an adapter.
    result.peft_config["default"].base_model_name_or_path = None
    return result
