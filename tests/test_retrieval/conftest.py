"""A fixed fake encoder: each word has its own random direction, a text is the sum of its words."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.progress import silent
from retrieval.passages import Passage, PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report


class WordEncoder:
    """Bag of hashed words. Notes what it was asked to encode."""

    dimension = 64

    def __init__(self, fingerprint: str = "words") -> None:
        self.fingerprint = fingerprint
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], report: Report = silent) -> NDArray[np.float32]:
        self.encoded += texts
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
                seed = int.from_bytes(blake2b(word.encode(), digest_size=4).digest())
                rows[row] += np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)
            report("encode", row + 1, len(texts))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def other_encoder() -> WordEncoder:
    return WordEncoder("other-words")


@pytest.fixture
def passages() -> list[Passage]:
    """A small desk: four moments over four months, two chunks of one article, one without a date."""
    moment, article = PassageKind.MOMENT, PassageKind.ARTICLE
    return [
        Passage("a:1", moment, "where is my parcel", "It left us on Monday.", "a", created="2024-01-10"),
        Passage("b:1", moment, "my parcel is late", "Sorry, the carrier is slow.", "b", created="2024-02-10"),
        Passage("c:1", moment, "refund for a broken lamp", "We refund it today.", "c", created="2024-03-10"),
        Passage("d:1", moment, "parcel arrived broken", "Please send a photo.", "d", created="2024-04-10"),
        Passage("shipping#0", article, "Shipping\nHow long a parcel takes", "Two days.", "shipping", "Shipping"),
        Passage("shipping#1", article, "Shipping\nA lost parcel", "Write to us.", "shipping", "Shipping"),
    ]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Where the index goes, and the vector cache."""
    return tmp_path / "indexes" / "one", tmp_path / "embeddings"
