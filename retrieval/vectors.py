"""Unit vectors and hashes of texts, as arrays. Knows no model, no passages and no files."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray


def unit(vectors: ArrayLike) -> NDArray[np.float32]:
    """Rows scaled to length 1, shape (n, d), as 32-bit floats; a row of zeros stays one."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)


def hashes(texts: Iterable[str]) -> NDArray[np.uint64]:
    """64-bit hashes of ids or terms, the same on every machine and in every run.

    Among a million of them, two meet with a probability of about 3 in 100 million.
    """
    digests = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
