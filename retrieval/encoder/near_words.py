"""Words near a word in meaning, by what the encoder that ships knows of them before it reads a sentence.

Its vocabulary's whole words, nearly all English, as the rows of its table of embeddings. The common direction is
taken out first: else frequent words are near everything (Mu & Viswanath 2018, "All-but-the-Top", arXiv 1702.01417).
Knows no passages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.encoder.encoder import bundled_folder
from retrieval.vectors import unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TABLE = "embeddings.word_embeddings.weight"
_LEAST = 0.5
"""Cosine of two words that can mostly stand for each other; below it come those that merely go together. Opposites
("cheap", "expensive") are near as well: a weakness of all such vectors, why WordNet is asked first."""
_MOST = 3
_SHORTEST = 4


class NearWords:
    """The nearest words of the vocabulary: ``NearWords.load()("parcel")``."""

    def __init__(self, words: list[str], vectors: NDArray[np.float32]) -> None:
        """``vectors``: (words, dimension), as the table has them."""
        self._words = words
        self._place = {word: place for place, word in enumerate(words)}
        self._units = unit(vectors - vectors.mean(axis=0))

    @classmethod
    def load(cls) -> NearWords:
        """Of the encoder that ships.

        Raises:
            EncoderError: it is not there.

        """
        from safetensors import safe_open
        from tokenizers import Tokenizer

        folder = bundled_folder()
        known = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
        words = sorted(word for word in known if word.isalpha() and len(word) >= _SHORTEST)
        with safe_open(folder / "model.safetensors", framework="numpy") as file:
            table = file.get_tensor(_TABLE)
        return cls(words, table[[known[word] for word in words]].astype(np.float32))

    def __call__(self, word: str) -> list[str]:
        """At most a few words in lower case, nearest first, none that is the same but for its ending."""
        place = self._place.get(word)
        if place is None:
            return []
        cosines = self._units @ self._units[place]
        nearest = np.argsort(-cosines)[: 1 + 4 * _MOST]
        found = [self._words[each] for each in nearest if cosines[each] >= _LEAST]
        return [other for other in found if not _same_stem(other, word)][:_MOST]


def _same_stem(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    return long.startswith(short[: max(_SHORTEST, len(short) - 2)])
