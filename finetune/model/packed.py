"""Weights in one small file: matrices in 4 or 8 bits by groups, noughts left out; read back as the floats that serve.

What is gained is room, on disk and on the way to other machines. A processor computes with what comes out (fp32, or 8
bits by int8.py), so the packed model is as fast as the floats it was made of. One safetensors file holds, for a tensor
of Hugging Face's ``name`` (weights.py gives the shapes):

    name            the tensor as it is, or
    name.mask       where it is not nought, one bit a number in the order of rows (absent where most are kept), and
    name.kept       the kept numbers in fp16, or
    name.numbers    the kept numbers as places in ``levels()`` (uint8, two in each) or as int8, and
    name.scales     fp16, what those are multiplied by: one for each group of ``GROUP`` kept numbers

Knows arrays; refuses to know how they are rounded (compress/pack.py) and torch.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

PACKED_FILE = "packed.safetensors"
GROUP = 32
"""Numbers that share a scale: 4 bits a number come to 4.5 with it."""
LARGEST = 127
_OFFSET = 0.9677083  # Dettmers et al.'s: the mean of 1 - 1/30 and 1 - 1/32


def levels() -> NDArray[np.float32]:
    """The 16 numbers from -1 to 1 that 4 bits choose among: quantiles of a normal distribution, and nought.

    Dettmers et al. 2023, "QLoRA", arXiv:2305.14314 (NF4): each is used about as often, since weights are near normal.
    """
    quantile = NormalDist().inv_cdf
    above = [quantile(part) for part in np.linspace(0.5, _OFFSET, 9)[1:]]
    below = [-quantile(part) for part in np.linspace(0.5, _OFFSET, 8)[1:]]
    found = np.array([*reversed(below), 0.0, *above], dtype=np.float32)
    normed: NDArray[np.float32] = found / np.abs(found).max()
    return normed


def is_packed(folder: Path) -> bool:
    """Whether the weights in a folder are in this form."""
    return (folder / PACKED_FILE).exists()


def unpacked(
    parts: Mapping[str, NDArray[Any]], tensors: Iterable[tuple[str, tuple[int, ...]]]
) -> dict[str, NDArray[np.float32]]:
    """Those of ``tensors``, name and shape, that are among the parts, in fp32.

    Raises:
        ValueError: parts do not belong together; names the tensor.

    """
    found = {}
    for name, wanted in tensors:
        try:
            array = _restored(parts, name, wanted)
        except (ValueError, IndexError, TypeError) as error:
            raise ValueError(f"{name} does not unpack ({error})") from error
        if array is not None:
            found[name] = array
    return found


def _restored(parts: Mapping[str, NDArray[Any]], name: str, wanted: tuple[int, ...]) -> NDArray[np.float32] | None:
    if name in parts:
        return np.asarray(parts[name], dtype=np.float32)
    mask, size = parts.get(f"{name}.mask"), math.prod(wanted)
    where = None if mask is None else np.unpackbits(mask, count=size).astype(bool)
    count = size if where is None else int(where.sum())
    if f"{name}.kept" in parts:
        kept = np.asarray(parts[f"{name}.kept"], dtype=np.float32)
    elif f"{name}.numbers" in parts:
        kept = _scaled(parts[f"{name}.numbers"], parts[f"{name}.scales"], count)
    else:
        return None
    if where is None:
        return kept.reshape(wanted)
    whole = np.zeros(size, np.float32)
    whole[where] = kept
    return whole.reshape(wanted)


def _scaled(numbers: NDArray[Any], scales: NDArray[Any], count: int) -> NDArray[np.float32]:
    if numbers.dtype == np.uint8:
        places = np.stack((numbers >> 4, numbers & 15), axis=1).reshape(-1)[:count]
        values = levels()[places]
    else:
        values = numbers[:count].astype(np.float32) / np.float32(LARGEST)
    found: NDArray[np.float32] = values * np.repeat(scales.astype(np.float32), GROUP)[:count]
    return found
