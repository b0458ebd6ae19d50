"""The adapter: a small learnt layer over the encoder's vectors, so that a desk's questions lie near its answers.

    u(text) = unit(v(text) M + sum over the text's known words w of g(w) E[w])

v is the frozen encoder's vector; M (d x d) and the word table E are learnt, one pair for questions and one for answers,
so that a question lies near the answers it got here. The words carry what a general encoder cannot know: the names and
numbers of this desk. Because the encoder stays as it is, its vectors are computed once for good, and taking up another
adapter costs a multiplication for each text rather than another pass through the model. Knows no training and no index.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from retrieval.terms import terms
from retrieval.vectors import hashes, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WEIGHTS = "adapter.safetensors"
MANIFEST = "manifest.json"
FORMAT = 1
_PART = 4096
REMEMBERED = 20_000
"""Texts kept at hand with their known words, about 3 KB each."""


class AdapterError(RuntimeError):
    """The folder holds no adapter for this encoder; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Tower:
    """One side: ``map`` (d, d) for the encoder's vector and ``words`` (v, d), a row for each known word."""

    map: NDArray[np.float32]
    words: NDArray[np.float32]


@dataclass(frozen=True)
class DeskAdapter:
    """Both towers and the words they know: ``known`` (v), sorted hashes, and ``rarity`` (v), their idf."""

    encoder: str
    known: NDArray[np.uint64]
    rarity: NDArray[np.float32]
    question: Tower
    answer: Tower

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two adapters exactly when their vectors can be compared."""
        digest = hashlib.sha256(self.encoder.encode())
        for name, array in sorted(self._arrays().items()):
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    def questions(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors of questions, shape (n, d), from their texts and the encoder's vectors (n, d)."""
        return self._seen(self.question, texts, vectors)

    def answers(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors of answers and article passages, as ``questions``."""
        return self._seen(self.answer, texts, vectors)

    def save(self, folder: Path, manifest: dict[str, object]) -> None:
        """Write weights and manifest (last) into a folder that exists."""
        from safetensors.numpy import save_file

        save_file(self._arrays(), folder / WEIGHTS)
        with (folder / WEIGHTS).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        stated = {"format": FORMAT, "encoder": self.encoder, "fingerprint": self.fingerprint, "sha256": digest}
        (folder / MANIFEST).write_text(json.dumps({**manifest, **stated}, indent=2, default=str) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: str) -> DeskAdapter:
        """Read and check a folder; ``encoder`` is the fingerprint of the encoder it has to be for.

        Raises:
            AdapterError: it is missing, damaged, or was made for another encoder.

        """
        from safetensors.numpy import load_file

        try:
            stated = json.loads((folder / MANIFEST).read_text("utf-8"))
            with (folder / WEIGHTS).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if (stated["format"], stated["sha256"]) != (FORMAT, digest):
                raise AdapterError(f"The adapter {folder} is damaged or of another version: run `understudy train`.")
            arrays = load_file(folder / WEIGHTS)
        except (OSError, ValueError, KeyError) as error:
            raise AdapterError(f"The adapter {folder} cannot be read ({error}): run `understudy train`.") from error
        if stated["encoder"] != encoder:
            raise AdapterError(
                f"The adapter {folder} was trained for another encoder ({stated['encoder']}, loaded is {encoder}): "
                "run `understudy train`."
            )
        towers = [
            Tower(arrays[f"{side}.map"].astype(np.float32), arrays[f"{side}.words"].astype(np.float32))
            for side in ("question", "answer")
        ]
        return cls(encoder, arrays["known"].view(np.uint64), arrays["rarity"], *towers)

    def _seen(self, tower: Tower, texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = np.empty((len(texts), tower.map.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), _PART):
            part = slice(start, start + _PART)
            rows[part] = vectors[part] @ tower.map
            for row, text in enumerate(texts[part], start=start):
                places, weights = self._weighed(text)
                if len(places):
                    rows[row] += weights @ tower.words[places]
        return unit(rows)

    @cached_property
    def _weighed(self) -> Callable[[str], tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """``weighed`` with this adapter's words; the same few hundred answers come up in every search."""
        return lru_cache(maxsize=REMEMBERED)(partial(weighed, known=self.known, rarity=self.rarity))

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        """As they are stored: half precision is plenty, and hashes as signed numbers, which every reader knows."""
        stored: dict[str, NDArray[np.generic]] = {"known": self.known.view(np.int64), "rarity": self.rarity}
        for side, tower in (("question", self.question), ("answer", self.answer)):
            stored[f"{side}.map"] = tower.map.astype(np.float16)
            stored[f"{side}.words"] = tower.words.astype(np.float16)
        return stored


def weighed(
    text: str, known: NDArray[np.uint64], rarity: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places of a text's known words and their weights g: idf x (1 + ln count), scaled to length 1 over the text."""
    found, counts = np.unique(hashes(terms(text)), return_counts=True)
    places = np.searchsorted(known, found)
    places[places == len(known)] = 0
    there = known[places] == found if len(known) else np.zeros(len(found), dtype=bool)
    places, counts = places[there], counts[there]
    weights = rarity[places] * (1 + np.log(counts))
    length = float(np.linalg.norm(weights))
    scaled = (weights / length if length else weights).astype(np.float32)
    return places.astype(np.int64), scaled
