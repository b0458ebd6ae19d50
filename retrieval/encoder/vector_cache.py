"""The vector cache: each text is embedded once for each encoder, also across kills and re-indexing.

Append-only shards in ``<root>/<fingerprint>/``: ``<name>.vectors.npy`` (float16, n x d) and
``<name>.keys.npy`` (n x 16 bytes, BLAKE2b of the texts), the keys written last, so that a shard without keys
was never finished and does not count. Names follow the texts: what is made anew of the same texts is named the same.
Knows no passages.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from data.progress import silent
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder.encoder import Encoder

SHARD_TEXTS = 512
"""Texts embedded between two writes: what a kill can cost, a quarter of a minute of one slow core."""
KEY_BYTES = 16

_KEYS, _VECTORS = ".keys.npy", ".vectors.npy"

_WEIGHED_CHARACTERS = 1000


class VectorCache:
    """Vectors of one encoder on disk. Two processes may fill it at once; they at worst repeat each other's work."""

    def __init__(self, root: Path, encoder: Encoder, *, mapped: bool = True) -> None:
        """Open ``root/<fingerprint>``, made if missing; damaged shards are passed over and computed again.

        ``mapped`` leaves the vectors on disk. Who keeps a cache open for long reads them in: a mapped file that others
        cut short ends the process.
        """
        self._encoder = encoder
        self._folder = root / encoder.fingerprint
        self._folder.mkdir(parents=True, exist_ok=True)
        self._shards: list[NDArray[np.float16]] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._files: list[Path] = []
        for keys_path in sorted(self._folder.glob(f"*{_KEYS}")):
            shard = _read_shard(keys_path, encoder.dimension, mapped=mapped)
            if shard is not None:
                self._take(*shard)
                self._files.append(keys_path)

    def __len__(self) -> int:
        """How many texts have vectors."""
        return len(self._places)

    def fill(self, texts: Sequence[str], report: Report = silent) -> int:
        """Embed the texts that have no vector yet; returns how many those were.

        They are taken in the order of their hashes, that is shuffled, so that each shard is a fair sample of
        short and long ones; progress is measured in characters and told in texts. Both make the time left
        predictable although the encoder sorts by length. Reports step "embed".
        """
        missing = self._missing(texts)
        order = sorted(missing)
        work = sum(_work(text) for text in missing.values())
        total, worked = len(order), 0
        report("embed", 0, total)
        for start in range(0, total, SHARD_TEXTS):
            keys = order[start : start + SHARD_TEXTS]
            batch = [missing[key] for key in keys]
            ahead = sum(_work(text) for text in batch)

            def tell(_: str, done: int, of: int | None, base: int = worked, ahead: int = ahead) -> None:
                report("embed", int(total * (base + ahead * done / (of or 1)) / work), total)

            vectors = self._encoder.encode(batch, tell)
            self._append(keys, vectors)
            worked += ahead
        if total:
            report("embed", total, total)
        return total

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts that were filled in before, shape (len(texts), dimension).

        Raises:
            KeyError: a text was not.

        """
        rows = np.empty((len(texts), self._encoder.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            shard, place = self._places[_key(text)]
            rows[row] = self._shards[shard][place]
        return unit(rows)

    def read_in_parts(self, texts: Sequence[str], part: int = 8192) -> Iterator[NDArray[np.float32]]:
        """The same in parts of bounded memory, in order."""
        for start in range(0, len(texts), part):
            yield self.read(texts[start : start + part])

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts that have no vector yet, each once."""
        return list(self._missing(texts).values())

    def add(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors that were computed elsewhere, shape (len(texts), dimension)."""
        if texts:
            self._append([_key(text) for text in texts], vectors)

    def absorb(self, other: VectorCache) -> None:
        """Take over what another cache of the same encoder holds, as one shard, and empty that one on disk.

        Who has the other cache open keeps what it has read.
        """
        keys = [key for key in other._places if key not in self._places]
        if keys:
            places = [other._places[key] for key in keys]
            self._append(keys, np.stack([other._shards[shard][row] for shard, row in places]).astype(np.float32))
        for path in other._files:
            path.unlink(missing_ok=True)
            path.with_name(path.name.replace(_KEYS, _VECTORS)).unlink(missing_ok=True)

    def _missing(self, texts: Sequence[str]) -> dict[bytes, str]:
        return {key: text for text in texts if (key := _key(text)) not in self._places}

    def _append(self, keys: list[bytes], vectors: NDArray[np.float32]) -> None:
        narrow = vectors.astype(np.float16)
        stored = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), KEY_BYTES)
        name = f"{len(self._shards):06d}-{blake2b(stored.tobytes(), digest_size=8).hexdigest()}"
        _write(self._folder / f"{name}{_VECTORS}", narrow)
        _write(self._folder / f"{name}{_KEYS}", stored)
        self._take(keys, narrow)

    def _take(self, keys: list[bytes], vectors: NDArray[np.float16]) -> None:
        self._shards.append(vectors)
        for place, key in enumerate(keys):
            self._places[key] = (len(self._shards) - 1, place)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def _work(text: str) -> int:
    """What a text costs, in characters: what the encoder cuts off costs nothing, the rest of a pass a little."""
    return 20 + min(len(text), _WEIGHED_CHARACTERS)


def _write(path: Path, array: NDArray[np.generic]) -> None:
    """Write an .npy file whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with beside.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _read_shard(keys_path: Path, dimension: int, *, mapped: bool) -> tuple[list[bytes], NDArray[np.float16]] | None:
    vectors_path = keys_path.with_name(keys_path.name.replace(_KEYS, _VECTORS))
    try:
        keys = np.load(keys_path, allow_pickle=False)
        vectors = np.load(vectors_path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = keys.dtype == np.uint8 and vectors.dtype == np.float16
    if not fits or keys.shape != (len(vectors), KEY_BYTES) or vectors.shape[1:] != (dimension,):
        return None
    return [row.tobytes() for row in keys], vectors
