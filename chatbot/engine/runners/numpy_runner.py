"""A GPT-2 on plain numpy: the reference that a faster runtime has to equal, and what serves without one.

All new ids of a step stand in one flat row, whatever sequence they belong to, so that ragged batches need no padding;
only attention goes sequence by sequence, over keys and values that each sequence keeps for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.engine.runners.runner import Piece
    from finetune.model.weights import Weights

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

_GROWTH = 64
"""Keys and values get room for so many tokens more at a time, at least."""


@dataclass(slots=True)
class _Kept:
    """Keys and values of one sequence: (layers, 2, heads, room, head width), of which ``length`` tokens are real."""

    values: Floats
    length: int

    def reserve(self, tokens: int) -> None:
        room = self.values.shape[3]
        if self.length + tokens <= room:
            return
        more = max(self.length + tokens, room + room // 2) + _GROWTH
        wider = np.empty((*self.values.shape[:3], more, self.values.shape[4]), np.float32)
        wider[:, :, :, : self.length] = self.values[:, :, :, : self.length]
        self.values = wider


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of the flat row that belongs to one sequence, which held ``seen`` tokens before.

    ``mask``: which of all its tokens each new one may see, (new, all).
    """

    kept: _Kept
    seen: int
    rows: slice[int, int, None]
    mask: Mask

    @property
    def total(self) -> int:
        return self.seen + self.rows.stop - self.rows.start


