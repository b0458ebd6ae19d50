"""Texts as batches of token ids: tokenised once, like lengths together, little padding.

Knows sentence-transformers' models and their tokenisers, and no way of computing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer


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

    def __init__(self, tokenizer: Tokenizer, longest: int, padding: int) -> None:
        """Cut texts after ``longest`` tokens; the tokeniser is this object's own from now on."""
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
        self.tokenizer = tokenizer
        self.padding = padding

    @classmethod
    def of(cls, model: Any) -> Tokens | None:
        """The tokeniser, or None where that is a slow one, a vector is no mean over tokens, or a prompt comes first."""
        from tokenizers import Tokenizer

        names = [type(module).__name__ for module in model]
        if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return None
        mode = model[1].pooling_mode
        if model.default_prompt_name or (mode if isinstance(mode, str) else "+".join(mode)) != "mean":
            return None
        fast = getattr(model.tokenizer, "backend_tokenizer", None)
        if fast is None or model.tokenizer.truncation_side != "right":
            return None
        copied = Tokenizer.from_str(fast.to_str())
        return cls(copied, int(model.max_seq_length or 512), int(model.tokenizer.pad_token_id or 0))

    def batches(self, texts: Sequence[str], tokens: int) -> list[Batch]:
        """All texts in batches of at most ``tokens`` tokens with their padding, or of one text; the longest first."""
        found = [each.ids for each in self.tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda place: len(found[place]), reverse=True)
        batches, start = [], 0
        while start < len(order):
            fit = max(1, tokens // max(1, len(found[order[start]])))
            places = tuple(order[start : start + fit])
            batches.append(Batch(places, tuple(found[place] for place in places), self.padding))
            start += fit
        return batches

    def spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Where each token of each text stands in it; (0, 0) for the marks at its ends."""
        return [each.offsets for each in self.tokenizer.encode_batch(list(texts))]
