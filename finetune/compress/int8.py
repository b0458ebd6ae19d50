"""Matrices of a GPT-2 as 8-bit integers with one scale a row, for runtimes that compute with floats all the same.

Fewer bytes to read for each token is all that is wanted: a runtime turns the integers back into floats as it goes, so
that what one sequence gets depends on no other. Symmetric, rounded to nearest, one scale for each output. A matrix in
which a few large weights would cost the small ones their digits stays as it is; the copying circuit of our own base
(ADR 11) is such a one. Knows arrays, no runtime.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.model.weights import INT8_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from finetune.model.weights import Weights

LARGEST_ERROR = 0.1
"""Root mean square of the rounding, as a share of a matrix's median weight, from which the matrix stays in floats.

Ordinary matrices have 0.01 to 0.03. In our base all three above 0.1 belong to the copying circuit: rounded as well,
they turn 29 % of its greedy tokens into others.
"""
_LARGEST = 127


@dataclass(frozen=True, slots=True)
class Rounded:
    """A matrix (outputs, inputs): ``numbers`` in int8, ``scales`` (outputs, 1) in fp32."""

    numbers: NDArray[np.int8]
    scales: NDArray[np.float32]

    def restored(self) -> NDArray[np.float32]:
        """The matrix in floats, as the runtime uses it."""
        floats: NDArray[np.float32] = self.numbers.astype(np.float32) * self.scales
        return floats


def matrices(weights: Weights) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Every matrix a GPT-2 multiplies by, output layer last, with its name, as (outputs, inputs)."""
    for layer in range(weights.shape.n_layer):
        for part in ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"):
            # Hugging Face's GPT-2 keeps them the other way round.
            yield f"h.{layer}.{part}", np.ascontiguousarray(weights.floats(f"h.{layer}.{part}.weight").T)
    yield "lm_head", weights.floats("lm_head.weight")


def rounded(matrix: NDArray[np.float32]) -> Rounded | None:
    """A matrix in 8 bits; None where that would lose too much of it."""
    scales = np.abs(matrix).max(axis=1, keepdims=True) / _LARGEST
    scales[scales == 0] = 1
    numbers = np.rint(matrix / scales).astype(np.int8)
    result = Rounded(numbers, scales.astype(np.float32))
    error = np.sqrt(np.mean((result.restored() - matrix) ** 2, dtype=np.float64))
    return result if error <= LARGEST_ERROR * np.median(np.abs(matrix)) else None


def quantised(weights: Weights) -> dict[str, Rounded]:
    """The matrices of a GPT-2 that bear it, in 8 bits, by name."""
    found = ((name, rounded(matrix)) for name, matrix in matrices(weights))
    return {name: matrix for name, matrix in found if matrix is not None}


def save_quantised(weights: Weights, folder: Path) -> None:
    """Write ``int8.safetensors`` into a version's folder, beside the weights it was made of, before its manifest."""
    from safetensors.numpy import save_file

    arrays: dict[str, NDArray[Any]] = {}
    for name, matrix in quantised(weights).items():
        arrays[name] = matrix.numbers
        arrays[f"{name}.scales"] = matrix.scales
    save_file(arrays, folder / INT8_FILE)


def read_quantised(folder: Path, files: Mapping[str, str]) -> dict[str, Rounded] | None:
    """What ``save_quantised`` wrote; None for a version that was made without.

    ``files`` are those of the version's manifest, which ``checkpoint.load_weights`` has just compared with the disk.
    """
    from safetensors.numpy import load_file

    if INT8_FILE not in files:
        return None
    arrays = load_file(folder / INT8_FILE)
    return {name: Rounded(arrays[name], arrays[f"{name}.scales"]) for name in arrays if f"{name}.scales" in arrays}
