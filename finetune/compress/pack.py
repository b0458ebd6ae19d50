"""Packs a GPT-2 into one small file (model/packed.py): 4 or 8 bits for its matrices, and no room for noughts.

Each group of numbers has its own scale, its largest (Dettmers et al. 2023, arXiv:2305.14314, without their second
quantisation), so that a large weight costs only its neighbours their digits; scales with less squared error were tried
and foretold no better. No examples are needed, as by GPTQ (Frantar et al. 2022, arXiv:2210.17323). Vectors stay in
fp16. Knows arrays, no runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from finetune.model.packed import GROUP, LARGEST, PACKED_FILE, levels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from finetune.model.weights import Weights

    Floats = NDArray[np.float32]

Bits = Literal[4, 8, 16]
_WORTH_A_MASK = {4: 0.25, 8: 0.15, 16: 0.08}
"""Share of noughts from which they are left out; at 4 bits a bit a number costs 22 %, in fp16 6 %."""
_AT_ONCE = 1 << 20


def packed(weights: Weights, bits: Bits) -> dict[str, NDArray[Any]]:
    """The parts of every tensor by name, as model/packed.py reads them; 16 bits only leave noughts out."""
    names = [name for name, _ in weights.shape.tensors()]
    if not np.array_equal(weights.floats("lm_head.weight"), weights.floats("wte.weight")):
        names.append("lm_head.weight")
    parts: dict[str, NDArray[Any]] = {}
    for name in names:
        array = weights.floats(name)
        if array.ndim == 1:
            parts[name] = array.astype(np.float16)
        else:
            parts |= {f"{name}.{part}": found for part, found in _packed(array, bits).items()}
    return parts


def save_packed(weights: Weights, folder: Path, bits: Bits) -> None:
    """Write ``packed.safetensors`` into a version's folder in place of other weights, before its manifest."""
    from safetensors.numpy import save_file

    save_file(packed(weights, bits), folder / PACKED_FILE)


def _packed(array: Floats, bits: Bits) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = {}
    numbers = array.reshape(-1)
    where = numbers != 0
    if 1 - where.mean() >= _WORTH_A_MASK[bits]:
        parts["mask"] = np.packbits(where)
        numbers = numbers[where]
    if bits == 16:  # noqa: PLR2004  # a name would say no more
        return {**parts, "kept": numbers.astype(np.float16)}
    count = len(numbers)
    groups = np.pad(numbers, (0, -count % GROUP)).reshape(-1, GROUP)
    rounding = _four_bits if bits == 4 else _eight_bits  # noqa: PLR2004
    found = [rounding(groups[start : start + _AT_ONCE // GROUP]) for start in range(0, len(groups), _AT_ONCE // GROUP)]
    parts["scales"] = np.concatenate([scales for _, scales in found] or [np.zeros(0, np.float16)])
    places = np.concatenate([each for each, _ in found] or [np.zeros((0, GROUP), np.uint8)]).reshape(-1)
    parts["numbers"] = places[:count] if bits == 8 else places[::2] << 4 | places[1::2]  # noqa: PLR2004
    return parts


def _eight_bits(groups: Floats) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """(groups, GROUP) in int8, and the groups' scales."""
    scales = np.abs(groups).max(axis=1).astype(np.float16)
    return np.rint(_normed(groups, scales) * LARGEST).astype(np.int8), scales


def _four_bits(groups: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """(groups, GROUP) as places among the levels, and the groups' scales."""
    known = levels()
    scales = np.abs(groups).max(axis=1).astype(np.float16)
    between = (known[1:] + known[:-1]) / 2
    return np.searchsorted(between, _normed(groups, scales)).astype(np.uint8), scales


def _normed(groups: Floats, scales: NDArray[np.float16]) -> Floats:
    divisors = scales.astype(np.float32)[:, None]
    divisors[divisors == 0] = 1
    found: Floats = np.clip(groups / divisors, -1, 1)
    return found
