"""Texts as batches of token ids: tokenised once, like lengths together, little padding.

Knows sentence-transformers' models, and no way of computing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids of some texts, and the texts' places among all."""

    places: tuple[int, ...]
    ids: tuple[list[int], ...]
    padding: int

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids and mask, both of shape (texts, tokens of the longest), at least one token wide."""
        shape = (len(self.ids), max(1, *map(len, self.ids)))
        ids, mask = np.full(shape, self.padding, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, found in enumerate(self.ids):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        return ids, mask


class Tokens:
    """The tokeniser of a model whose vectors are means over tokens."""

    def __init__(self, tokenizer: Any, longest: int) -> None:
        """Cut texts after ``longest`` tokens."""
        self._tokenizer = tokenizer
        self._longest = longest
        self._padding = int(tokenizer.pad_token_id or 0)

    @classmethod
    def of(cls, model: Any) -> Tokens | None:
        """The tokeniser, or None where a vector is anything but the mean over tokens, or a prompt comes first."""
        names = [type(module).__name__ for module in model]
        if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return None
        mode = model[1].pooling_mode
        if model.default_prompt_name or (mode if isinstance(mode, str) else "+".join(mode)) != "mean":
            return None
        return cls(model.tokenizer, int(model.max_seq_length or 512))

    def batches(self, texts: Sequence[str], tokens: int) -> list[Batch]:
        """All texts in batches of at most ``tokens`` tokens with their padding, or of one text; the longest first."""
        found = self._tokenizer(
            list(texts),
            truncation=True,
            max_length=self._longest,
            return_attention_mask=False,
            return_token_type_ids=False,
        )["input_ids"]
        order = sorted(range(len(texts)), key=lambda place: len(found[place]), reverse=True)
        batches, start = [], 0
        while start < len(order):
            fit = max(1, tokens // max(1, len(found[order[start]])))
            places = tuple(order[start : start + fit])
            batches.append(Batch(places, tuple(found[place] for place in places), self._padding))
            start += fit
        return batches
