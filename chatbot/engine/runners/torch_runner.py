"""A Hugging Face GPT-2 on plain torch: the reference that a faster runtime has to equal, and what serves without one.

All new ids of a step stand in one flat row, whatever sequence they belong to, so that ragged batches need no padding;
only attention goes sequence by sequence, over keys and values that each sequence keeps for itself. Takes the weights
from a ``GPT2LMHeadModel`` and uses it as it comes: its device and number format are the caller's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

from finetune.model.prefix import prefix_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from chatbot.engine.runners.runner import Piece

_GROWTH = 64
"""Keys and values get room for so many tokens more at a time, at least."""


@dataclass(slots=True)
class _Kept:
    """Keys and values of one sequence: (layers, 2, heads, room, head width), of which ``length`` tokens are real."""

    values: Tensor
    length: int

    def reserve(self, tokens: int) -> None:
        room = self.values.shape[3]
        if self.length + tokens <= room:
            return
        wider = self.values.new_empty(
            (*self.values.shape[:3], max(self.length + tokens, room + room // 2) + _GROWTH, self.values.shape[4])
        )
        wider[:, :, :, : self.length] = self.values[:, :, :, : self.length]
        self.values = wider


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of the flat row that belongs to one sequence, which held ``seen`` tokens before."""

    kept: _Kept
    seen: int
    rows: slice[int, int, None]
    mask: Tensor | None

    @property
    def total(self) -> int:
        return self.seen + self.rows.stop - self.rows.start


