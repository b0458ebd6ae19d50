"""A GPT-2 whose loss is computed only where a label is set.

Most positions of a prompt carry no label; sending only the others through the output layer saves a large part of each
step, the more so the smaller the model. Same weights, same config as ``GPT2LMHeadModel``; going through ``forward``
keeps autocast, PEFT and data parallel wrappers working.

``activations`` bfloat16 runs the whole network on weights rounded for the step, while the weights that are trained stay
fp32 (Micikevicius et al. 2018, arXiv:1710.03740). Autocast rounds for the matrix products alone and widens what comes
out again: on a processor whose matrix unit takes bf16 that widening costs as much as the products.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.func import functional_call
from torch.nn import functional
from transformers import GPT2LMHeadModel
from transformers.modeling_outputs import CausalLMOutput

from finetune.prompt import IGNORED

if TYPE_CHECKING:
    from torch import Tensor


class AnswerGPT2(GPT2LMHeadModel):  # type: ignore[misc]  # transformers is untyped here
    """GPT-2 for training; without ``labels`` it is ``GPT2LMHeadModel``."""

    activations = torch.float32
    """What a forward pass with labels computes in; not with activation checkpointing, which would run it twice."""
    verdicts: tuple[int, float] | None = None
    """The id that ends a reply, and how much the label behind it counts: a verdict is one label among many."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        keep_codes(self)

    @classmethod
    def from_pretrained(cls, *names: Any, **settings: Any) -> Any:
        """As transformers does it; loading puts other tensors in the place of those that were made with the model."""
        model = super().from_pretrained(*names, **settings)
        keep_codes(model)
        return model

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
        ``position_ids`` (batch, length) count up by one along each row; what stands in the padding is not read.
        """
        past = kwargs.pop("past_key_values", None)  # PEFT calls the cache by the name it had before transformers 5.24
        if past is not None:
            kwargs["cache"] = past
        if labels is None:
            return super().forward(input_ids=input_ids, **kwargs)
        if kwargs.get("cache") is None:
            kwargs["use_cache"] = False
            if kwargs.get("position_ids") is not None:
                kwargs["position_ids"] = _unbroken(kwargs["position_ids"], self.config.n_positions)
        targets = labels[:, 1:]
        kept = targets != IGNORED
        if self.activations == torch.float32:
            hidden = self.transformer(input_ids=input_ids, **kwargs)[0]  # (batch, length, width)
            logits = self.lm_head(hidden[:, :-1][kept])  # (labelled, vocabulary)
        else:
            rounded = {name: each.to(self.activations) for name, each in self.transformer.named_parameters()}
            hidden = functional_call(self.transformer, rounded, (), {"input_ids": input_ids, **kwargs})[0]
            logits = functional.linear(hidden[:, :-1][kept], self.lm_head.weight.to(self.activations))
        losses = functional.cross_entropy(logits.float(), targets[kept], reduction="none")
        if self.training and self.verdicts is not None and input_ids is not None:
            end, weight = self.verdicts
            losses = torch.where(input_ids[:, :-1][kept] == end, weight * losses, losses)
        total = losses.sum()
        count = kept.sum() if num_items_in_batch is None else num_items_in_batch
        return CausalLMOutput(loss=total / torch.clamp(torch.as_tensor(count), min=1))


def keep_codes(model: Any) -> None:
    """Let training leave alone the last dimensions of the residual stream where those hold a circuit's codes.

    ``config.code_dimensions`` says how many (growth.py); two sharp heads compare what stands there. The first updates
    of Adam move every weight alike, and a thousand hidden units that each write a little into a code drown it before
    the loss can say so: without this a widened model fell from 4.3 to 5.8 nats within 90 steps.
    """
    kept = model.config.n_embd - getattr(model.config, "code_dimensions", 0)

    def masked(gradient: Tensor) -> Tensor:
        gradient = gradient.clone()
        gradient[..., kept:] = 0.0
        return gradient

    for weight in code_writers(model):
        weight.register_hook(masked)  # type: ignore[no-untyped-call]  # torch has no types here


def code_writers(model: Any) -> list[torch.nn.Parameter]:
    """The weights that write into the dimensions of the codes: embeddings and what goes back into the residual stream.

    None where a model has no codes. They are not to be decayed either: that would wear the codes away.
    """
    if not getattr(model.config, "code_dimensions", 0):
        return []
    layers = [layer for block in model.transformer.h for layer in (block.attn.c_proj, block.mlp.c_proj)]
    embeddings = [model.transformer.wte.weight, model.transformer.wpe.weight]
    return [*embeddings, *(part for layer in layers for part in (layer.weight, layer.bias))]


def plain(model: Any) -> GPT2LMHeadModel:
    """The same weights as an ordinary ``GPT2LMHeadModel``, to be saved or served; a ``desk_prefix`` goes along."""
    ordinary = GPT2LMHeadModel(model.config)
    ordinary.load_state_dict(model.state_dict())
    ordinary.config.architectures = ["GPT2LMHeadModel"]
    ordinary.config.use_cache = True
    ordinary.generation_config.use_cache = True
    ordinary.desk_prefix = getattr(model, "desk_prefix", None)
    return ordinary.eval()


def _unbroken(positions: Tensor, limit: int) -> Tensor:
    """Positions that go on counting through the padding, moved back where that would pass ``limit``.

    transformers takes a jump in the positions for packed sequences and then builds a mask for each pair of tokens,
    which costs attention the causal shortcut.
    """
    length = positions.shape[1]
    starts = positions[:, :1].clamp(max=limit - length)
    return starts + torch.arange(length, device=positions.device)
