"""How much memory loading a model version takes, from its files' headers, before any weight is read."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING

from finetune.model.packed import PACKED_FILE
from finetune.model.weights import INT8_FILE, PREFIX_FILE, Shape

if TYPE_CHECKING:
    from pathlib import Path

FLOAT = 4
_COPIES = 2
"""While a model is loaded, its weights stand in memory as they are read and once more as the runtime keeps them."""


def needed_bytes(folder: Path) -> int:
    """Bytes that loading the version in ``folder`` takes at its height, roughly; 0 where no header can be read."""
    weights = 0
    for path in folder.glob("*.safetensors"):
        if path.name == PACKED_FILE:
            weights += _unpacked_parameters(folder)
        elif path.name not in {PREFIX_FILE, INT8_FILE}:
            weights += _parameters(path)
    return _COPIES * FLOAT * weights


def _unpacked_parameters(folder: Path) -> int:
    """How many numbers come out of a packed file: its header has the shapes of what they are packed into."""
    try:
        shape = Shape.of(json.loads((folder / "config.json").read_text(encoding="utf-8")))
        return sum(math.prod(wanted) for _, wanted in shape.tensors())
    except (OSError, ValueError, TypeError):
        return 0  # a damaged file is told by its checksum


def _parameters(path: Path) -> int:
    """How many numbers a safetensors file holds: 8 bytes of length, then JSON with every tensor's shape."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, path.stat().st_size)))
        return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return 0  # a damaged file is told by its checksum
