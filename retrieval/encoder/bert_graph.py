"""A BERT (Devlin et al. 2018, arXiv:1810.04805) whose vectors are means over tokens, as an OpenVINO graph of our own.

Inputs: ids and mask, both (texts, tokens) in int64. Outputs: means over the tokens that are not padding, (texts,
width), and the states of the tokens, (texts, tokens, width).
Built of the arrays of a ``model.safetensors`` with Hugging Face's names, so that neither torch nor a conversion is
needed; whoever uses it compares its vectors with known ones. Knows weights and nodes; runs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encoder.openvino import package

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray


def build(arrays: Mapping[str, NDArray[np.float32]], *, layers: int, heads: int, epsilon: float) -> Any:
    """The ``openvino.Model`` of a BERT with absolute positions and exact GELU. Raises KeyError where an array lacks."""
    return _Graph(arrays, heads, epsilon).model(layers)


class _Graph:
    """The parts of a BERT as nodes, and the graph of them."""

    def __init__(self, arrays: Mapping[str, NDArray[np.float32]], heads: int, epsilon: float) -> None:
        self._openvino = package()
        self._op = self._openvino.opset13
        self._arrays, self._heads, self._epsilon = arrays, heads, epsilon

    def model(self, layers: int) -> Any:
        op = self._op
        ids, mask = (op.parameter([-1, -1], np.int64, name=name) for name in ("ids", "mask"))
        hidden = self._embedded(ids)
        seen = op.unsqueeze(op.convert(mask, "boolean"), self._whole([1, 2]))  # (texts, 1, 1, tokens)
        for layer in range(layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, seen)
        weights = op.unsqueeze(op.convert(mask, np.float32), self._whole(2))
        total = op.reduce_sum(op.multiply(hidden, weights), self._whole([1]))
        count = op.maximum(op.reduce_sum(weights, self._whole([1])), self._constant(1e-9, np.float32))
        return self._openvino.Model([op.divide(total, count).output(0), hidden.output(0)], [ids, mask], "bert")

    def _embedded(self, ids: Any) -> Any:
        op = self._op
        words = op.gather(self._array("embeddings.word_embeddings.weight"), ids, self._whole(0))
        length = op.gather(op.shape_of(ids), self._whole(1), self._whole(0))
        places = op.range(self._whole(0), length, self._whole(1), "i64")
        positions = op.gather(self._array("embeddings.position_embeddings.weight"), places, self._whole(0))
        first = self._arrays["embeddings.token_type_embeddings.weight"][0]  # there is no second sentence
        return self._norm(op.add(op.add(words, positions), op.constant(first)), "embeddings.LayerNorm")

    def _layer(self, name: str, hidden: Any, seen: Any) -> Any:
        op = self._op
        parts = (self._by_head(self._linear(hidden, f"{name}.attention.self.{part}")) for part in _PARTS)
        found = op.transpose(op.scaled_dot_product_attention(*parts, seen), self._whole([0, 2, 1, 3]))
        joined = op.reshape(found, self._whole([0, 0, -1]), special_zero=True)
        hidden = self._added(hidden, self._linear(joined, f"{name}.attention.output.dense"), f"{name}.attention")
        wide = op.gelu(self._linear(hidden, f"{name}.intermediate.dense"), "erf")
        return self._added(hidden, self._linear(wide, f"{name}.output.dense"), name)

    def _by_head(self, flat: Any) -> Any:
        """(texts, tokens, width) as (texts, heads, tokens, width of a head)."""
        apart = self._op.reshape(flat, self._whole([0, 0, self._heads, -1]), special_zero=True)
        return self._op.transpose(apart, self._whole([0, 2, 1, 3]))

    def _added(self, hidden: Any, found: Any, name: str) -> Any:
        return self._norm(self._op.add(hidden, found), f"{name}.output.LayerNorm")

    def _norm(self, hidden: Any, name: str) -> Any:
        even = self._op.mvn(hidden, self._whole([-1]), True, self._epsilon, "inside_sqrt")
        return self._op.add(self._op.multiply(even, self._array(f"{name}.weight")), self._array(f"{name}.bias"))

    def _linear(self, hidden: Any, name: str) -> Any:
        return self._op.add(
            self._op.matmul(hidden, self._array(f"{name}.weight"), False, True), self._array(f"{name}.bias")
        )

    def _array(self, name: str) -> Any:
        return self._op.constant(self._arrays[name])

    def _whole(self, value: object) -> Any:
        return self._constant(value, np.int64)

    def _constant(self, value: object, kind: DTypeLike) -> Any:
        return self._op.constant(np.array(value, dtype=kind))


_PARTS = ("query", "key", "value")
