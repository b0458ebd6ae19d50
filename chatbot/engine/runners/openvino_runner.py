"""A GPT-2 on OpenVINO: ragged batches over pages of keys and values, fp32 or bfloat16, with 8-bit weights or without.

All new ids of a step go through every layer as one flat row, and attention reads each sequence's own pages, so a long
prompt, a running reply and a proposal to verify cost what their tokens cost. No scale is shared between tokens, let
alone sequences, so nobody's text depends on who else is served. Knows pages and one compiled graph
(``openvino_graph``); chooses no token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.engine.runners.kv_pages import HeldPages, Pages
from chatbot.engine.runners.openvino_graph import build
from chatbot.engine.runners.runner import Piece
from retrieval.encoder.openvino import core, package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from finetune.compress.int8 import Rounded
    from finetune.model.weights import Weights

_TOGETHER = 64
_FIRST_PAGES = 32
"""Pages there is room for at first; more are made as they are needed, each time as many again."""


class OpenVinoRunner:
    """Implements ``Runner`` over the weights of a GPT-2, which go into the graph."""

    def __init__(
        self,
        weights: Weights,
        *,
        name: str = "gpt2",
        rounded: Mapping[str, Rounded] | None = None,
        bf16: bool = False,
        threads: int = 1,
    ) -> None:
        """``rounded``: the matrices that are kept in 8 bits (``finetune.compress.int8``); without, all are floats.

        ``bf16``: compute, and keep keys and values, in bfloat16; only for a processor that has it
        (``retrieval.encoder.openvino.computes_bf16``).

        Raises:
            ImportError: openvino is not installed.
            RuntimeError: this release of it, or this processor, cannot run the graph.

        """
        shape = weights.shape
        self._layers, self._heads, self._width = shape.n_layer, shape.n_head, shape.head_width
        self._prefix = weights.prefix_tokens
        precision = "bf16" if bf16 else "f32"
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            # Where the processor multiplies bytes, 64 inputs of one token share a scale beside 8-bit weights. Elsewhere
            # it does nothing, and activations stay floats.
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": _TOGETHER,
            "KV_CACHE_PRECISION": precision,  # in 8 bits logits move three times as far, for nothing on small models
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # the encoder's threads share these cores
        }
        compiled = core().compile_model(build(weights, rounded or {}), "CPU", settings)
        self._request = compiled.create_infer_request()
        pages = compiled.input("value_cache.0")
        self._page_tokens = int(pages.get_partial_shape()[2].get_length())
        self._kept_as = pages.get_element_type()
        precision = "bfloat16" if self._kept_as == package().Type.bf16 else "float32"
        self.name = name
        self.runtime = f"openvino, {precision}{', 8-bit weights' if rounded else ''}"
        self.context_tokens = shape.n_positions - self._prefix
        self.vocabulary = shape.vocab_size
        self.token_bytes = 2 * self._layers * self._heads * self._width * int(self._kept_as.size)
        self._caches: dict[str, Any] = {}
        self._bound: dict[str, NDArray[np.int32]] = {}  # what the request reads its inputs from
        self._pages = Pages(self._page_tokens, self._copy, self._grow)
        self._slots: dict[int, HeldPages] = {}
        self._next = 0
        self._opening = HeldPages()
        if weights.prefix is not None:
            self._write_prefix(weights.prefix)

    def start(self) -> int:
        """A new sequence, empty but for the model's prefix."""
        return self._add(self._pages.fork(self._opening, self._opening.length))

    def fork(self, slot: int, length: int) -> int:
        """A new sequence that begins with the first ``length`` ids of another; their pages are shared."""
        return self._add(self._pages.fork(self._slots[slot], self._prefix + length))

    def truncate(self, slot: int, length: int) -> None:
        """Forget all ids of a sequence but the first ``length``."""
        self._pages.truncate(self._slots[slot], self._prefix + length)

    def release(self, slot: int) -> None:
        """Forget a sequence."""
        self._pages.truncate(self._slots.pop(slot), 0)

    def forward(self, pieces: Sequence[Piece]) -> list[NDArray[np.float32]]:
        """Run new ids of several sequences; see ``Runner.forward``."""
        helds = [self._slots[piece.slot] for piece in pieces]
        counts = np.array([len(piece.ids) for piece in pieces], np.int32)
        for held, piece in zip(helds, pieces, strict=True):
            self._pages.extend(held, len(piece.ids))
        past = np.array([held.length for held in helds], np.int32)
        begins = _begins(counts)
        ends = begins[1:]
        kept = [piece.keep for piece in pieces]
        # Inside a prompt nothing is kept, but the graph has to be asked for something: what is not wanted is let go.
        rows = np.concatenate([np.arange(end - keep, end) for end, keep in zip(ends, kept, strict=True)])
        logits = self._infer(
            {
                "ids": np.fromiter((token for piece in pieces for token in piece.ids), np.int32, int(ends[-1])),
                "positions": np.arange(ends[-1], dtype=np.int32) + np.repeat(past - begins[:-1], counts),
                "rows": (rows if len(rows) else ends[-1:] - 1).astype(np.int32),
                "past_lens": past,
                "subsequence_begins": begins,
                "block_indices": np.array([page for held in helds for page in held.pages], np.int32),
                "block_indices_begins": _begins([len(held.pages) for held in helds]),
                "max_context_len": np.array((past + counts).max(), np.int32),
            }
        )
        for held, count in zip(helds, counts, strict=True):
            held.length += int(count)
        return np.split(logits[: len(rows)], np.cumsum(kept)[:-1])

    def branch(self, slot: int, rows: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """Logits of several continuations of one sequence; see ``Runner.branch``."""
        length = self._slots[slot].length - self._prefix
        branches = [self.fork(slot, length) for _ in rows]
        try:
            return self.forward([Piece(branch, row, len(row)) for branch, row in zip(branches, rows, strict=True)])
        finally:
            for branch in branches:
                self.release(branch)

    def _add(self, held: HeldPages) -> int:
        self._next += 1
        self._slots[self._next] = held
        return self._next

    def _infer(self, inputs: dict[str, NDArray[np.int32]]) -> NDArray[np.float32]:
        for name, values in inputs.items():
            bound = self._bound.get(name)
            if bound is not None and bound.shape == values.shape:
                bound[...] = values  # one more token of the same texts: handing arrays over anew costs a tenth of it
            else:
                self._bound[name] = values
                self._request.set_tensor(name, package().Tensor(values, shared_memory=True))
        self._request.infer(share_outputs=True)
        # The tensor is written to again by the next step.
        return np.array(self._request.get_output_tensor(0).data, dtype=np.float32)

    def _copy(self, source: int, target: int) -> None:
        for cache in self._caches.values():
            cache.data[target] = cache.data[source]

    def _grow(self, pages: int) -> None:
        """Room for ``pages`` pages in each layer, and at least for the first; what they hold moves along."""
        openvino = package()
        shape = openvino.Shape([max(pages, _FIRST_PAGES), self._heads, self._page_tokens, self._width])
        for layer in range(self._layers):
            for name in (f"key_cache.{layer}", f"value_cache.{layer}"):
                old = self._caches.get(name)
                if old is not None and old.shape[0] >= pages:
                    continue
                wider = openvino.Tensor(self._kept_as, shape)
                if old is not None:
                    wider.data[: old.shape[0]] = old.data
                self._caches[name] = wider
                self._request.set_tensor(name, wider)

    def _write_prefix(self, prefix: NDArray[np.float32]) -> None:
        """Put a trained prefix, (layers, 2, heads, tokens, head width), into pages that every sequence begins with."""
        self._pages.extend(self._opening, self._prefix)
        self._opening.length = self._prefix
        for layer, both in enumerate(prefix):
            for kind, values in zip(("key_cache", "value_cache"), both, strict=True):
                cache = self._caches[f"{kind}.{layer}"].data
                for start, page in zip(range(0, self._prefix, self._page_tokens), self._opening.pages, strict=True):
                    part = values[:, start : start + self._page_tokens]
                    # Numpy has no bfloat16: OpenVINO shows such a page as float16 with the same bits.
                    kept = part if self._kept_as == package().Type.f32 else bfloat16_bits(part).view(np.float16)
                    cache[page, :, : part.shape[1]] = kept


def bfloat16_bits(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The upper halves of floats, rounded to nearest and ties to even as processors do."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _begins(lengths: Sequence[int] | NDArray[np.int32]) -> NDArray[np.int32]:
    """Where each of several parts begins, and where the last ends."""
    begins = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=begins[1:])
    return begins
