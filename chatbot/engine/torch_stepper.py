"""Looks one token ahead with a Hugging Face GPT-2, again and again after nearly the same ids: what typing asks for.

Keys and values of a few sequences are kept between calls, and so are the distributions that were asked for: a text
that grows as it was foretold costs nothing. It serves one caller at a time and refuses to know about text, threads and
queues.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from chatbot.engine.protocol import PromptTooLongError
from finetune.continuation import step
from finetune.prefix import prefix_tokens, starting_cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

SEQUENCES = 4
"""Sequences whose keys and values are kept: about as many agents as type at the same time."""
REMEMBERED_CELLS = 2**22
"""Log-probabilities kept, of all distributions together: 16 MiB in 32-bit floats."""
_TAIL = 64
"""A sequence may lose so many ids at its end for another; beyond that the other becomes one of its own."""


class TorchStepper:
    """Implements ``Stepper`` over a ``GPT2LMHeadModel`` (or any causal model with the same cache).

    The model is used as it comes: its device, number format and prefix are the caller's choice.
    """

    def __init__(
        self, model: Any, *, name: str = "gpt2", sequences: int = SEQUENCES, cells: int = REMEMBERED_CELLS
    ) -> None:
        self._model = model.eval()
        self._name = name
        self._prefix = prefix_tokens(model)
        self._context = int(model.config.n_positions) - self._prefix
        self._most_sequences = max(sequences, 1)
        self._most_remembered = max(cells // int(model.config.vocab_size), 1)
        # The most recently used comes last in both.
        self._sequences: OrderedDict[tuple[int, ...], DynamicCache] = OrderedDict()
        self._remembered: OrderedDict[tuple[int, ...], NDArray[np.float32]] = OrderedDict()

    @property
    def name(self) -> str:
        """The model version, for the trace."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """How many positions the model's prefix leaves."""
        return self._context

    def log_probabilities(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """What may follow ``ids``; see ``Stepper.log_probabilities``."""
        key = tuple(ids)
        if not key:
            raise ValueError("there are no ids; a layout always has at least its preamble")
        if len(key) >= self._context:
            raise PromptTooLongError(
                f"{len(key)} tokens and one to follow do not fit the model's {self._context} positions."
            )
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = self._read(key)
            if len(self._remembered) > self._most_remembered:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return known

    @torch.inference_mode()
    def _read(self, key: tuple[int, ...]) -> NDArray[np.float32]:
        nearest = max(self._sequences, key=lambda other: _shared(other, key), default=())
        # The last id is always read: its logits are what is asked for.
        reused = min(_shared(nearest, key), len(key) - 1)
        cache = self._beginning(nearest, reused)
        logits = step(self._model, torch.tensor([key[reused:]]), cache, keep=1)[0, -1]
        self._sequences[key] = cache
        while len(self._sequences) > self._most_sequences:
            self._sequences.popitem(last=False)
        distribution: NDArray[np.float32] = torch.log_softmax(logits.float(), dim=-1).cpu().numpy()
        distribution.flags.writeable = False
        return distribution

    def _beginning(self, nearest: tuple[int, ...], reused: int) -> DynamicCache:
        """A cache that holds the first ``reused`` ids of a sequence, which gives its own up where it loses little."""
        if reused == 0:
            return starting_cache(self._model)
        kept = self._sequences[nearest]
        if len(nearest) - reused <= _TAIL:
            del self._sequences[nearest]
        # Slices share memory until the next step joins new keys to them, which copies.
        held = self._prefix + reused
        return DynamicCache([(layer.keys[:, :, :held], layer.values[:, :, :held]) for layer in kept.layers])


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two sequences have in common at their beginning."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