class NumpyRunner:
    """Implements ``Runner`` over a GPT-2's weights, with or without a trained prefix."""

    runtime = "numpy, float32"

    def __init__(self, weights: Weights, *, name: str = "gpt2") -> None:
        self._shape = shape = weights.shape
        self._arrays = {each: weights.floats(each) for each, _ in shape.tensors()}
        self._output = weights.floats("lm_head.weight").T
        self._opening, self._prefix = weights.prefix, weights.prefix_tokens
        self.name = name
        self.context_tokens = shape.n_positions - self._prefix
        self.vocabulary = shape.vocab_size
        self.token_bytes = 2 * shape.n_layer * shape.n_embd * np.dtype(np.float32).itemsize
        self._slots: dict[int, _Kept] = {}
        self._next = 0

    def start(self) -> int:
        """A new sequence, empty but for the model's prefix."""
        shape = self._shape
        room = self._prefix + _GROWTH
        values = np.empty((shape.n_layer, 2, shape.n_head, room, shape.head_width), np.float32)
        if self._opening is not None:
            values[:, :, :, : self._prefix] = self._opening
        return self._add(_Kept(values, self._prefix))

    def fork(self, slot: int, length: int) -> int:
        """A new sequence that begins with the first ``length`` ids of another; they are copied."""
        held = self._prefix + length
        return self._add(_Kept(self._slots[slot].values[:, :, :, :held].copy(), held))

    def truncate(self, slot: int, length: int) -> None:
        """Forget all ids of a sequence but the first ``length``."""
        kept = self._slots[slot]
        kept.length = min(kept.length, self._prefix + length)

    def release(self, slot: int) -> None:
        """Forget a sequence."""
        del self._slots[slot]

    def forward(self, pieces: Sequence[Piece]) -> list[Floats]:
        """Run new ids of several sequences; see ``Runner.forward``."""
        positions: list[int] = []
        spans, start = [], 0
        for piece in pieces:
            kept, count = self._slots[piece.slot], len(piece.ids)
            kept.reserve(count)
            mask = np.tri(count, kept.length + count, kept.length, dtype=np.bool_)
            spans.append(_Span(kept, kept.length, slice(start, start + count), mask))
            positions.extend(range(kept.length, kept.length + count))
            start += count
        hidden = self._run([token for piece in pieces for token in piece.ids], positions, spans)
        for span in spans:
            span.kept.length = span.total
        wanted = [slice(span.rows.stop - piece.keep, span.rows.stop) for span, piece in zip(spans, pieces, strict=True)]
        return self._logits(hidden, wanted)

    def branch(self, slot: int, rows: Sequence[Sequence[int]]) -> list[Floats]:
        """Logits of several continuations of one sequence; see ``Runner.branch``.

        They run as one piece in which no continuation sees another, so the keys of what they share are read once.
        """
        kept, count = self._slots[slot], sum(map(len, rows))
        kept.reserve(count)
        mask = np.zeros((count, kept.length + count), np.bool_)
        mask[:, : kept.length] = True
        positions: list[int] = []
        spans, start = [], 0
        for row in rows:
            spans.append(slice(start, start + len(row)))
            positions.extend(range(kept.length, kept.length + len(row)))
            own = slice(kept.length + start, kept.length + start + len(row))
            mask[spans[-1], own] = np.tri(len(row), dtype=np.bool_)
            start += len(row)
        span = _Span(kept, kept.length, slice(0, count), mask)
        return self._logits(self._run([token for row in rows for token in row], positions, [span]), spans)

    def _add(self, kept: _Kept) -> int:
        self._next += 1
        self._slots[self._next] = kept
        return self._next

    def _run(self, ids: Sequence[int], positions: Sequence[int], spans: Sequence[_Span]) -> Floats:
        """What the last block says of a flat row of ids, (tokens, width of the model); fills keys and values in."""
        shape = self._shape
        hidden = self._arrays["wte.weight"][list(ids)] + self._arrays["wpe.weight"][list(positions)]
        for layer in range(shape.n_layer):
            flat = self._linear(self._norm(hidden, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn")
            # each (heads, tokens, head width)
            queries, *new = flat.reshape(len(ids), 3, shape.n_head, shape.head_width).transpose(1, 2, 0, 3)
            seen = np.concatenate([self._attended(layer, span, queries, np.stack(new)) for span in spans], axis=1)
            joined = seen.transpose(1, 0, 2).reshape(len(ids), -1)
            hidden = hidden + self._linear(joined, f"h.{layer}.attn.c_proj")
            wide = self._linear(self._norm(hidden, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc")
            hidden = hidden + self._linear(_gelu(wide, shape.activation_function), f"h.{layer}.mlp.c_proj")
        return hidden

    def _attended(self, layer: int, span: _Span, queries: Floats, new: Floats) -> Floats:
        """Attention of one sequence's new tokens over all of its own, (heads, new tokens, head width)."""
        own = span.kept.values[layer]
        own[:, :, span.seen : span.total] = new[:, :, span.rows]
        keys, values = own[:, :, : span.total]
        scores = queries[:, span.rows] @ keys.transpose(0, 2, 1) * np.float32(self._shape.scale(layer))
        scores = np.where(span.mask, scores, np.float32(-np.inf))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        found: Floats = shares / shares.sum(axis=-1, keepdims=True) @ values
        return found

    def _linear(self, hidden: Floats, name: str) -> Floats:
        result: Floats = hidden @ self._arrays[f"{name}.weight"] + self._arrays[f"{name}.bias"]
        return result

    def _norm(self, hidden: Floats, name: str) -> Floats:
        even = hidden - hidden.mean(axis=-1, keepdims=True)
        even /= np.sqrt(np.square(even).mean(axis=-1, keepdims=True) + np.float32(self._shape.layer_norm_epsilon))
        result: Floats = even * self._arrays[f"{name}.weight"] + self._arrays[f"{name}.bias"]
        return result

    def _logits(self, hidden: Floats, wanted: Sequence[slice]) -> list[Floats]:
        """Logits of the wanted rows, (rows, vocabulary) for each slice."""
        chosen = np.concatenate([hidden[rows] for rows in wanted])
        logits = self._norm(chosen, "ln_f") @ self._output
        return np.split(logits, np.cumsum([rows.stop - rows.start for rows in wanted])[:-1])


def _gelu(values: Floats, kind: str) -> Floats:
    """Gaussian error linear units (Hendrycks & Gimpel 2016, arXiv:1606.08415), exactly or by the tanh of GPT-2."""
    if kind == "gelu":
        from scipy.special import erf

        exact: Floats = values * np.float32(0.5) * (1 + erf(values * np.float32(0.5**0.5)))
        return exact
    inner = np.float32((2 / np.pi) ** 0.5) * (values + np.float32(0.044715) * values * values * values)
    near: Floats = np.float32(0.5) * values * (1 + np.tanh(inner))
    return near
