"""A step of GPT-2 as an ONNX file, as people export it: ids and past keys and values in, last logits and all out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor
    from transformers import GPT2LMHeadModel


class _Step(torch.nn.Module):
    """(ids (rows, new), past (layers, 2, rows, heads, seen, width)) -> (logits (rows, vocabulary), past)."""

    def __init__(self, model: GPT2LMHeadModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        body, heads = self.model.transformer, self.model.config.n_head
        seen, new = past.shape[4], ids.shape[1]
        hidden = body.wte(ids) + body.wpe(torch.arange(seen, seen + new))
        future = torch.ones(new, seen + new).triu(seen + 1) * -1e9
        kept = []
        for layer, block in enumerate(body.h):
            joined = block.attn.c_attn(block.ln_1(hidden)).unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
            both = torch.cat([past[layer], joined[1:]], dim=3)
            kept.append(both)
            weights = joined[0] @ both[0].transpose(2, 3) * both.shape[-1] ** -0.5 + future
            found = (weights.softmax(dim=-1) @ both[1]).transpose(1, 2).flatten(2)
            hidden = hidden + block.attn.c_proj(found)
            hidden = hidden + block.mlp(block.ln_2(hidden))
        return self.model.lm_head(body.ln_f(hidden[:, -1])), torch.stack(kept)


def export(model: GPT2LMHeadModel, folder: Path) -> Path:
    """Write the step into ``folder``."""
    config, path = model.config, folder / "step.onnx"
    past = torch.zeros(config.n_layer, 2, 2, config.n_head, 3, config.n_embd // config.n_head)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter's age; the newer one needs another package
        torch.onnx.export(
            _Step(model).eval(),
            (torch.ones(2, 4, dtype=torch.long), past),
            str(path),
            input_names=["ids", "past"],
            output_names=["logits", "present"],
            dynamic_axes={
                "ids": {0: "rows", 1: "new"},
                "past": {2: "rows", 4: "seen"},
                "logits": {0: "rows"},
                "present": {2: "rows", 4: "all"},
            },
            dynamo=False,
        )
    return path