class TorchRunner:
    """Implements ``Runner`` over a ``GPT2LMHeadModel``, with or without a trained prefix."""

    def __init__(self, model: Any, *, name: str = "gpt2") -> None:
        self._model = model.eval()
        self._body = model.transformer
        self._prefix = prefix_tokens(model)
        config = model.config
        self._heads, self._width = int(config.n_head), int(config.n_embd) // int(config.n_head)
        self.name = name
        self.runtime = f"torch, {str(model.dtype).removeprefix('torch.')}"
        self.context_tokens = int(config.n_positions) - self._prefix
        self.vocabulary = int(config.vocab_size)
        self.token_bytes = 2 * int(config.n_layer) * self._heads * self._width * int(model.dtype.itemsize)
        scale = self._width**-0.5 if config.scale_attn_weights else 1.0
        by_layer = config.scale_attn_by_inverse_layer_idx
        self._scales = [scale / (layer + 1) if by_layer else scale for layer in range(int(config.n_layer))]
        self._slots: dict[int, _Kept] = {}
        self._next = 0

    def start(self) -> int:
        """A new sequence, empty but for the model's prefix."""
        shape = (len(self._scales), 2, self._heads, self._prefix + _GROWTH, self._width)
        values = torch.empty(shape, dtype=self._model.dtype, device=self._model.device)
        if self._prefix:
            values[:, :, :, : self._prefix] = self._model.desk_prefix.to(values)
        return self._add(_Kept(values, self._prefix))

    def fork(self, slot: int, length: int) -> int:
        """A new sequence that begins with the first ``length`` ids of another; they are copied."""
        held = self._prefix + length
        return self._add(_Kept(self._slots[slot].values[:, :, :, :held].clone(), held))

    def truncate(self, slot: int, length: int) -> None:
        """Forget all ids of a sequence but the first ``length``."""
        kept = self._slots[slot]
        kept.length = min(kept.length, self._prefix + length)

    def release(self, slot: int) -> None:
        """Forget a sequence."""
        del self._slots[slot]

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece]) -> list[NDArray[np.float32]]:
        """Run new ids of several sequences; see ``Runner.forward``."""
        positions: list[int] = []
        spans, start = [], 0
        for piece in pieces:
            kept, count = self._slots[piece.slot], len(piece.ids)
            kept.reserve(count)
            mask = _causal(kept.length, count, self._model.device)
            spans.append(_Span(kept, kept.length, slice(start, start + count), mask))
            positions.extend(range(kept.length, kept.length + count))
            start += count
        hidden = self._run([token for piece in pieces for token in piece.ids], positions, spans)
        for span in spans:
            span.kept.length = span.total
        wanted = [slice(span.rows.stop - piece.keep, span.rows.stop) for span, piece in zip(spans, pieces, strict=True)]
        return self._logits(hidden, wanted)

    @torch.inference_mode()
    def branch(self, slot: int, rows: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """Logits of several continuations of one sequence; see ``Runner.branch``.

        They run as one piece in which no continuation sees another, so the keys of what they share are read once.
        """
        kept, count = self._slots[slot], sum(map(len, rows))
        kept.reserve(count)
        mask = torch.zeros(count, kept.length + count, dtype=torch.bool, device=self._model.device)
        mask[:, : kept.length] = True
        positions: list[int] = []
        spans, start = [], 0
        for row in rows:
            spans.append(slice(start, start + len(row)))
            positions.extend(range(kept.length, kept.length + len(row)))
            own = slice(kept.length + start, kept.length + start + len(row))
            mask[spans[-1], own] = torch.ones(len(row), len(row), dtype=torch.bool, device=mask.device).tril()
            start += len(row)
        span = _Span(kept, kept.length, slice(0, count), mask)
        return self._logits(self._run([token for row in rows for token in row], positions, [span]), spans)

    def _add(self, kept: _Kept) -> int:
        self._next += 1
        self._slots[self._next] = kept
        return self._next

    def _run(self, ids: Sequence[int], positions: Sequence[int], spans: Sequence[_Span]) -> Tensor:
        """What the last block says of a flat row of ids, (tokens, width of the model); fills keys and values in."""
        device = self._model.device
        hidden = self._body.wte(torch.tensor(ids, device=device)) + self._body.wpe(
            torch.tensor(positions, device=device)
        )
        for layer, block in enumerate(self._body.h):
            flat = block.attn.c_attn(block.ln_1(hidden)).view(len(ids), 3, self._heads, self._width)
            queries, keys, values = flat.permute(1, 2, 0, 3)  # each (heads, tokens, head width)
            seen = torch.cat(
                [self._attended(layer, span, queries, torch.stack((keys, values))) for span in spans], dim=1
            )
            hidden = hidden + block.attn.c_proj(seen.transpose(0, 1).reshape(len(ids), -1))
            hidden = hidden + block.mlp(block.ln_2(hidden))
        said: Tensor = hidden
        return said

    def _attended(self, layer: int, span: _Span, queries: Tensor, new: Tensor) -> Tensor:
        """Attention of one sequence's new tokens over all of its own, (heads, new tokens, head width)."""
        own = span.kept.values[layer]
        own[:, :, span.seen : span.total] = new[:, :, span.rows]
        found: Tensor = scaled_dot_product_attention(
            queries[None, :, span.rows],
            own[0, :, : span.total][None],
            own[1, :, : span.total][None],
            attn_mask=span.mask,
            scale=self._scales[layer],
        )
        return found[0]

    def _logits(self, hidden: Tensor, wanted: Sequence[slice]) -> list[NDArray[np.float32]]:
        """Logits of the wanted rows, (rows, vocabulary) for each slice."""
        chosen = torch.cat([hidden[rows] for rows in wanted])
        logits: NDArray[np.float32] = (
            self._model.lm_head(self._body.ln_f(chosen)).float().cpu().numpy()
            if len(chosen)
            else np.empty((0, self.vocabulary), np.float32)
        )
        return np.split(logits, np.cumsum([rows.stop - rows.start for rows in wanted])[:-1])


def _causal(seen: int, count: int, device: torch.device) -> Tensor | None:
    """Which of all tokens each new one may see, (new, all); None where there is but one, which sees them all."""
    if count == 1:
        return None
    return torch.ones(count, seen + count, dtype=torch.bool, device=device).tril(seen)
