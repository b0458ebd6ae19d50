"""One forward step of a GPT-2 from cached keys and values, and a cache widened to many rows.

Whatever generates, scores or completes does it by these two and ``prefix.starting_cache``, so that positions and masks
are the same everywhere. Knows ids and caches; chooses no token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

if TYPE_CHECKING:
    from torch import Tensor


def step(model: Any, ids: Tensor, cache: DynamicCache, *, keep: int = 0, mask: Tensor | None = None) -> Tensor:
    """Logits after ``ids`` of shape (rows, length), shape (rows, kept positions, vocabulary); the cache grows by them.

    ``keep`` are how many of the last positions are wanted, 0 is all. ``mask`` (rows, cached + length) is 0 on padding;
    None: there is none.
    """
    seen, device = cache.get_seq_length(), model.device
    if mask is None:
        mask = torch.ones(ids.shape[0], seen + ids.shape[1], dtype=torch.long)
    output = model(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        position_ids=torch.arange(seen, seen + ids.shape[1], device=device).unsqueeze(0),
        cache=cache,
        use_cache=True,
        logits_to_keep=keep,
    )
    logits: Tensor = output.logits
    return logits


def widened(cache: DynamicCache, rows: int) -> DynamicCache:
    """A cache of one row for so many; the one it is made from is left as it is."""
    return DynamicCache(
        [(layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1)) for layer in cache.layers]
    )
