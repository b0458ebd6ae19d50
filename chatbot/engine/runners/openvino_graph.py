"""A GPT-2 as an OpenVINO graph of our own, for many sequences at once: a flat row of ids, attention over pages.

Inputs, T tokens of S sequences that stand one after the other, B pages in all:
``ids`` (T), ``positions`` (T), ``rows`` (R, of which tokens the logits are wanted), ``past_lens`` (S),
``subsequence_begins`` (S + 1), ``block_indices`` (B), ``block_indices_begins`` (S + 1), ``max_context_len`` (),
and for each layer ``key_cache.N`` and ``value_cache.N`` (pages, heads, tokens of a page, head width), which the graph
fills in. Output: logits (R, vocabulary). Attention is OpenVINO's own paged attention (Kwon et al. 2023, vLLM); the
node has no promise of stability, so whoever uses the graph compares it with numpy and goes on with numpy where it
fails. Knows weights and nodes; runs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.compress.int8 import matrices
from retrieval.encoder.openvino import package

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike

    from finetune.compress.int8 import Rounded
    from finetune.model.weights import Weights

SHARED_INPUTS = (
    "ids",
    "positions",
    "rows",
    "past_lens",
    "subsequence_begins",
    "block_indices",
    "block_indices_begins",
    "max_context_len",
)
_ACTIVATIONS = {"gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu": "erf"}


def build(weights: Weights, rounded: Mapping[str, Rounded]) -> Any:
    """The ``openvino.Model`` of a GPT-2; matrices named in ``rounded`` are taken from there.

    Raises:
        ImportError: openvino is not installed.

    """
    return Builder(weights, rounded).graph()


class Builder:
    """The parts of a GPT-2 as nodes, and the graph of them."""

    def __init__(self, weights: Weights, rounded: Mapping[str, Rounded]) -> None:
        openvino = package()
        from openvino import opset13
        from openvino.op import _PagedAttentionExtension

        self._openvino, self._op, self._attention = openvino, opset13, _PagedAttentionExtension
        self._weights, self._shape = weights, weights.shape
        self._rounded = rounded
        # One at a time: together they would take as much memory again as the model.
        self._matrices = {name: matrix for name, matrix in matrices(weights) if name not in rounded}
        self._activation = _ACTIVATIONS[self._shape.activation_function]
        self._inputs: dict[str, Any] = {}

    def graph(self) -> Any:
        """Builds the whole graph of a GPT-2, as the module describes it."""
        for name in SHARED_INPUTS:
            self._input(name, [] if name == "max_context_len" else [-1], np.int32)
        hidden = self._op.add(self._embedding("wte.weight", "ids"), self._embedding("wpe.weight", "positions"))
        hidden = self._layers(hidden)
        # The output layer is the largest matrix of a small model: only what is asked for goes through it.
        wanted = self._op.gather(hidden, self._inputs["rows"], self._numbers(0))
        logits = self._op.matmul(self._norm(wanted, "ln_f"), self._matrix("lm_head"), False, True)
        return self._openvino.Model([logits.output(0)], list(self._inputs.values()), "gpt2")

    def _layers(self, hidden: Any) -> Any:
        for layer in range(self._shape.n_layer):
            seen = self._attend(layer, self._norm(hidden, f"h.{layer}.ln_1"))
            hidden = self._op.add(hidden, self._linear(seen, f"h.{layer}.attn.c_proj"))
            wide = self._linear(self._norm(hidden, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc")
            active = self._op.gelu(wide, self._activation)
            hidden = self._op.add(hidden, self._linear(active, f"h.{layer}.mlp.c_proj"))
        return hidden

    def _attend(self, layer: int, hidden: Any) -> Any:
        op = self._op
        joined = self._linear(hidden, f"h.{layer}.attn.c_attn")
        queries, keys, values = op.split(joined, self._numbers(1), 3).outputs()
        pages = [
            self._input(f"{kind}.{layer}", self._openvino.PartialShape.dynamic(4), self._openvino.Type.dynamic)
            for kind in ("key_cache", "value_cache")
        ]
        batch = [self._inputs[name] for name in SHARED_INPUTS[3:7]]
        node = self._attention(
            [
                queries,
                keys,
                values,
                *(page.output(0) for page in pages),
                *(part.output(0) for part in batch),
                self._floats(self._shape.scale(layer)),
                self._numbers(0),  # no sliding window
                self._floats([]),  # no slopes
                self._inputs["max_context_len"].output(0),
                *self._unused(),
            ]
        )
        facts = node.get_rt_info()  # where the processor's plugin looks for them
        for kind in ("k", "v"):
            facts[f"num_{kind}_heads"], facts[f"{kind}_head_size"] = self._shape.n_head, self._shape.head_width
        return node.output(0)

    def _unused(self) -> list[Any]:
        """What the node has besides and GPT-2 does not need; empty is off.

        Scores of what was attended, rotation of keys, sparse attention, sinks, eviction, token types, biases.
        """
        none, some = self._numbers([]), self._floats([])
        block, stride = self._numbers(128), self._numbers(16)  # ignored as long as there is no threshold
        scores_and_rotation = [none, none, none, some]
        sparse = [some, block, stride]
        eviction = [self._numbers(0), none, none, none]
        biases = [none, self._constant([], np.uint8), none]
        return [*scores_and_rotation, *sparse, some, *eviction, *biases]

    def _embedding(self, name: str, ids: str) -> Any:
        table = self._weights.floats(name)
        half = table.astype(np.float16)
        if np.array_equal(half.astype(np.float32), table):  # a version on disk has no more digits than these
            found = self._op.convert(self._op.constant(half), np.float32)
        else:
            found = self._op.constant(table)
        return self._op.gather(found, self._inputs[ids], self._numbers(0))

    def _norm(self, hidden: Any, name: str) -> Any:
        epsilon = self._shape.layer_norm_epsilon
        even = self._op.mvn(hidden, self._constant([-1], np.int64), True, epsilon, "inside_sqrt")
        weighed = self._op.multiply(even, self._op.constant(self._weights.floats(f"{name}.weight")))
        return self._op.add(weighed, self._op.constant(self._weights.floats(f"{name}.bias")))

    def _linear(self, hidden: Any, name: str) -> Any:
        bias = self._op.constant(self._weights.floats(f"{name}.bias")[None])
        return self._op.add(self._op.matmul(hidden, self._matrix(name), False, True), bias)

    def _matrix(self, name: str) -> Any:
        whole = self._rounded.get(name)
        if whole is None:
            return self._op.constant(self._matrices[name])
        return self._op.multiply(
            self._op.convert(self._op.constant(whole.numbers), np.float32), self._op.constant(whole.scales)
        )

    def _input(self, name: str, shape: Any, kind: Any) -> Any:
        parameter = self._op.parameter(shape, kind, name=name)
        parameter.output(0).get_tensor().set_names({name})
        self._inputs[name] = parameter
        return parameter

    def _constant(self, value: object, kind: DTypeLike) -> Any:
        return self._op.constant(np.array(value, dtype=kind)).output(0)

    def _numbers(self, value: object) -> Any:
        return self._constant(value, np.int32)

    def _floats(self, value: object) -> Any:
        return self._constant(value, np.float32)
