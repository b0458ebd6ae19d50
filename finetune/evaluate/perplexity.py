"""How well a model predicts what agents wrote: perplexity and bits per byte, on held-out conversations only.

Bits per byte compare models whatever their tokenizers; perplexity compares models of one tokenizer. Measured with and
without evidence by giving examples laid out with and without it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from data.progress import Report, silent
from finetune.examples import collator
from finetune.model.prefix import prefix_tokens, starting_cache
from finetune.prompt import IGNORED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finetune.examples import Example

_LN2 = math.log(2)


@dataclass(frozen=True, slots=True)
class Perplexity:
    """``nll``: nats of all answer tokens together, ``<|end|>`` among them; ``bytes``: UTF-8 length of the answers."""

    nll: float
    tokens: int
    bytes: int

    @property
    def perplexity(self) -> float:
        """The exponential of the mean nats per token."""
        return math.exp(self.nll / self.tokens) if self.tokens else math.nan

    @property
    def bits_per_byte(self) -> float:
        """Bits of the answers by their UTF-8 bytes."""
        return self.nll / _LN2 / self.bytes if self.bytes else math.nan

    def to_json(self) -> dict[str, float]:
        """All figures by name."""
        return {
            "nll": self.nll,
            "tokens": self.tokens,
            "bytes": self.bytes,
            "perplexity": self.perplexity,
            "bits_per_byte": self.bits_per_byte,
        }


@torch.inference_mode()
def perplexity(
    model: Any, tokenizer: Any, examples: Sequence[Example], *, batch_size: int = 8, report: Report = silent
) -> Perplexity:
    """The perplexity of a GPT-2, with its prefix if it has one, on the answers of ``examples``, in fp32."""
    was_training = model.training
    model.eval()
    collate = collator(tokenizer)
    ordered = sorted(examples, key=lambda example: len(example.input_ids))
    nll, tokens = 0.0, 0
    for start in range(0, len(ordered), batch_size):
        rows = ordered[start : start + batch_size]
        batch = collate([{"input_ids": row.input_ids, "labels": row.labels} for row in rows])
        # Without a prefix there is no cache to begin with, and attention takes the causal shortcut.
        cache = starting_cache(model, len(rows)) if prefix_tokens(model) else None
        inputs = batch["input_ids"].to(model.device)
        hidden = model.transformer(input_ids=inputs, cache=cache, use_cache=cache is not None)[0]
        targets = batch["labels"][:, 1:].to(model.device)
        kept = targets != IGNORED
        logits = model.lm_head(hidden[:, :-1][kept])
        nll += float(functional.cross_entropy(logits.float(), targets[kept], reduction="sum"))
        tokens += int(kept.sum())
        report("evaluate", min(start + batch_size, len(ordered)), len(ordered))
    model.train(was_training)
    return Perplexity(nll=nll, tokens=tokens, bytes=sum(example.answer_bytes for example in ordered))
