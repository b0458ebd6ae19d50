"""A GPT-2 whose loss is reckoned only where a label is set.

Most positions of a prompt carry no label; sending only the others through the output layer saves a large part of each
step, the more so the smaller the model. Same weights, same config as ``GPT2LMHeadModel``; going through ``forward``
keeps autocast, PEFT and data parallel wrappers working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers import GPT2LMHeadModel
from transformers.modeling_outputs import CausalLMOutput

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100


class AnswerGPT2(GPT2LMHeadModel):  # type: ignore[misc]  # transformers is untyped here
    """GPT-2 for training; without ``labels`` it is ``GPT2LMHeadModel``."""

    def forward(
        self,
        input_ids: Tensor | None = None,
        labels: Tensor | None = None,
        num_items_in_batch: Tensor | int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Cross entropy of the labelled positions.

        ``labels`` (batch, length) holds -100 where no loss is wanted; position t is predicted from what stands before
        it. The sum is divided by ``num_items_in_batch`` where given (gradient accumulation), else by the labels' count.
        """
        if labels is None:
            return super().forward(input_ids=input_ids, **kwargs)
        if kwargs.get("cache") is None:
            kwargs["use_cache"] = False
        hidden = self.transformer(input_ids=input_ids, **kwargs)[0]  # (batch, length, width)
        targets = labels[:, 1:]
        kept = targets != IGNORED
        logits = self.lm_head(hidden[:, :-1][kept])  # (labelled, vocabulary)
        total = functional.cross_entropy(logits.float(), targets[kept], reduction="sum")
        count = kept.sum() if num_items_in_batch is None else num_items_in_batch
        return CausalLMOutput(loss=total / torch.clamp(torch.as_tensor(count), min=1))


def plain(model: AnswerGPT2) -> GPT2LMHeadModel:
    """The same weights as an ordinary ``GPT2LMHeadModel``, ready to be saved or served."""
    ordinary = GPT2LMHeadModel(model.config)
    ordinary.load_state_dict(model.state_dict())
    ordinary.config.architectures = ["GPT2LMHeadModel"]
    ordinary.config.use_cache = True
    ordinary.generation_config.use_cache = True
    return ordinary.eval()
